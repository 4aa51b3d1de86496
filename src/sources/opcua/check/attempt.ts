// Connects as the source would, asks for every node once, and says of each tag what became of it. Passes no value
// on, and leaves nothing at the server.
import { setTimeout as wait } from 'node:timers/promises';
import type { ClientSession, DataValue } from 'node-opcua-client';
import { isBad } from '../../../core/quality.ts';
import type { Log } from '../../../ports.ts';
import { findByNames, lastingPath, searchWords } from '../browse/by-name.ts';
import { newItemReport } from '../items/item-report.ts';
import { openItems } from '../items/items.ts';
import { readNamespaces } from '../items/places.ts';
import { type Library, loadLibrary } from '../library.ts';
import { newNews } from '../news.ts';
import { explain } from '../refusal.ts';
import type { OpcuaSourceConfig } from '../schema.ts';
import { identityWords, readUserCertificate } from '../security/identity.ts';
import { ownCertificate, refuseInsecure, sayInsecure } from '../security/protection.ts';
import { readLimits } from '../session/limits.ts';
import { openSession } from '../session/session.ts';
import type { SessionEvents } from '../session/session-events.ts';
import { planTags, type TagPlan } from '../tag-plan.ts';
import { namespaceAdvice } from './advice.ts';
import { judgeTag, type TagVerdict } from './verdict.ts';

export interface Attempt {
  /** Why there is no connection; empty when there is one. */
  readonly reason: string;
  /** Of the tags that something is to be said of. */
  readonly verdicts: readonly TagVerdict[];
}

const connectMs = 30_000;
/** A server sends what it has of a new item at once. */
const valuesMs = 10_000;
/** Paths that lead nowhere are looked for by their names, which is a walk through the tree each. */
const searchedMax = 5;

export async function attempt(
  name: string,
  config: OpcuaSourceConfig,
  { log, pkiDir }: { readonly log: Log; readonly pkiDir: string },
): Promise<Attempt> {
  refuseInsecure(name, config);
  sayInsecure(name, config, log);
  const user = await readUserCertificate(config);
  const library = await loadLibrary();
  const own = await ownCertificate(config, pkiDir);
  const news = newNews(name, config.url, log);
  news.ownCertificate(own);
  const plan = planTags(config);
  const answers = newAnswers(name, plan, log);
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  let opened: ClientSession | undefined;
  const session = openSession(
    {
      library,
      config,
      pkiDir,
      own,
      user,
      leftBehind: undefined,
      nowMs: Date.now,
      monitor(_library, session, subscription, events) {
        opened = session;
        return openItems(library, session, subscription, { ...config, history: 'off' }, plan.items, events);
      },
    },
    { ...answers.events, onRemark: news.remark, onLost: (why) => lost.reject(new Error(why)) },
  );
  session.ready.catch(() => {});
  const late = new AbortController();
  try {
    await Promise.race([session.ready, lost.promise, noAnswer(late.signal)]);
    await Promise.race([answers.complete, lost.promise, wait(valuesMs, undefined, { signal: late.signal })]);
    const verdicts = answers.verdicts(library);
    // A server that lets nobody look around has answered for the tags all the same.
    const better = explained(library, opened!, verdicts).catch(() => verdicts);
    return { reason: '', verdicts: await Promise.race([better, lost.promise]) };
  } catch (error) {
    return { reason: explain(error, { own: own.file, user: identityWords(config) }).why, verdicts: [] };
  } finally {
    late.abort();
    await session.close(false);
  }
}

async function noAnswer(signal: AbortSignal): Promise<never> {
  await wait(connectMs, undefined, { signal }).catch(() => {});
  throw new Error(`no answer within ${connectMs / 1000} s`);
}

/** What comes for the nodes, until something has come for each. */
function newAnswers(name: string, plan: TagPlan, log: Log) {
  const values: (DataValue | undefined)[] = plan.items.map(() => undefined);
  let refused: ReadonlyMap<number, string> = new Map();
  const complete = Promise.withResolvers<void>();
  const open = new Set(plan.items.keys());
  const settle = (item: number) => {
    open.delete(item);
    if (open.size === 0) complete.resolve();
  };
  if (open.size === 0) complete.resolve();
  const nothing = () => {};
  const events: Omit<SessionEvents, 'onRemark' | 'onLost'> = {
    onValue(item, value) {
      if (isUsable(values[item])) return;
      values[item] = value;
      // Until its first look at the machine a server says that there is no value.
      if (value.statusCode.name !== 'BadWaitingForInitialData') settle(item);
    },
    onMessageEnd: nothing,
    report: {
      ...newItemReport(log, name, plan),
      settled(all) {
        refused = new Map(all);
        for (const item of all.keys()) settle(item);
      },
    },
    missing: () => [],
    onFilled: nothing,
    onMessage: nothing,
    onDelay: nothing,
    onRefused: nothing,
    onGap: nothing,
    onHistory: nothing,
    onHeard: nothing,
    onPublished: nothing,
    onServerClock: nothing,
  };
  return {
    events,
    complete: complete.promise,
    verdicts({ DataType }: Library): TagVerdict[] {
      return plan.items.flatMap((item, i) =>
        item.tags.flatMap((tag) => {
          const answer = { refused: refused.get(i), value: values[i] };
          return judgeTag(plan.tags[tag]!, item, answer, (type) => DataType[type] ?? '?') ?? [];
        }),
      );
    },
  };
}

function isUsable(value: DataValue | undefined): boolean {
  return value !== undefined && !isBad(value.statusCode.value);
}

/** Says more of places that are not there, by what is. */
async function explained(
  library: Library,
  session: ClientSession,
  verdicts: readonly TagVerdict[],
): Promise<TagVerdict[]> {
  const lost = verdicts.filter(({ said }) => said === 'BadNodeIdUnknown' || said === 'BadNoMatch');
  if (lost.length === 0) return [...verdicts];
  const limits = await readLimits(library, session);
  const namespaces = await readNamespaces(library, session);
  const better = new Map<TagVerdict, string>();
  let searched = 0;
  for (const verdict of lost) {
    let advice = namespaceAdvice(verdict.place, namespaces);
    if (advice === '' && verdict.said === 'BadNoMatch' && searched++ < searchedMax) {
      const search = await findByNames({ library, session, limits }, namespaces, verdict.place);
      const [only, more] = search.found;
      advice =
        only !== undefined && more === undefined
          ? `with its namespaces it is ${lastingPath(only, namespaces)}`
          : searchWords(search, verdict.place, namespaces);
    }
    if (advice !== '') better.set(verdict, advice);
  }
  return verdicts.map((verdict) => ({ ...verdict, advice: better.get(verdict) ?? verdict.advice }));
}
