// A recording through the real core in virtual time: the same bits whatever the speed, the reading, the process.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import type { Frame } from '../../src/core/frame.ts';
import { models } from '../../src/core/models/index.ts';
import { type ReplayOptions, replayFile } from '../../src/replay/summary.ts';
import { tempDir } from '../ports.ts';
import { keptLog } from '../silent-log.ts';

const root = join(import.meta.dirname, '../..');
const sample = join(root, 'config/sample-mill.csv');

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const shop = `version: 1
sources:
  shop:
    type: mqtt
    topics:
      - topic: shop/{machine}/drive
        fields: { i: { tag: "{machine}/current", unit: mA }, n: { tag: "{machine}/speed", unit: rpm } }
machines:
  mill-1:
    model: mill
    lagMs: 200
    signals: { spindle.current: shop/mill-1/current, spindle.speed: shop/mill-1/speed }
`;

async function replayText(text: string, more: Partial<ReplayOptions> = {}, yaml = shop, ext = 'csv') {
  const dir = await tempDir();
  ends.push(() => dir.remove());
  const file = join(dir.path, `log.${ext}`);
  await writeFile(file, text);
  const { config } = parseConfig(yaml, join(dir.path, 'gemel.yaml'), { env: {}, models });
  const kept: { timeMs: number; value: number; quality: number; mode: string }[] = [];
  const summary = await replayFile({
    config,
    log: keptLog(),
    file,
    source: undefined,
    map: [],
    overrides: {},
    speed: Number.POSITIVE_INFINITY,
    onFrames([frame]: readonly Frame[]) {
      const row = frame!.machine.signals.findIndex(({ name }) => name === 'spindle.current');
      const { timeMs, mode } = frame!;
      kept.push({ timeMs, mode, value: frame!.value[row]!, quality: frame!.quality[row]! });
      return undefined;
    },
    ...more,
  });
  return { summary, kept };
}

/** Twenty seconds of a spindle, sampled every 50 ms, with jitter that its values follow. */
function spindle(seconds = 20): string {
  const rows = ['time,shop/mill-1/current,mill-1/speed'];
  for (let k = 0; k < seconds * 20; k++) {
    const ms = 1_767_225_600_000 + k * 50 + ((k * 7) % 13);
    rows.push(`${ms},${4000 + (ms % 1000)},${6000 + (k % 5)}`);
  }
  return `${rows.join('\n')}\n`;
}

