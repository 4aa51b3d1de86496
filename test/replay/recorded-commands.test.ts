// What was done to a twin from outside, in a recording: every number comes back, what is no command of ours is a broken
// line, and whoever only wants the samples does not see it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newCore } from '../../src/core/step.ts';
import type { TwinCommand } from '../../src/core/twin-command.ts';
import type { JsonObject } from '../../src/formats/json.ts';
import type { Feed } from '../../src/ports.ts';
import { asTwinCommand } from '../../src/replay/recorded-command.ts';
import { openRecorder } from '../../src/replay/recorder.ts';
import { commandLine, parseRecordingLine } from '../../src/sources/replay/recording.ts';
import { createRecordingDecode } from '../../src/sources/replay/recording-decode.ts';
import type { Row } from '../../src/sources/replay/row.ts';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { keptLog } from '../silent-log.ts';

useCleanUp();

const machine = 'mill-1';
const memory = {
  ...{ model: 'mill', modelVersion: '1', state: { 'bearing.wear': 0.1 + 0.2 }, input: { 'tool.number': 3 } },
  ...{ parameters: { 'axis.x.mass': 5e-324 }, sigma: { 'axis.x.mass': 1 }, wear: { seen: [1, 2, 1 / 3] } },
  alarms: { occurrences: 7, alarms: [], rhythms: { hot: [1, 3, 40_000] } },
};
const commands: TwinCommand[] = [
  { kind: 'restore', machine, memory, gapS: 1.5, integrate: true, told: { bearing: 0.4 } },
  { kind: 'parameters', machine, values: { 'axis.x.mass': 110 }, sigma: {} },
  { kind: 'inspected', machine, component: 'tool.3', wear: 0.3, sigma: 0.05 },
  { kind: 'replaced', machine, component: 'bearing' },
  { kind: 'alarm', machine, alarm: 'hot', action: 'shelve', by: 'Ann', forS: 3600, comment: 'fan' },
  { kind: 'alarm', machine, alarm: 'hot', action: 'acknowledge', by: 'Ann' },
  { kind: 'link', machine, source: 'shop', up: false, reason: 'refused' },
];

test('commands are written before the tick they came before, and come back whole', async () => {
  const file = join(await stateDir(), 'run.jsonl');
  const gateway = {
    core: newCore({ startMs: 0, periodMs: 100, machines: [] }),
    tags: [],
    stateHash: () => 'feedfacecafebeef',
  };
  const recorder = await openRecorder(file, { site: 'test', version: '1', log: keptLog() });
  recorder.command(gateway, commands[0]!);
  recorder.batch(gateway, 1, { length: 0 } as never);
  for (const command of commands.slice(1)) recorder.command(gateway, command);
  recorder.batch(gateway, 2, { length: 0 } as never);
  await recorder.close(gateway);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').map(parseRecordingLine);
  expect(lines.map((line) => line?.kind)).toEqual([
    'head',
    'command',
    'tick',
    ...commands.slice(1).map(() => 'command'),
    'tick',
    'end',
  ]);
  const read = lines.flatMap((line) => (line?.kind === 'command' ? [asTwinCommand(line.command)] : []));
  expect(read).toEqual(commands);
});

test.each<JsonObject>([
  { kind: 'explode', machine },
  { kind: 'replaced', machine },
  { kind: 'replaced', component: 'bearing' },
  { kind: 'inspected', machine, component: 'bearing', wear: '0.3', sigma: 0.1 },
  { kind: 'parameters', machine, values: { a: null }, sigma: {} },
  {
    kind: 'restore',
    machine,
    memory: { ...memory, wear: { seen: ['1'] } },
    gapS: 1,
    integrate: true,
    told: {},
  },
  { kind: 'restore', machine, memory: { ...memory, state: undefined }, gapS: 1, integrate: true, told: {} },
  {
    kind: 'restore',
    machine,
    memory: { ...memory, alarms: { occurrences: 1, alarms: [], rhythms: { hot: null } } },
    gapS: 1,
    integrate: true,
    told: {},
  },
])('%j is no command', (read) => {
  expect(asTwinCommand(read)).toBeUndefined();
});

test('a source that takes its samples from a recording passes over them', () => {
  const decode = createRecordingDecode('run.jsonl', [], {} as Feed);
  const rows: Row[] = [];
  decode.write(commands.map(commandLine).join(''), rows);
  decode.end(rows);
  expect(rows).toEqual([]);
});
