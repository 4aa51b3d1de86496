// `gemel history` as a function: what a person sees, and what a program gets.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type HistoryFlags, runHistory } from '../../src/cli/history.ts';
import { rateOf } from '../../src/cli/history-rate.ts';
import { sparkline } from '../../src/cli/sparkline.ts';
import { textTable } from '../../src/cli/text-table.ts';
import { Quality } from '../../src/core/quality.ts';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { type Sample, startMs, tagOf, writeHistory } from '../transfer/history-fixture.ts';

useCleanUp();

const tags = [
  tagOf('shop', 'mill-1/spindle.current'),
  tagOf('shop', 'mill-1/spindle.temperature', { unit: 'degC' }),
  tagOf('cnc', 'ProgramNumber', { unit: '', kind: 'int64' }),
  tagOf('mill-1', 'spindle.current', { tier: 'twin' }),
];

async function kept(): Promise<string> {
  const samples: Sample[] = [];
  for (let i = 0; i < 600; i++) {
    const timeMs = startMs + i * 1000;
    samples.push({ tag: 0, timeMs, value: i === 300 ? 90 : i % 10, receiveMs: timeMs + 5 });
    const bad = i >= 100 && i < 200;
    const quality = bad ? Quality.badSensorFailure : 0;
    if (i % 10 === 0) samples.push({ tag: 1, timeMs, value: bad ? Number.NaN : 20 + i / 60, quality });
    if (i % 200 === 0) samples.push({ tag: 2, timeMs, value: 2 ** 60, exact: 2n ** 60n + BigInt(i) });
  }
  samples.push({ tag: 3, timeMs: startMs, value: -0.5 });
  return writeHistory(await stateDir(), tags, samples, {
    events: [
      { kind: 'started', timeMs: startMs, text: 'gemel 0.1' },
      { kind: 'source-down', timeMs: startMs + 60_000, source: 'shop', text: 'no\x1b[31m answer' },
    ],
    gaps: [{ fromMs: startMs + 1000, toMs: startMs + 61_000, reason: 'disk_full', samples: 12 }],
  });
}

async function shown(words: string[], more: Partial<HistoryFlags> = {}, width = Number.POSITIVE_INFINITY) {
  const history = more.history ?? (await kept());
  let out = '';
  const flags = { tier: 'all', rows: 20, points: 400, ...more, history } as const;
  const to = { env: { LANG: 'en_GB.UTF-8' }, print: (text: string) => (out += text), tell: () => {}, width };
  await runHistory(words, flags, { ...to, print: (text) => void to.print(text) });
  return out;
}

const day = '2026-03-02';