describe('a replay', () => {
  test('gives the same hash twice, at any speed, and however the file is read', async () => {
    const text = spindle(3);
    const { summary } = await replayText(text);
    const others = [
      await replayText(text),
      await replayText(text, { chunkBytes: 1 }),
      await replayText(text, { chunkBytes: 333 }),
      await replayText(text, { speed: 20 }),
      await replayText(text, { speed: 3 }),
    ];
    expect(others.map((other) => other.summary.hash)).toEqual(others.map(() => summary.hash));
    expect(summary.samples.stored).toBe(120);
    expect(others[4]!.summary.wallS).toBeGreaterThan(0.8);
  });

  test('sees one changed digit (control)', async () => {
    const { summary } = await replayText(spindle(3));
    const other = await replayText(spindle(3).replace('6003', '6003.0001'));
    expect(other.summary.hash).not.toBe(summary.hash);
  });

  test('makes frames of the values at their times, and one that describes the last row', async () => {
    const { kept, summary } = await replayText(
      'time,mill-1/current\n2026-01-01T00:00:00.05Z,1000\n2026-01-01T00:00:00.25Z,3000\n2026-01-01T00:00:00.4Z,4500\n',
    );
    const at = (text: string) => kept.find(({ timeMs }) => timeMs === Date.parse(text))!;
    expect(at('2026-01-01T00:00:00.100Z').value).toBeCloseTo(1.5, 9);
    expect(at('2026-01-01T00:00:00.200Z').value).toBeCloseTo(2.5, 9);
    expect(at('2026-01-01T00:00:00.400Z').value).toBe(4.5);
    expect(summary.frames).toBe(kept.length);
    expect(kept.at(-1)!.timeMs).toBe(Date.parse('2026-01-01T00:00:00.400Z'));
  });

  test('judges as a live run does: duplicates, late rows, broken rows are counted and stop nothing', async () => {
    const { summary } = await replayText('time,mill-1/current\n0,1\n1,2\n1,2\n0.5,7\nabc,3\n2,x\n3,4\n');
    expect(summary.samples).toMatchObject({
      received: 7,
      stored: 4,
      rejected: { duplicate: 1, parse: 1, type: 1 },
      remarks: { late: 1 },
    });
    expect(summary.refusals.map(({ excerpt }) => excerpt)).toEqual([
      'mill-1/current = 2',
      'log.csv:6 "abc" is no time: abc | 3',
      'log.csv:7 "x" is no number for shop/mill-1/current: 2 | x',
    ]);
  });

  test('lets one row of a wild clock pass by', async () => {
    const good = await replayText('time,mill-1/current\n0,1\n1,2\n2,3\n');
    const wild = await replayText('time,mill-1/current\n0,1\n1,2\n99999999999,5\n2,3\n');
    expect(wild.summary.hash).toBe(good.summary.hash);
    expect(wild.summary.samples.rejected).toEqual({ parse: 1 });
  });

  test('does not tick through a pause of a month', async () => {
    const { summary, kept } = await replayText(
      'time,mill-1/current\n2026-01-01T00:00:00Z,1000\n2026-02-01T00:00:00Z,2000\n2026-02-01T00:00:01Z,2000\n',
    );
    expect(summary.frames).toBeLessThan(700);
    expect(summary.ticksSkipped).toBeGreaterThan(26_000_000);
    expect(kept.find(({ timeMs }) => timeMs === Date.parse('2026-01-01T00:00:30Z'))!.quality >>> 31).toBe(1);
    expect(kept.at(-1)!.value).toBe(2);
  });

  test('takes a recording from before 2020 as it takes any other', async () => {
    const rows = (year: number) =>
      `time,mill-1/current\n${year}-03-01T10:00:00Z,1000\n${year}-03-01T10:00:01Z,2000\n${year}-03-01T10:00:02Z,2000\n`;
    const { summary, kept } = await replayText(rows(2015), { from: { atMs: Date.UTC(2015, 2, 1) } });
    expect(summary.span.from).toBe('2015-03-01T10:00:00.000Z');
    expect(summary.daysMoved).toBeGreaterThan(3650);
    expect(kept.filter(({ quality }) => quality === 0)).toHaveLength(21);
    expect((await replayText(rows(2026))).summary.daysMoved).toBe(0);
  });

  test('keeps to the time that is asked for', async () => {
    const { summary } = await replayText(spindle(10), { from: { afterMs: 2000 }, to: { afterMs: 4000 } });
    expect(summary.span.seconds).toBeCloseTo(2, 0);
    expect(summary.samples.received).toBeGreaterThan(70);
    expect(summary.rowsPassedOver).toBeGreaterThan(150);
  });

  test('takes columns by --map and by the names of a source', async () => {
    const { summary } = await replayText('Zeit;I sp;n\n0;4000;6000\n0,1;4100;6000\n', {
      source: 'shop',
      map: ['mill-1/current=I sp', 'shop/mill-1/speed=3'],
    });
    expect(summary.samples.stored).toBe(4);
  });

  test('refuses a tag that is mapped twice', async () => {
    const map = ['mill-1/current=a', 'shop/mill-1/current=b'];
    await expect(replayText('time,a,b\n0,1,2\n', { map })).rejects.toThrow(
      '--map names the tag "shop/mill-1/current" twice',
    );
  });

  test('refuses a name of two columns where it is wanted, and takes one of them by number', async () => {
    const text = 'time,I,mill-1/speed,I\n0,4000,6000,1000\n0.2,4000,6000,1000\n';
    const wanted = (column: string) => replayText(text, { map: [`mill-1/current=${column}`] });
    await expect(wanted('I')).rejects.toThrow(
      '"I" is the name of columns 2 and 4; give the number of the one you mean',
    );
    expect((await wanted('4')).kept.at(-1)!.value).toBe(1);
    // Control: a name nobody asks for may be there as often as it likes.
    expect((await replayText(text)).summary.samples.stored).toBe(2);
  });

  test('takes times of day with the date of --start, and goes over midnight with them', async () => {
    const text = 'time,mill-1/current\n23:59:59.9,1000\n00:00:00.1,3000\n';
    const { summary, kept } = await replayText(text, { overrides: { start: '2026-03-01' } });
    expect(summary.span).toMatchObject({ from: '2026-03-01T23:59:59.900Z', to: '2026-03-02T00:00:00.100Z' });
    const midnight = kept.find(({ timeMs }) => timeMs === Date.UTC(2026, 2, 2));
    expect(midnight!.value).toBeCloseTo(2, 9);
  });

  test.each([
    ['--start', { start: 'yesterday' }, 'a time such as 2026-03-01T09:00:00Z, a date, or now'],
    ['--rate', { rateHz: 2e6 }, ''],
  ])('names the option %s whose value it cannot take', async (option, overrides, words) => {
    const refused = replayText('time,mill-1/current\n0,1\n', { overrides });
    await expect(refused).rejects.toMatchObject({ code: 'GEM_USAGE' });
    await expect(refused).rejects.toThrow(new RegExp(`^${option}: .*${words}$`));
  });

  test('of a time in which there is nothing says from when to when there is something', async () => {
    const from = { atMs: Date.UTC(2030, 0, 1) };
    await expect(replayText('time,mill-1/current\n5,1\n2,1\n9,1\n', { from })).rejects.toMatchObject({
      code: 'GEM_REPLAY_OUTSIDE',
      details: { first: '2026-01-01T00:00:02.000Z', last: '2026-01-01T00:00:09.000Z' },
    });
  });

  test('of a recording made with another tick refuses', async () => {
    const head = { gemel: 'recording', v: 1, site: 's', version: '0', startMs: 0, periodMs: 50 };
    const replay = replayText(`${JSON.stringify(head)}\n`, {}, shop, 'jsonl');
    await expect(replay).rejects.toThrow('recorded with loop.periodMs: 50, and the configuration says 100');
  });

  test('feeds what is only computed with, and computes it', async () => {
    const yaml = shop
      .replace(
        'fields: {',
        'fields: { v: { tag: "{machine}/volts", unit: V }, s: { tag: "{machine}/shake", unit: g },',
      )
      .concat('    derived:\n')
      .concat('      twice: { expression: "2 * [shop/mill-1/volts]", unit: V }\n')
      .concat('      shaking: { rms: shop/mill-1/shake, windowMs: 200, unit: g }\n');
    const rows = Array.from({ length: 200 }, (_, k) => `${k * 0.01},24,${k % 2 === 0 ? 3 : -3}`).join('\n');
    const last: Record<string, number> = {};
    const onFrames = ([frame]: readonly Frame[]) => {
      for (const [i, { name }] of frame!.machine.signals.entries()) last[name] = frame!.value[i]!;
      return undefined;
    };
    const { summary } = await replayText(
      `time,volts,mill-1/shake\n${rows}\n`,
      { onFrames, map: ['volts=volts'].map((m) => `mill-1/${m}`) },
      yaml,
    );
    expect(summary.samples.stored).toBe(400);
    expect(last['twice']).toBeCloseTo(48, 6);
    expect(last['shaking']).toBeCloseTo(3, 6);
    const names = summary.machines[0]!.signals.filter(({ good }) => good > 0.5).map(({ signal }) => signal);
    expect(names).toEqual(expect.arrayContaining(['twice', 'shaking']));
  });

  test('plays JSON lines', async () => {
    const lines = '{"time":0,"mill-1/current":1000}\n{"time":1,"mill-1":{"x":1},"mill-1/speed":6000}\n';
    const { summary } = await replayText(lines, {}, shop, 'jsonl');
    expect(summary.samples.stored).toBe(2);
    expect(summary.format).toBe('jsonl');
  });

  test.each([
    ['', 'there is nothing in log.csv: it has no rows'],
    ['time,mill-1/current\n', 'there is nothing in log.csv: it has no rows'],
    ['time,mill-1/current\n0,x\n1,y\n', 'log.csv:2 "x" is no number'],
    ['time,current\n0,1\n', 'none of its columns is a tag that is wanted'],
    ['when,mill-1/current\n0,1\n', 'which column has the time?'],
    ['{"time":0,"x":1}\n', 'no row has a value for a tag that is wanted'],
  ])('of %j says what is wrong', async (text, complaint) => {
    await expect(replayText(text)).rejects.toThrow(complaint);
  });

  test('of the sample that comes with gemel tracks the machine', async () => {
    const { loadConfig } = await import('../../src/config/load.ts');
    const { config } = loadConfig(join(root, 'config/gemel.replay.yaml'), { env: {}, models });
    const wishes = { file: sample, source: undefined, map: [], overrides: {} };
    const summary = await replayFile({ config, log: keptLog(), speed: Number.POSITIVE_INFINITY, ...wishes });
    const [mill] = summary.machines;
    expect(mill!.modes['tracking']).toBeGreaterThan(0.95);
    expect(mill!.divergence.mean).toBeLessThan(0.08);
    const connected = mill!.signals.filter((signal) => signal.connected);
    expect(connected.map(({ signal }) => signal).sort()).toEqual(
      Object.keys(config.machines['mill-1']!.signals).sort(),
    );
    expect(connected.every(({ good }) => good > 0.95)).toBe(true);
    expect(summary.samples.rejected).toEqual({ parse: 1 });
  });
});
