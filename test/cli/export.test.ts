// `gemel export` as a function: shapes and units to a small golden text, and what is asked wrongly.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type ExportFlags, runExport } from '../../src/cli/export.ts';
import { Quality } from '../../src/core/quality.ts';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { type Sample, startMs, tagOf, writeHistory } from '../transfer/history-fixture.ts';

useCleanUp();

const config = join(import.meta.dirname, '../../config/gemel.replay.yaml');
const tags = [
  tagOf('log', 'axis.x.velocity', { unit: 'mm/min' }),
  tagOf('log', 'winding.temp', { unit: 'degC' }),
];
const samples = Array.from({ length: 240 }, (_, i): Sample => {
  const bad = i === 7;
  const quality = bad ? Quality.badSensorFailure : 0;
  return { tag: i % 2, timeMs: startMs + i * 500, value: bad ? Number.NaN : 6000 + i, quality };
});

async function text(more: Partial<ExportFlags>, name = '-'): Promise<string> {
  const dir = await stateDir();
  const history = writeHistory(dir, tags, samples);
  const pieces: Uint8Array[] = [];
  const flags = {
    tier: 'raw',
    delimiter: 'comma',
    decimal: 'point',
    times: 'iso',
    history,
    ...more,
  } as const;
  const print = (bytes: Uint8Array) => void pieces.push(Buffer.from(bytes));
  await runExport(name === '-' ? name : join(dir, name), flags, {
    env: {},
    print,
    tell: () => {},
    terminal: false,
  });
  return name === '-'
    ? Buffer.concat(pieces).toString()
    : gunzipSync(readFileSync(join(dir, name))).toString();
}

describe('shapes', () => {
  test('rollups: a row for each stretch that has samples', async () => {
    expect(await text({ rollup: '1m', tag: ['log/winding.temp'] })).toBe(
      `time,source,tag,count,bad,min,mean,max,sum,unit,tier
2026-03-02T08:00:00.000Z,log,winding.temp,59,1,6001,6060.8983050847455,6119,357593,degC,raw
2026-03-02T08:01:00.000Z,log,winding.temp,60,0,6121,6180,6239,370800,degC,raw
`,
    );
    const seconds = await text({
      rollup: '1s',
      tag: ['log/winding.temp'],
      from: startMs + 3000,
      to: startMs + 3999,
    });
    expect(seconds.split('\n')[1]).toBe('2026-03-02T08:00:03.000Z,log,winding.temp,0,1,,,,,degC,raw');
  });

  test('points: as few as were asked for, with both ends of the range of values', async () => {
    const rows = (await text({ points: 10, tag: ['log/axis.x.velocity'] })).trimEnd().split('\n');
    expect(rows.length - 1).toBeLessThanOrEqual(10);
    expect(rows[1]).toContain(',6000,mm/min,good,0,raw');
    expect(rows.at(-1)).toContain(',6238,mm/min,good,0,raw');
    const shaped = await text({ points: 10, method: 'lttb', tag: ['log/axis.x.velocity'] });
    expect(shaped.trimEnd().split('\n').length).toBe(11);
  });

  test('signals of a machine come in the units of its model, in every shape', async () => {
    const asked = { machine: 'mill-1', signal: ['axis.x.velocity'], config } as const;
    const [, long = ''] = (await text(asked)).split('\n');
    expect(long).toBe(
      '2026-03-02T08:00:00.000Z,log,axis.x.velocity,0.1,m/s,good,0,2026-03-02T08:00:00.000Z,,number,raw',
    );
    const [names, wide] = (await text({ ...asked, wide: true, every: 1000 })).split('\n');
    expect([names, wide]).toEqual(['time,log/axis.x.velocity', '2026-03-02T08:00:00.000Z,0.1']);
    const [, hour = ''] = (await text({ ...asked, rollup: '1h' })).split('\n');
    expect(hour.split(',').slice(3)).toEqual([
      '120',
      '0',
      '0.1',
      expect.stringMatching(/^0\.10198/),
      expect.stringMatching(/^0\.10396/),
      expect.any(String),
      'm/s',
      'raw',
    ]);
  });

  test('packed by name', async () => {
    expect((await text({}, 'x.csv.gz')).split('\n').length).toBe(242);
    expect((await text({ from: startMs + 100_000 }, 'x.jsonl.gz')).trimEnd().split('\n').length).toBe(40);
  });
});

describe('what is asked wrongly is said before anything is written', () => {
  const cases: [Partial<ExportFlags>, string, string?][] = [
    [{ format: 'parqet' }, 'did you mean "parquet"?'],
    [{}, 'did you mean "csv"?', 'x.cvs'],
    [{}, 'leave .gz out of the name', 'x.parquet.gz'],
    [{ tag: ['log/axis.x.velocty'] }, 'did you mean "log/axis.x.velocity"?'],
    [{ machine: 'mill-2', config }, 'did you mean "mill-1"?'],
    [{ wide: true, rollup: '1s' }, '--wide and --rollup exclude each other'],
    [{ every: 100 }, '--every, --align and --stale go with --wide'],
    [{ method: 'lttb' }, '--method goes with --points'],
    [{ points: 10_000_000 }, 'at most 1000000'],
    [{ decimal: 'comma' }, '--decimal comma wants --delimiter semicolon or tab'],
    [{ tier: 'twin' }, 'nothing of tier twin is stored'],
    [{ from: startMs + 1000, to: startMs }, 'is after --to'],
    [
      { from: Date.UTC(2027, 0) },
      'nothing is stored between 2027-01-01T00:00:00.000Z and now: there is 2026-03-02T08:00:00.000Z to 2026-03-02T08:01:59.500Z',
    ],
    [{ to: Date.UTC(2025, 0) }, 'between the beginning and 2025-01-01T00:00:00.000Z'],
    [{ tag: ['*temp'], from: startMs + 501, to: startMs + 1499 }, 'nothing is stored between'],
  ];
  test.each(cases)('%j', async (flags, words, name) => {
    await expect(text(flags, name)).rejects.toThrow(words);
  });
});
