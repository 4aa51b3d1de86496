// A source that begins where an earlier run of the gateway ended: what the server recorded in between comes out of its
// history, each value once; what the run before had does not come again.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KeptSample } from '../../kept-feed.ts';
import { poll } from '../../poll.ts';
import { newPlay, type Play } from './play.ts';
import { type Stage, type StageVariable, stageNamespace } from './stage-server.ts';

let play: Play;
let stage: Stage;
beforeAll(async () => {
  play = await newPlay();
  stage = await play.stage();
});
afterAll(() => play.close());

const id = (name: string) => `nsu=${stageNamespace};s=${name}`;
const hourMs = 3_600_000;

/** With history, in which the values from 1 on are 10 ms apart, the first at `fromMs`. */
function recorded(name: string, values: number, fromMs: number): StageVariable {
  const node = stage.number(name);
  stage.set(node, 1, fromMs);
  stage.addressSpace.installHistoricalDataNode(node, { maxOnlineValues: 1000 });
  for (let i = 1; i < values; i++) stage.set(node, i + 1, fromMs + 10 * i);
  return node;
}

const valuesOf = (samples: readonly KeptSample[]) => samples.map(({ value }) => value);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
/** In whole ms, far enough back that the values end before now. */
const minuteAgo = () => Date.now() - 60_000;

test('it goes on where the run before ended: all after that, once, in order, and counted', async () => {
  const fromMs = minuteAgo();
  const node = recorded('Long', 700, fromMs);
  const tags = { kept: id('Long') };
  const { of, feed, said } = await play.source(tags, {}, { kept: fromMs + 990 });
  await poll('the newest value', () => of('kept').at(-1)?.value === 700);
  stage.set(node, 701);
  await poll('a live value', () => of('kept').at(-1)?.value === 701);
  expect(valuesOf(of('kept'))).toEqual(upTo(701, 101));
  expect(of('kept')[0]!.sourceMs).toBe(fromMs + 1000);
  const backfilled = feed.remarks.filter((remark) => remark === 'backfilled').length;
  // The newest came live or out of history, whichever was first.
  expect(backfilled).toBeOneOf([599, 600]);
  expect(said('filled the gap of 1 nodes')).toHaveLength(1);
});

test('the clock of the server is known before the first of them, so that each gets its right place', async () => {
  const fromMs = minuteAgo();
  recorded('Clocked', 100, fromMs);
  const { of, feed } = await play.source({ kept: id('Clocked') }, {}, { kept: fromMs });
  const push = feed.push.bind(feed);
  const answers: number[] = [];
  feed.push = (...sample) => {
    answers.push(feed.peerClocks.length);
    return push(...sample);
  };
  await poll('the newest value', () => of('kept').at(-1)?.value === 100);
  expect(answers[0]).toBeGreaterThan(0);
});

test.each([
  ['nothing is known of a run before', 'New', {}, false],
  ['history is off', 'Off', { history: 'off' }, true],
] as const)('control: where %s it begins with the newest value', async (_what, name, extra, isKnown) => {
  const fromMs = minuteAgo();
  const node = recorded(name, 100, fromMs);
  const { of, feed } = await play.source({ kept: id(name) }, extra, isKnown ? { kept: fromMs } : {});
  await poll('the newest value', () => of('kept').at(-1)?.value === 100);
  stage.set(node, 101);
  await poll('a live value', () => of('kept').at(-1)?.value === 101);
  expect(valuesOf(of('kept'))).toEqual([100, 101]);
  expect(feed.remarks).not.toContain('backfilled');
});

test('tags that share a node each go on from their own end', async () => {
  const fromMs = minuteAgo();
  const node = recorded('Shared', 100, fromMs);
  const tags = { kept: id('Shared'), doubled: { node: id('Shared'), scale: 2 } };
  const { of } = await play.source(tags, {}, { kept: fromMs + 490, doubled: fromMs + 890 });
  await poll('the newest value', () => of('kept').at(-1)?.value === 100);
  stage.set(node, 101);
  await poll('live values', () => of('kept').at(-1)?.value === 101 && of('doubled').at(-1)?.value === 202);
  expect(valuesOf(of('kept'))).toEqual(upTo(101, 51));
  expect(valuesOf(of('doubled'))).toEqual(upTo(101, 91).map((value) => 2 * value));
});

test('a value that the run before had is the same still, and known to be so from now on', async () => {
  const fromMs = minuteAgo();
  recorded('Same', 100, fromMs);
  const { of } = await play.source({ kept: id('Same') }, {}, { kept: fromMs + 990 });
  await poll('a value', () => of('kept').length > 0);
  // Not as of a time at which it stands in the history already: there it would be a repetition, or stand twice.
  expect(of('kept')).toEqual([{ tag: 'kept', value: 100, quality: 0, sourceMs: Number.NaN }]);
});

test('who missed an hour is told an hour, and the others not for its sake', async () => {
  const nowMs = Date.now();
  const lastMs = nowMs - 60_000;
  const nodes = Array.from({ length: 12 }, (_, i) => recorded(`N${i}`, 50, nowMs - hourMs));
  for (const node of nodes) stage.set(node, 1000, lastMs + 10);
  const asked = new Map<string, number[]>();
  nodes.forEach((node, i) => {
    const answer = node.historyRead.bind(node) as (...words: unknown[]) => Promise<unknown>;
    const historyRead = (...words: unknown[]) => {
      const { startTime } = words[1] as { startTime: Date };
      asked.set(`n${i}`, [...(asked.get(`n${i}`) ?? []), startTime.getTime()]);
      return answer(...words);
    };
    Object.assign(node, { historyRead });
  });
  const tags = Object.fromEntries(nodes.map((_, i) => [`n${i}`, id(`N${i}`)]));
  const known = Object.fromEntries(nodes.map((_, i) => [`n${i}`, i === 5 ? nowMs - hourMs : lastMs]));
  const { of } = await play.source(tags, {}, known);
  await poll('the values', () => nodes.every((_, i) => of(`n${i}`).at(-1)?.value === 1000));
  for (const [i] of nodes.entries()) {
    const missed = i === 5 ? upTo(50, 2) : [];
    expect(valuesOf(of(`n${i}`)), `n${i}`).toEqual([...missed, 1000]);
    expect(Math.min(...asked.get(`n${i}`)!), `n${i}`).toBe(known[`n${i}`]);
  }
});

test('a server whose clock was set back since has nothing to tell, and its values flow', async () => {
  const node = recorded('Back', 100, minuteAgo());
  const { of, feed } = await play.source({ kept: id('Back') }, {}, { kept: Date.now() + hourMs });
  await poll('the newest value', () => of('kept').at(-1)?.value === 100);
  for (const value of [101, 102]) {
    stage.set(node, value);
    await poll(`${value}`, () => of('kept').at(-1)?.value === value);
  }
  expect(valuesOf(of('kept'))).toEqual([100, 101, 102]);
  expect(feed.remarks).not.toContain('backfilled');
});
