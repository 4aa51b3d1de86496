// A serial source: keeps one line open, whatever is plugged and unplugged, and never writes to it.
// Never a value of a lost or garbled line passed on as fresh.
import { setTimeout as wait } from 'node:timers/promises';
import { GemError } from '../../errors.ts';
import type { Clock, LinkState, Log, Source } from '../../ports.ts';
import { createBrake } from './brake.ts';
import { type Intake, newIntake } from './intake.ts';
import { type Line, type LineEvents, loadPortClass, openPort, openTcp, tcpAddress } from './line.ts';
import { nameWarning } from './reason.ts';
import type { SerialSourceConfig } from './schema.ts';

/** A replug is noticed within the longest of these. */
const retryMs = [100, 200, 400, 800, 1000] as const;
const lookEveryMs = 250;

export interface SerialSourceDeps {
  readonly log: Log;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

export function createSerialSource(name: string, config: SerialSourceConfig, deps: SerialSourceDeps): Source {
  const { log } = deps;
  const stopping = new AbortController();
  let link: LinkState = 'stopped';
  let reason = '';
  let running: Promise<void> = Promise.resolve();

  let told = '';

  function turn(next: LinkState, why: string): void {
    link = next;
    reason = why;
  }

  /** Says a thing once, however often it happens. */
  function tell(): void {
    const news = `${link} ${plain(reason)}`;
    if (news === told) return;
    told = news;
    const fields = { source: name, path: config.path };
    if (link === 'down') log.warn({ ...fields, reason }, 'the serial line is down');
    if (link === 'up') log.info(fields, 'the serial line is up');
  }

  async function live(intake: Intake): Promise<void> {
    let failures = 0;
    const state: OnState = (trouble, lasting) => {
      turn(trouble === '' ? 'up' : 'down', trouble);
      // A line that is let go of as soon as it is taken was never up.
      if (!lasting) return;
      failures = 0;
      tell();
    };
    while (!stopping.signal.aborted) {
      const why = await oneLife(config, deps.clock, intake, state, stopping.signal);
      if (stopping.signal.aborted) break;
      intake.lost();
      turn('down', why);
      tell();
      const pauseMs = retryMs[Math.min(failures++, retryMs.length - 1)];
      await wait(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
    turn('stopped', '');
  }

  return {
    name,
    async prepare() {
      if (tcpAddress(config.path) === undefined) await load(name);
    },
    async start(feed) {
      const warning = await nameWarning(config.path);
      if (warning !== '') log.warn({ source: name, path: config.path }, warning);
      turn('connecting', '');
      running = live(newIntake(config, feed, deps.clock));
    },
    async stop() {
      stopping.abort();
      await running;
    },
    health: () => ({ link, reason }),
  };
}

/** `lasting`: it has been open for a while. */
type OnState = (trouble: string, lasting: boolean) => void;

/** Numbers in it change without being news. */
function plain(why: string): string {
  return why.replace(/\d+ %/, '');
}

async function load(source: string): ReturnType<typeof loadPortClass> {
  try {
    return await loadPortClass();
  } catch (error) {
    throw new GemError('GEM_SERIAL_UNSUPPORTED', { source, why: (error as Error).message }, error);
  }
}

/** From opening to the loss; resolves with why it ended, with nothing left open. */
async function oneLife(
  config: SerialSourceConfig,
  clock: Pick<Clock, 'monotonicMs'>,
  intake: Intake,
  state: OnState,
  stop: AbortSignal,
): Promise<string> {
  const ended = Promise.withResolvers<string>();
  const end = (why: string) => ended.resolve(why);
  const onAbort = () => end('stopped');
  stop.addEventListener('abort', onAbort);
  let heardMs = Number.NaN;
  const brake = createBrake();
  let resting: NodeJS.Timeout | undefined;
  const events: LineEvents = {
    onOpen() {
      heardMs = clock.monotonicMs();
      intake.opened();
      state('', false);
    },
    onBytes(chunk) {
      if (stop.aborted) return;
      heardMs = clock.monotonicMs();
      intake.bytes(chunk);
      const restMs = brake.worked(heardMs, clock.monotonicMs());
      if (restMs === 0) return;
      line?.pause();
      clearTimeout(resting);
      resting = setTimeout(() => line?.resume(), restMs);
    },
    onEnd: end,
  };
  let line: Line | undefined;
  const looking = setInterval(() => {
    if (Number.isNaN(heardMs)) return;
    line?.check();
    state(intake.trouble(), true);
    if (clock.monotonicMs() - heardMs > config.silenceS * 1000) end(`silent for ${config.silenceS} s`);
  }, lookEveryMs);
  try {
    line = await open(config, events);
    return await ended.promise;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    stop.removeEventListener('abort', onAbort);
    clearInterval(looking);
    clearTimeout(resting);
    await line?.close();
  }
}

async function open(config: SerialSourceConfig, events: LineEvents): Promise<Line> {
  const address = tcpAddress(config.path);
  if (address !== undefined) return openTcp(address.host, address.port, events);
  return openPort(await loadPortClass(), config, events);
}
