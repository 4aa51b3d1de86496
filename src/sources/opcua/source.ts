// An OPC UA source: keeps one session to one server, and is the only one who decides when to build it anew.
// Never weaker than configured, and never a value of a lost server passed on as fresh.
import { setTimeout } from 'node:timers/promises';
import type { Clock, Log, Source } from '../../ports.ts';
import { backoffMs, backoffs } from './backoff.ts';
import { newItemReport } from './items/item-report.ts';
import { openItems } from './items/items.ts';
import { loadLibrary } from './library.ts';
import { type Life, liveOnce } from './life.ts';
import { newNews } from './news.ts';
import { type OpcuaSourceConfig, weakness } from './schema.ts';
import { identityWords, readUserCertificate } from './security/identity.ts';
import { ownCertificate, refuseInsecure, sayInsecure } from './security/protection.ts';
import { planTags } from './tag-plan.ts';
import { newIntake } from './values/intake.ts';

/** A session that did not last so long counts as one more failure: a server may take us in and throw us out. */
const steadyMs = 5_000;

export interface OpcuaSourceDeps {
  readonly log: Log;
  readonly clock: Clock;
  /** Our certificate, and whom we trust. */
  readonly pkiDir: string;
}

export function createOpcuaSource(name: string, config: OpcuaSourceConfig, deps: OpcuaSourceDeps): Source {
  const { log, clock, pkiDir } = deps;
  const plan = planTags(config);
  const stopping = new AbortController();
  const news = newNews(name, config.url, log);
  let running: Promise<void> = Promise.resolve();

  const own = async () => {
    const found = await ownCertificate(config, pkiDir);
    news.ownCertificate(found);
    return found;
  };
  return {
    name,
    async prepare() {
      await loadLibrary();
    },
    async start(feed) {
      refuseInsecure(name, config);
      // What is configured wrongly is said now; what was renewed since is read at each attempt.
      await readUserCertificate(config);
      if (config.security.certificate !== undefined) await own();
      sayInsecure(name, config, log);
      news.connecting();
      const life: Life = {
        config,
        clock,
        pkiDir,
        feed,
        intake: newIntake(feed, plan, config.confirmMs),
        news,
        report: newItemReport(log, name, plan),
        own,
        leftBehind: undefined,
        user: identityWords(config),
        monitor: (library, session, subscription, events) =>
          openItems(library, session, subscription, config, plan.items, events),
      };
      running = keep(life, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await running;
    },
    health() {
      const { link, reason } = news.state();
      const open = weakness(config) !== undefined && link !== 'stopped';
      return { link, reason, ...(open ? { insecure: true } : {}) };
    },
  };
}

/** One life after the other until it is told to stop. */
async function keep(life: Life, stop: AbortSignal): Promise<void> {
  const { intake, news } = life;
  await intake.resume();
  let failures = 0;
  while (!stop.aborted) {
    const loss = await liveOnce(life, stop);
    if (stop.aborted) break;
    intake.lost();
    const lasted = loss.upMs > steadyMs;
    news.down(loss.why, lasted);
    failures = lasted ? 1 : failures + 1;
    await pause(backoffMs(backoffs[loss.patience], failures, Math.random()), stop);
  }
  news.stopped();
}

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal: stop }).catch(() => {});
}
