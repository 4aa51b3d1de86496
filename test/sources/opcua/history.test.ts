// What was missed while the connection was lost comes out of the server's history, in order, and is counted.
import { expect, type TestContext, test } from 'vitest';
import { poll } from '../../poll.ts';
import { startRelay } from '../../relay.ts';
import { newPlay } from './play.ts';
import { type Stage, type StageVariable, stageNamespace } from './stage-server.ts';

const id = (name: string) => `nsu=${stageNamespace};s=${name}`;

// They wait for seconds and do little else: all at once, each with a server of its own.

type Ends = Pick<TestContext, 'onTestFinished'>;

async function staged({ onTestFinished }: Ends) {
  const play = await newPlay();
  onTestFinished(() => play.close());
  return { play, stage: await play.stage() };
}

/** A server that lives on while the wire to it is cut, with a node that has history and one that has none. */
async function cutOff(
  ends: Ends,
  extra: Record<string, unknown> = {},
  missed = 8,
  withHistory: (kept: StageVariable, stage: Stage) => void = () => {},
) {
  const { play, stage } = await staged(ends);
  const kept = stage.number('Kept', 0);
  const plain = stage.number('Plain', 0);
  stage.addressSpace.installHistoricalDataNode(kept, { maxOnlineValues: 5000 });
  withHistory(kept, stage);
  const relay = await startRelay(stage.server.endpoints[0]!.port);
  const tags = { kept: id('Kept'), doubled: { node: id('Kept'), scale: 2 }, plain: id('Plain') };
  const run = await play.source(tags, { url: `opc.tcp://127.0.0.1:${relay.port}`, ...extra });
  stage.set(kept, 1);
  stage.set(plain, 1);
  await poll('values', () => run.last('kept')?.value === 1 && run.last('plain')?.value === 1);
  relay.cut();
  await poll('the loss', () => run.source.health().link === 'down');
  for (let i = 2; i < 2 + missed; i++) {
    stage.set(kept, i);
    stage.set(plain, i);
    await new Promise((resolve) => setTimeout(resolve, missed > 100 ? 0 : 5));
  }
  relay.mend();
  await poll('the live value', () => run.last('plain')?.value === 1 + missed);
  await poll('the live value of the other', () => run.last('kept')?.value === 1 + missed);
  return { ...run, values: (name: string) => run.of(name).map(({ value }) => value) };
}

test.concurrent('the gap is filled from history, before the live values, and stays where there is none', async (ends) => {
  const { values, of, feed, said } = await cutOff(ends);
  expect(values('kept').slice(-10)).toEqual([1, Number.NaN, 2, 3, 4, 5, 6, 7, 8, 9]);
  const filled = of('kept').slice(-8);
  for (let i = 1; i < filled.length; i++)
    expect(filled[i]!.sourceMs).toBeGreaterThan(filled[i - 1]!.sourceMs);
  expect(values('doubled').slice(-8)).toEqual([4, 6, 8, 10, 12, 14, 16, 18]);
  expect(values('plain').slice(-3)).toEqual([1, Number.NaN, 9]);
  // Two tags read the node; the newest value came live or out of history, whichever was first.
  expect(feed.remarks.filter((remark) => remark === 'backfilled').length).toBeOneOf([14, 16]);
  expect(said('filled the gap').length).toBe(1);
});

test.concurrent('with history: off the gap stays', async (ends) => {
  const { values, feed } = await cutOff(ends, { history: 'off' });
  expect(values('kept').slice(-3)).toEqual([1, Number.NaN, 9]);
  expect(feed.remarks).not.toContain('backfilled');
});

test.concurrent('more than a page of history comes in pages, each value once', async (ends) => {
  const { values } = await cutOff(ends, {}, 1200);
  const rest = values('kept').slice(values('kept').findIndex(Number.isNaN) + 1);
  // The history of this server is as fine as a millisecond: of values within one it may keep the last.
  expect(rest.length).toBeGreaterThan(700);
  expect([...rest].sort((a, b) => a - b)).toEqual(rest);
  expect(new Set(rest).size).toBe(rest.length);
});

/** Nodes with history behind a wire that can be cut while they take values, and a source of them that has the value 1. */
async function wired(ends: Ends, count: number) {
  const { play, stage } = await staged(ends);
  const nodes = Array.from({ length: count }, (_, i) => stage.number(`H${i}`, 0));
  for (const node of nodes) stage.addressSpace.installHistoricalDataNode(node, { maxOnlineValues: 5000 });
  const relay = await startRelay(stage.server.endpoints[0]!.port);
  const tags = Object.fromEntries(nodes.map((_, i) => [`h${i}`, id(`H${i}`)]));
  const { source, of } = await play.source(tags, { url: `opc.tcp://127.0.0.1:${relay.port}` });
  const timesOf = (i: number, value: number) => of(`h${i}`).filter((sample) => sample.value === value).length;
  const allHave = (value: number) => nodes.every((_, i) => timesOf(i, value) === 1);
  for (const node of nodes) stage.set(node, 1);
  await poll('a value', () => allHave(1));
  return {
    nodes,
    allHave,
    cutAndMiss: async (values: number[]) => {
      relay.cut();
      await poll('the loss', () => source.health().link === 'down');
      for (const value of values) {
        for (const node of nodes) stage.set(node, value);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      relay.mend();
    },
  };
}

test.concurrent.for([
  ['of all nodes', 1],
  ['of the last of them', 15],
] as const)(
  'a wire that is cut again before the history %s was told: both gaps are filled the next time',
  async ([, count], ends) => {
    const { nodes, allHave, cutAndMiss } = await wired(ends, count);
    // The first question is never answered; live values wait for it for three seconds.
    const last = nodes.at(-1)!;
    const asked = Promise.withResolvers<void>();
    const answer = last.historyRead.bind(last);
    last.historyRead = () => {
      asked.resolve();
      return new Promise(() => {});
    };
    await cutAndMiss([2, 3, 4]);
    await asked.promise;
    await poll('the live values', () => allHave(4));
    expect(allHave(2) || allHave(3)).toBe(false);
    last.historyRead = answer;
    await cutAndMiss([5, 6, 7]);
    await poll('each value once', () => [2, 3, 4, 5, 6, 7].every(allHave));
  },
);

test.concurrent.for([
  ['has not written yet', 'Good'],
  ['cannot tell just now', 'BadInternalError'],
] as const)('history that the server %s is asked for again, and comes late', async ([, status], ends) => {
  let late = 2;
  const { values, of, said } = await cutOff(ends, {}, 8, (kept, stage) => {
    const { HistoryReadResult, HistoryData, StatusCodes } = stage.library;
    const answer = kept.historyRead.bind(kept) as (...words: unknown[]) => Promise<unknown>;
    const historyRead = async (...words: unknown[]) =>
      late-- > 0
        ? new HistoryReadResult({ historyData: new HistoryData({}), statusCode: StatusCodes[status] })
        : answer(...words);
    Object.assign(kept, { historyRead });
  });
  expect(values('kept').filter((value) => value > 1 && value < 9)).toEqual([]);
  await poll('the rest', () => said('filled the gap').length > 0);
  const rest = values('kept').filter((value) => value > 1);
  expect(rest).toEqual([9, 2, 3, 4, 5, 6, 7, 8]);
  const rising = of('kept').slice(-7);
  for (let i = 1; i < rising.length; i++)
    expect(rising[i]!.sourceMs).toBeGreaterThan(rising[i - 1]!.sourceMs);
});
