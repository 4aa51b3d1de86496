// `gemel check --connect` tag by tag: what a server refuses, what can be no sample as it stands, and what to do.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectionsText } from '../../src/cli/check-report.ts';
import { type TagTrial, type Trial, tryConnections } from '../../src/cli/connect.ts';
import { parseConfig } from '../../src/config/load.ts';
import { models } from '../../src/core/models/index.ts';
import { portReason } from '../../src/sources/serial/reason.ts';
import { gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { newPlay, type Play } from '../sources/opcua/play.ts';
import { type Stage, stageNamespace, typesNamespace } from '../sources/opcua/stage-server.ts';

let play: Play;
let stage: Stage;
beforeAll(async () => {
  play = await newPlay();
  stage = await play.stage({ types: true });
  fill(stage);
});
afterAll(() => play.close());

const id = (name: string) => `nsu=${stageNamespace};s=${name}`;

function fill({ library, namespace, machine, addressSpace }: Stage) {
  const { DataType, StatusCodes, VariantArrayType } = library;
  const add = (name: string, type: 'Double' | 'String' | 'Boolean', value: unknown, extra: object = {}) => {
    const variable = namespace.addVariable({
      browseName: name,
      nodeId: `s=${name}`,
      componentOf: machine,
      dataType: DataType[type],
      minimumSamplingInterval: 0,
      ...extra,
    });
    const arrayType = Array.isArray(value) ? VariantArrayType.Array : VariantArrayType.Scalar;
    variable.setValueFromSource({ dataType: DataType[type], arrayType, value }, StatusCodes.Good);
    return variable;
  };
  add('Speed', 'Double', 1);
  add('Loads', 'Double', [1, 2, 3, 4, 5, 6], { valueRank: 1 });
  add('Programme', 'String', 'BRACKET-17');
  add('Door', 'Boolean', true);
  add('Hidden', 'Double', 1, { accessLevel: 'CurrentWrite', userAccessLevel: 'CurrentWrite' });
  const broken = add('Broken', 'Double', 0);
  broken.setValueFromSource({ dataType: DataType.Double, value: 0 }, StatusCodes.BadSensorFailure);
  const position = namespace.addVariable({
    browseName: 'Position',
    nodeId: 's=Position',
    componentOf: machine,
    dataType: 'Structure',
  });
  const type = addressSpace.findDataType('AxisState', addressSpace.getNamespaceIndex(typesNamespace))!;
  const vector = addressSpace.constructExtensionObject(type, {
    position: { x: 1, y: 2 },
    loads: [10, 20],
    enabled: true,
    cycles: [0, 1],
  });
  position.setValueFromSource({ dataType: DataType.ExtensionObject, value: vector }, StatusCodes.Good);
}

/** The source `cnc` with these tags, as JSON, which is YAML too. */
function yamlOf(tags: object, url = stage.url): string {
  const cnc = { type: 'opcua', url, security: { mode: 'None', allowNone: true }, tags };
  return `version: 1\nbroker: { port: 0 }\nmetrics: { enabled: false }\nsources: ${JSON.stringify({ cnc })}\n`;
}

async function tried(yaml: string): Promise<Trial> {
  const { config } = parseConfig(yaml, join(play.dir, 'gemel.yaml'), { env: {}, models });
  const trials = await tryConnections(config, play.dir);
  return trials.at(-1)!;
}

const words = (tags: readonly TagTrial[] = []) =>
  Object.fromEntries(
    tags.map(({ tag, ok, said, advice }) => [tag, `${ok ? 'doubt' : 'no'}: ${said}; ${advice}`]),
  );

test('every tag that cannot be had is named, with what the server said and what to do', async () => {
  const { ok, reason, tags } = await tried(
    yamlOf({
      fine: id('Speed'),
      wrong: id('Sped'),
      'other namespace': 'nsu=urn:gemel:test:stag;s=Speed',
      folder: id('Machine'),
      hidden: id('Hidden'),
      array: id('Loads'),
      beyond: { node: id('Loads'), index: 7 },
      shorter: { node: id('Loads'), index: 1, length: 3 },
      'no array': { node: id('Speed'), index: 0 },
      structure: id('Position'),
      member: { node: id('Position'), field: 'positon.x' },
      text: id('Programme'),
      'other word': { node: id('Programme'), kind: 'enum', enum: { 'BRACKET-18': 1 } },
      door: id('Door'),
      'path without namespaces': { path: '/Objects/Machine/Speed' },
      'path with a slip': { path: `/Objects/nsu=${stageNamespace};Machine/Sped` },
      broken: id('Broken'),
    }),
  );
  expect(ok).toBe(false);
  expect(reason).toBe('15 of 17 tags cannot be had');
  const got = words(tags);
  expect(got).toEqual({
    wrong: expect.stringMatching(
      /^no: BadNodeIdUnknown; the server has no such node: `gemel browse --filter`/,
    ),
    'other namespace': `no: BadNodeIdUnknown; the server has no namespace "urn:gemel:test:stag", did you mean "${stageNamespace}"?`,
    folder: expect.stringMatching(/^no: BadAttributeIdInvalid; it has no value: it is a folder/),
    hidden: expect.stringMatching(/^no: Bad(NotReadable|UserAccessDenied); /),
    array: 'no: an array: Double[6]; index says which element is the value: index: 0, length: 6',
    beyond: 'no: Double[6]; index: 7 is beyond its end; the first is 0',
    shorter: 'no: Double[6]; length says 3',
    'no array': 'no: Double, no array; leave index out',
    structure: 'no: a structure; field says which member is the value: field: position.x',
    member: 'no: a structure; it has no member "positon", did you mean "Position"?',
    text: 'no: a text: "BRACKET-17"; kind: enum with its words and numbers; or coerce: true where it holds a number',
    'other word': 'no: a text: "BRACKET-17"; it is none of the words of enum, did you mean "BRACKET-18"?',
    door: 'no: true or false; kind: boolean',
    'path without namespaces': `no: BadNoMatch; with its namespaces it is /Objects/nsu=${stageNamespace};Machine/Speed`,
    'path with a slip': expect.stringContaining('nothing is called "Sped", did you mean "Speed"?'),
    broken: 'doubt: BadSensorFailure; the machine says so: is it switched on?',
  });
  await poll('no session to be left', () => stage.server.currentSessionCount === 0);
});

test('what it advises is right: the tags mended as it says are fine', async () => {
  const { ok, tags, reason } = await tried(
    yamlOf({
      array: { node: id('Loads'), index: 0, length: 6 },
      member: { node: id('Position'), field: 'position.x' },
      word: { node: id('Programme'), kind: 'enum', enum: { 'BRACKET-17': 1 } },
      door: { node: id('Door'), kind: 'boolean' },
      path: `/Objects/nsu=${stageNamespace};Machine/Speed`,
      // It may be switched on later.
      broken: id('Broken'),
    }),
  );
  expect([ok, reason]).toEqual([true, '']);
  expect(tags!.map(({ tag, ok: usable }) => [tag, usable])).toEqual([['broken', true]]);
});

test('of 5,000 tags the first few are named, and all are in the JSON', async () => {
  const names = Array.from({ length: 5000 }, (_, k) => `t${k}`);
  const yaml = yamlOf({ fine: id('Speed'), ...Object.fromEntries(names.map((name) => [name, id(name)])) });
  const file = join(play.dir, 'many.yaml');
  writeFileSync(file, yaml);
  const command = gemel(['check', '--connect', '--json', file]);
  expect(await command.ended(60_000)).toBe(1);
  const { connections } = JSON.parse(command.out()) as { connections: Trial[] };
  expect(connections.at(-1)!.tags!.map(({ tag }) => tag)).toEqual(names);
  const lines = connectionsText(connections.slice(-1)).split('\n');
  expect(lines[0]).toMatch(/^failed source cnc .*: 5,000 of 5,001 tags cannot be had$/);
  expect(lines.slice(1).map((line) => line.trim())).toEqual([
    expect.stringMatching(/^5,000 tags: BadNodeIdUnknown; the server has no such node/),
    `t0 (${id('t0')})`,
    `t1 (${id('t1')})`,
    `t2 (${id('t2')})`,
    'and 4,997 more; --json has all',
    expect.stringContaining('INSECURE'),
    expect.stringContaining('made a certificate'),
    '',
  ]);
});

test('a server that is not there is one line, without a word on its tags', async () => {
  const { ok, reason, tags } = await tried(yamlOf({ a: id('Speed') }, 'opc.tcp://127.0.0.1:9'));
  expect([ok, reason, tags]).toEqual([false, 'connection refused: nothing listens there', []]);
});

describe('other sources', () => {
  const one = (source: object) =>
    `version: 1\nbroker: { port: 0 }\nmetrics: { enabled: false }\nsources: ${JSON.stringify({ one: source })}\n`;

  test('a topic is said to be untried, and is no failure', async () => {
    const topics = [{ topic: 'shop/{m}/drive', fields: { rpm: '{m}/rpm' } }];
    const trial = await tried(one({ type: 'mqtt', topics }));
    expect(trial).toMatchObject({ ok: true, untried: true });
    expect(connectionsText([trial])).toBe(
      '-      source one: topics cannot be tried, only awaited: shop/{m}/drive\n',
    );
  });

  test('the words of a peer do not move the cursor', () => {
    const trial = { what: 'source one', ok: false, reason: 'no \x1b[2Jlogin', notes: ['its \u202ename'] };
    expect(connectionsText([trial])).toBe(
      'failed source one: no \\x1b[2Jlogin\n         its \\u{202e}name\n',
    );
  });

  test('a serial port that is not there, or is none', async () => {
    const serial = (path: string) => one({ type: 'serial', path, columns: ['x'], fields: { x: 'x' } });
    const absent = await tried(serial('/dev/ttyUSB97'));
    expect([absent.ok, absent.reason]).toEqual([false, 'there is no /dev/ttyUSB97: not plugged in?']);
    expect(absent.notes).toEqual([expect.stringContaining('may be another device after the next replug')]);
    const file = join(play.dir, 'no-port');
    writeFileSync(file, '');
    const other = await tried(serial(file));
    expect([other.ok, other.reason]).toEqual([false, `${file} is no serial line`]);
  });

  test.each([
    ['Error: Permission denied, cannot open /dev/x', 'no permission for /dev/x: add the user to the group'],
    ['Error Resource temporarily unavailable Cannot lock port', '/dev/x is in use by another program'],
  ])('a serial port that is not ours: %s', (message, words) => {
    expect(portReason(new Error(message), '/dev/x')).toContain(words);
  });

  test('a recording without some columns names all of them; packed or not', async () => {
    const file = join(play.dir, 'log.csv.gz');
    writeFileSync(file, gzipSync('time,I_spindle,n\n0,1,2\n'));
    const tags = { current: 'I_spindel', speed: 'n', force: 'Fz' };
    const { ok, reason } = await tried(one({ type: 'replay', file, tags }));
    expect(ok).toBe(false);
    expect(reason).toContain('the tag current: there is no column "I_spindel" (did you mean "I_spindle"?)');
    expect(reason).toContain('the tag force: there is no column "Fz"; there is time, I_spindle, n');
    writeFileSync(file, gzipSync('time,I_spindle,n\n0,x,2\n'));
    const unfit = await tried(one({ type: 'replay', file, tags: { current: 'I_spindle' } }));
    expect(unfit.reason).toContain('could be used: log.csv.gz:2 "x" is no number for current');
    writeFileSync(file, gzipSync('time,I_spindle,n\n0,1,2\n'));
    const fine = await tried(one({ type: 'replay', file, tags: { current: 'I_spindle' } }));
    expect([fine.ok, fine.reason]).toEqual([true, '']);
  });
});
