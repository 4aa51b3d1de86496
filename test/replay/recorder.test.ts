// The recorder: all bits, nothing overwritten, and a disk that is too slow is told of.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { SampleColumns, TagSpec } from '../../src/core/sample.ts';
import { newCore } from '../../src/core/step.ts';
import { openRecorder, type Recorded } from '../../src/replay/recorder.ts';
import { createInbox } from '../../src/runtime/inbox.ts';
import { formatOf } from '../../src/sources/replay/format.ts';
import { parseRecordingLine, type RecordedSample } from '../../src/sources/replay/recording.ts';
import { tempDir } from '../ports.ts';
import { keptLog } from '../silent-log.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function place(): Promise<string> {
  const dir = await tempDir();
  ends.push(() => dir.remove());
  return join(dir.path, 'run.jsonl');
}

const number: TagSpec = { name: 'x', unit: 'A', kind: 'number', min: 0 };
const whole: TagSpec = { name: 'n', unit: '', kind: 'uint64' };
const gateway: Recorded = {
  core: newCore({ startMs: 1_767_225_600_000.25, periodMs: 100, machines: [] }),
  tags: [
    { source: 'shop', spec: number },
    { source: 'cnc', spec: whole },
  ],
  stateHash: () => 'feedfacecafebeef',
};
const parts = { site: 'test', version: '1.2.3', log: keptLog() };

function samplesOf(rows: readonly RecordedSample[]): SampleColumns {
  const inbox = createInbox(1024);
  for (const s of rows) inbox.push(s.tag, s.value, s.quality, s.timeMs, s.receiveMs, s.rawMs, s.exact);
  return inbox.drain(Number.POSITIVE_INFINITY);
}

const sample = (value: number, more: Partial<RecordedSample> = {}): RecordedSample => ({
  tag: 0,
  value,
  quality: 0,
  timeMs: 1_767_225_600_123.456,
  receiveMs: 1_767_225_600_130 + 1 / 1024,
  rawMs: Number.NaN,
  exact: undefined,
  ...more,
});

describe('a recording', () => {
  test('gives back every bit of every sample', async () => {
    const file = await place();
    const rows = [
      ...[0, -0, 0.1 + 0.2, 5e-324, -1.797_693_134_862_315_7e308, 2 ** 53 - 1].map((value) => sample(value)),
      sample(Number.NaN, { quality: 0x803c0000 }),
      sample(2 ** 64, { tag: 1, exact: BigInt.asIntN(64, 2n ** 64n - 1n) }),
    ];
    const recorder = await openRecorder(file, parts);
    recorder.batch(gateway, 7, samplesOf(rows));
    recorder.batch(gateway, 9, samplesOf([]));
    expect(await recorder.close(gateway)).toBe('feedfacecafebeef');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').map(parseRecordingLine);
    expect(lines).toEqual([
      { kind: 'head', head: { site: 'test', gemel: '1.2.3', startMs: 1_767_225_600_000.25, periodMs: 100 } },
      { kind: 'tag', tag: { tag: 0, source: 'shop', spec: number } },
      { kind: 'tag', tag: { tag: 1, source: 'cnc', spec: whole } },
      { kind: 'tick', tick: 7, samples: rows },
      { kind: 'tick', tick: 9, samples: [] },
      { kind: 'end', ticks: 2, hash: 'feedfacecafebeef' },
    ]);
  });

  test('overwrites nothing', async () => {
    const file = await place();
    await writeFile(file, 'precious');
    await expect(openRecorder(file, parts)).rejects.toThrow(
      'is there already; a recording overwrites nothing',
    );
    expect(await readFile(file, 'utf8')).toBe('precious');
  });

  test('leaves out what the disk cannot take in time, and says how much', async () => {
    const file = await place();
    const recorder = await openRecorder(file, { ...parts, waitingMax: 2000 });
    const samples = Array.from({ length: 20 }, (_, i) => sample(i));
    // All in one turn: nothing can reach the disk meanwhile.
    for (let tick = 0; tick < 50; tick++) recorder.batch(gateway, tick, samplesOf(samples));
    expect(recorder.ticksLost).toBeGreaterThan(40);
    await recorder.close(gateway);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').map(parseRecordingLine);
    const lost = lines.reduce((sum, line) => sum + (line?.kind === 'lost' ? line.ticks : 0), 0);
    expect(lost).toBe(recorder.ticksLost);
    expect(lines.filter((line) => line?.kind === 'tick')).toHaveLength(50 - lost);
  });

  test('of another form is named as such, and not taken for JSON lines', () => {
    const head = '{"gemel":"recording","v":2,"version":"9.0.0","site":"test"}';
    const format = () => formatOf({ format: 'auto', file: '/tmp/run.jsonl' }, `${head}\n`);
    expect(format).toThrow('run.jsonl: it is a recording of gemel "9.0.0" in form 2; this one reads form 1');
  });

  test.each([
    '',
    '{}',
    '[]',
    '{"tick":1,"samples":[[0]]}',
    '{"tick":1,"samples":[[0,1',
    '{"gemel":"recording","v":2}',
  ])('does not take %j for a line of one', (text) => {
    expect(parseRecordingLine(text)).toBeUndefined();
  });
});
