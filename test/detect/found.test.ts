// What is wrong in a record is found, soon, and in the right column; where nothing is wrong next to nothing is said. The
// seeds are none that anything was chosen by.
import { afterAll, describe, expect, test } from 'vitest';
import { flagged } from './figures.ts';
import { csvOf, type Fault, make, type Wish } from './generator.ts';
import { detectRows, type ReadRow, workFolder } from './run-detect.ts';
import type { Shape } from './shapes.ts';

const folder = workFolder();
afterAll(folder.remove);
let files = 0;

const seeds = [501, 502, 503];

async function look(wish: Wish) {
  const made = make(wish);
  // The label is in the file: it is not to be looked at.
  const rows = await detectRows([folder.file(`${++files}.csv`, csvOf(made, true))]);
  expect(rows).toHaveLength(wish.rows);
  const flags = Uint8Array.from(rows, ({ flag }) => (flag ? 1 : 0));
  return { made, rows, ...flagged(flags, made, 0) };
}

/** Of the rows in the event that are flagged, the two columns named first: it takes two to come apart. */
function blamed(rows: readonly ReadRow[], from: number, to: number): string[] {
  return rows.slice(from, to).flatMap(({ flag, columns }) => (flag ? [columns.slice(0, 2).join('+')] : []));
}

/** The latest sensible first flag, as a share of what lasts. */
const found: [Fault, Shape, number][] = [
  ['spike', 'white', 1],
  ['spike', 'wander', 1],
  ['spike', 'trend', 1],
  ['level', 'white', 0.1],
  ['level', 'seasonal', 0.3],
  ['drift', 'white', 0.8],
  ['louder', 'white', 0.2],
  ['louder', 'seasonal', 0.3],
  ['quieter', 'white', 0.5],
  ['frozen', 'wander', 0.2],
  ['frozen', 'seasonal', 0.2],
  ['season', 'seasonal', 0.6],
  ['apart', 'factors', 0.8],
];

describe.each(found)('%s in %s', (fault, shape, latest) => {
  test(`is found, within ${latest} of it`, async () => {
    const shares: number[] = [];
    const named: string[] = [];
    let right = 0;
    for (const seed of seeds) {
      const { made, rows, delays } = await look({ shape, faults: [fault], rows: 2400, seed });
      const [event] = made.events;
      const [delay] = delays;
      const length = event!.to - event!.from;
      shares.push(delay === undefined ? Number.POSITIVE_INFINITY : delay / length);
      if (shape !== 'factors' || delay === undefined) continue;
      const blame = blamed(rows, event!.from, event!.to);
      named.push(...blame);
      right += blame.filter((pair) => pair.split('+').includes(made.names[event!.column]!)).length;
    }
    expect(right, `right ones among ${named.join(' ')}`).toBeGreaterThanOrEqual(0.7 * named.length);
    const inTime = shares.filter((share) => share <= latest).length;
    // One of three may come late or not at all.
    expect(inTime, shares.join(' ')).toBeGreaterThanOrEqual(seeds.length - 1);
  });
});

test('control: the same record without what is wrong is not flagged there', async () => {
  const wish: Wish = { shape: 'white', faults: ['level'], rows: 3000, seed: seeds[0]! };
  const [event] = make(wish).events;
  const { rows } = await look({ ...wish, faults: [] });
  expect(rows.slice(event!.from, event!.to).filter(({ flag }) => flag).length).toBeLessThan(3);
});

test('where nothing is wrong it is nearly silent, at any rate and with gaps', async () => {
  let stretches = 0;
  let rows = 0;
  for (const [k, shape] of (
    ['white', 'wander', 'seasonal', 'trend', 'duty', 'pulses', 'quantised'] as const
  ).entries()) {
    const stepMs = [1, 20, 1000, 60_000, 3_600_000][k % 5]!;
    const { falseStretches, cleanRows } = await look({
      shape,
      faults: [],
      rows: 4000,
      seed: 601 + k,
      stepMs,
      gaps: k % 3,
    });
    stretches += falseStretches;
    rows += cleanRows;
  }
  expect((stretches * 10_000) / rows).toBeLessThan(12);
});

test('what is wrong while it learns does not blind it', async () => {
  const made = make({ shape: 'white', faults: ['level'], rows: 3000, seed: 504 });
  const values = made.columns[0]!;
  // Three spikes among the first rows, twice as high as the change that is to be found.
  for (const row of [20, 31, 55]) values[row] = values[row]! + 15;
  const rows = await detectRows([folder.file('taught-wrong.csv', csvOf(made))]);
  const [event] = made.events;
  expect(rows.slice(event!.from, event!.from + 30).some(({ flag }) => flag)).toBe(true);
});

test('what stays becomes normal in the end', async () => {
  const values = Array.from(
    { length: 6000 },
    (_, i) => Math.sin(i * 12.9898) * 2 + Math.cos(i * 78.233) + (i < 1500 ? 0 : 30),
  );
  const rows = await detectRows([folder.file('moved.csv', `v\n${values.join('\n')}\n`)]);
  expect(rows.slice(1500, 1520).some(({ flag }) => flag)).toBe(true);
  expect(rows.slice(5000).filter(({ flag }) => flag).length).toBeLessThan(20);
});