test('without words: a table of the tags, below the source they are of', async () => {
  const out = (await shown([])).replaceAll(/\d+(\.\d)? d ago/g, 'N d ago').replaceAll(/ +N d/g, ' N d');
  expect(out).toBe(
    `cnc
  tag            samples  rate  first                  last
  ProgramNumber        3  18/h  ${day} 08:00 N d ago

shop
  tag                                samples   rate  first                  last
  mill-1/spindle.current [A]             600    1/s  ${day} 08:00 N d ago
  mill-1/spindle.temperature [degC]       60  0.1/s  ${day} 08:00 N d ago

mill-1, said by its twin
  tag                  samples  rate  first                  last
  spindle.current [A]        1        ${day} 08:00 N d ago
`,
  );
  const narrow = await shown([], {}, 60);
  expect(Math.max(...narrow.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(narrow).toContain('~');
});

test('the rate is that of the times with samples; what came while we looked is of now', async () => {
  const times = [0, 1, 2, 7200, 7201].flatMap((s) => [0, 100, 200, 300, 400].map((ms) => s * 1000 + ms));
  const samples = times.map((ms): Sample => ({ tag: 0, timeMs: startMs + ms, value: ms }));
  const ahead = [3000, 600_000].map((ms): Sample => ({ tag: 1, timeMs: Date.now() + ms, value: 1 }));
  for (const [i, row] of [/ 25 {2}6\.\d+\/s /, / 2 +\S+ .* (9\.9|10) min ahead$/m].entries()) {
    const history = writeHistory(await stateDir(), tags, i === 0 ? samples : ahead);
    expect(await shown([], { history })).toMatch(row);
  }
  const history = writeHistory(await stateDir(), tags, ahead.slice(0, 1));
  expect(await shown([], { history })).toMatch(/ 1 .* now$/m);
  expect(rateOf(Float64Array.of(0, 0, 100, 100, 200, 200, 90_000, 90_100))).toBeCloseTo(20, 0);
  expect(rateOf(Float64Array.of(5, 5))).toBeNaN();
});

test('a twin and a source of one name are both shown, and told apart', async () => {
  const name = ['mill-1/spindle.current'];
  const charts = await shown(name);
  expect(charts).toContain('shop/mill-1/spindle.current  600 samples');
  expect(charts).toContain('mill-1/spindle.current (twin)  1 sample\n');
  expect(await shown(name, { tier: 'raw' })).not.toContain('twin');
  expect(await shown(name, { tier: 'twin' })).not.toContain('shop');
  expect(await shown(['shop/mill-1/spindle.current'])).not.toContain('twin');
  expect(await shown(name, { tier: 'twin', table: true })).toContain('mill-1/spindle.current (twin)');
});

test('a tag: a line of blocks in which the peak is seen and Bad is a gap', async () => {
  const out = await shown(['shop/*'], { ascii: true }, 62);
  const [current = '', temperature = ''] = out.split('\n\n');
  expect(current).toMatch(/^shop\/mill-1\/spindle.current {2}600 samples\n {2}_{29,30}@_{29,30}\n/);
  expect(current).toContain(`min 0  max 90  last 9 A\n  ${day} 08:00:00 to ${day} 08:09:59`);
  expect(await shown(['cnc/*'])).toContain('max 1152921504606847000');
  expect(temperature).toContain('min 20  max 29.8333  last 29.8333 degC  with Bad samples');
  const blocks = await shown(['spindle.current'], { tier: 'twin' });
  expect(blocks).toMatch(/[▁▂▃▄▅▆▇█]/);
  expect(blocks).toContain('mill-1/spindle.current (twin)  1 sample\n');
});

test('single samples, with quality and delay; exact digits', async () => {
  expect(await shown(['cnc/*', '*temperature'], { table: true, rows: 2, to: startMs + 200_000 })).toBe(
    `time (UTC)                             value  unit  quality  delay  tag
${day} 08:03:20.000  1152921504606847176        Good      0 ms  cnc/ProgramNumber
${day} 08:03:20.000           23.3333333  degC  Good      0 ms  shop/mill-1/spindle.temperature
`,
  );
});

test('the state at an instant, with quality and origin', async () => {
  expect(await shown([], { at: startMs + 150_500 })).toBe(
    `${day}T08:02:30.500Z
tag                                            value  unit  quality           origin       age
cnc/ProgramNumber                1152921504606846976        Good              held     2.5 min
shop/mill-1/spindle.current                        0  A     Good              held      500 ms
shop/mill-1/spindle.temperature                    -  degC  BadSensorFailure  missing   500 ms
mill-1/spindle.current (twin)                   -0.5  A     Good              held     2.5 min
`,
  );
});

test('events and gaps; nothing in them moves the cursor', async () => {
  expect(await shown([], { events: true })).toBe(
    `${day} 08:00:00  started            gemel 0.1\n${day} 08:01:00  source-down  shop  no\\x1b[31m answer\n`,
  );
  expect(await shown([], { events: true, rows: 1 })).not.toContain('started');
  expect(await shown([], { events: true, to: startMs + 1 })).not.toContain('source-down');
  expect(await shown([], { gaps: true })).toBe(
    `from (UTC)           to                    long  why        samples lost\n${day} 08:00:01  ${day} 08:01:01  1 min  disk full            12\n`,
  );
  expect(await shown([], { gaps: true, from: startMs + 600_000 })).toContain('no gaps');
});

describe('as JSON, an object a line', () => {
  const objects = async (words: string[], more: Partial<HistoryFlags>) =>
    (await shown(words, { ...more, json: true }))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test('tags, charts, samples, states, events, gaps', async () => {
    const [number] = await objects([], {});
    expect(number).toMatchObject({
      source: 'cnc',
      name: 'ProgramNumber',
      kind: 'int64',
      samples: 3,
      first: `${day}T08:00:00.000Z`,
    });
    const [chart] = await objects(['shop/mill-1/spindle.current'], { points: 10 });
    expect(chart!['points']).toContainEqual([`${day}T08:05:00.000Z`, 90]);
    const [, last] = await objects(['*temperature'], { table: true, rows: 2, to: startMs + 150_000 });
    expect(last).toMatchObject({ value: null, status: Quality.badSensorFailure });
    expect((await objects(['cnc/*'], { at: startMs }))[0]).toMatchObject({
      value: '1152921504606846976',
      origin: 'measured',
    });
    expect((await objects([], { events: true }))[1]).toMatchObject({ kind: 'source-down', source: 'shop' });
    expect(await objects([], { gaps: true })).toMatchObject([{ reason: 'disk_full', samples: 12 }]);
  });
});

test('what is asked wrongly is said clearly', async () => {
  await expect(shown(['spindle.curent'])).rejects.toThrow('did you mean "mill-1/spindle.current"');
  await expect(shown(['cnc/*'], { from: Date.UTC(2026, 5, 1) })).rejects.toThrow(
    `there is ${day}T08:00:00.000Z to ${day}T08:06:40.000Z`,
  );
  await expect(shown([], { from: 2, to: 1 })).rejects.toThrow('--from is after --to');
  await expect(shown([], { gaps: true, events: true })).rejects.toThrow('go one at a time');
  await expect(shown([], { history: join(await stateDir(), 'none.db') })).rejects.toThrow(
    'there is no history at',
  );
});

test('a sparkline shows a short dip as it shows a peak, and a flat line in the middle', () => {
  const timeMs = Float64Array.from({ length: 100 }, (_, i) => i);
  const range = { fromMs: 0, toMs: 100 };
  const dip = timeMs.map((i) => (i === 50 ? -5 : 5 + (i % 2)));
  expect(sparkline({ timeMs, value: dip }, range, 10, true)).toBe('@@@@@_@@@@');
  expect(sparkline({ timeMs, value: timeMs.map(() => 3) }, range, 4, false)).toBe('▅▅▅▅');
  expect(sparkline({ timeMs, value: timeMs.map(() => Number.NaN) }, range, 4, false)).toBe('    ');
});

test('a table gives way in its first column only', () => {
  const rows = [
    ['a-very-long-name/of-something', '12'],
    ['b', '3'],
  ];
  expect(textTable(rows, { right: [1], width: 20 })).toBe('a-very-l~mething  12\nb                  3\n');
});
