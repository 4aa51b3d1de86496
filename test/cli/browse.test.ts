// `gemel browse` against a real server: the tree, the tags to paste, and what it refuses.
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { newProgress } from '../../src/cli/browse/progress.ts';
import type { BrowseOptions } from '../../src/cli/browse/target.ts';
import { type BrowseContext, runBrowse } from '../../src/cli/browse.ts';
import { runTrust } from '../../src/cli/trust.ts';
import { opcuaSourceSchema } from '../../src/sources/opcua/schema.ts';
import { poll } from '../poll.ts';
import { newPlay, type Play } from '../sources/opcua/play.ts';
import { type Stage, stageNamespace } from '../sources/opcua/stage-server.ts';

let play: Play;
let stage: Stage;
let stateDir: string;
let calls: string[];

beforeAll(async () => {
  play = await newPlay();
  stage = await play.stage({ limits: { maxNodesPerRead: 40, maxNodesPerBrowse: 7 } });
  stateDir = join(play.dir, 'browse');
  fill(stage);
  stage.server.on('request', (request: object) => {
    const asked = Object.entries(request).find(([key]) => key.startsWith('nodesTo'));
    if (asked !== undefined) calls.push(`${asked[0]} ${(asked[1] as unknown[]).length}`);
  });
});
afterAll(() => play.close());

function fill({ library, namespace, machine, addressSpace }: Stage) {
  const { DataType, StatusCodes, VariantArrayType } = library;
  const spindle = namespace.addObject({ browseName: 'Spindle', nodeId: 's=Spindle', componentOf: machine });
  const speed = namespace.addAnalogDataItem({
    browseName: 'Speed',
    nodeId: 's=Spindle.Speed',
    componentOf: spindle,
    dataType: DataType.Double,
    accessLevel: 'CurrentRead',
    engineeringUnitsRange: { low: 0, high: 24_000 },
    engineeringUnits: {
      namespaceUri: 'http://www.opcfoundation.org/UA/units/un/cefact',
      unitId: 5_394_509,
      displayName: { text: 'U/min' },
      description: { text: 'revolutions per minute' },
    },
  });
  speed.setValueFromSource({ dataType: DataType.Double, value: 1234.5678 }, StatusCodes.Good);
  const add = (name: string, type: keyof typeof DataType, value: unknown, extra: object = {}) => {
    const variable = namespace.addVariable({
      browseName: name,
      nodeId: `s=${name}`,
      componentOf: spindle,
      dataType: type as string,
      accessLevel: 'CurrentRead',
      ...extra,
    });
    const arrayType =
      Array.isArray(value) && type !== 'UInt64' ? VariantArrayType.Array : VariantArrayType.Scalar;
    variable.setValueFromSource({ dataType: DataType[type] as number, arrayType, value }, StatusCodes.Good);
    return variable;
  };
  add('Enabled', 'Boolean', true, { accessLevel: 'CurrentRead | CurrentWrite' });
  add('Turns', 'UInt64', [0x200000, 1]);
  add('Loads', 'Double', [1, 2, 3, 4, 5, 6], { valueRank: 1 });
  add('Gear', 'Int16', 3);
  add('Programme', 'String', 'BRACKET-17\u001b[31m with a very long name indeed');
  const broken = add('Broken', 'Double', 0);
  broken.setValueFromSource({ dataType: DataType.Double, value: 0 }, StatusCodes.BadSensorFailure);
  const mode = namespace.addEnumerationType({ browseName: 'ModeType', enumeration: ['Manual', 'Auto'] });
  const state = namespace.addVariable({
    browseName: 'Mode',
    nodeId: 's=Mode',
    componentOf: spindle,
    dataType: mode.nodeId,
    accessLevel: 'CurrentRead',
  });
  state.setValueFromSource({ dataType: DataType.Int32, value: 1 }, StatusCodes.Good);
  // Two ways down to the same, and one that leads back up.
  namespace.addObject({
    browseName: 'Second',
    nodeId: 's=Second',
    organizedBy: addressSpace.rootFolder.objects,
  });
  const second = addressSpace.findNode(`ns=${namespace.index};s=Second`)!;
  second.addReference({ referenceType: 'Organizes', nodeId: spindle.nodeId });
  spindle.addReference({ referenceType: 'Organizes', nodeId: machine.nodeId });
}

async function browse(
  options: Partial<BrowseOptions> = {},
  style: Partial<BrowseContext['style']> = {},
  url = stage.url,
  env: NodeJS.ProcessEnv = {},
) {
  calls = [];
  let out = '';
  let err = '';
  await runBrowse(
    url,
    { depth: 20, max: 5000, policy: 'Basic256Sha256', allowNone: true, stateDir, ...options },
    {
      env,
      print: (text) => {
        out += text;
      },
      progress: newProgress((text) => {
        err += text;
      }, false),
      style: { columns: 100, colour: false, ...style },
    },
  );
  return { out, err };
}

const start = `nsu=${stageNamespace};s=Machine`;

test('the tree: names, types, values, units; each node looked into once, cycle or not', async () => {
  const { out } = await browse({ node: start });
  expect(out).toBe(
    [
      'Machine',
      '└─ Spindle',
      '   ├─ Machine  ↑ shown above',
      '   ├─ Speed      Double     1234.57 U/min',
      '   ├─ Enabled    Boolean    true                             writable',
      '   ├─ Turns      UInt64     9007199254740993',
      '   ├─ Loads      Double[6]  [1, 2, 3, 4, …]',
      '   ├─ Gear       Int16      3',
      '   ├─ Programme  String     "BRACKET-17\\u001b[31m with a …"',
      '   ├─ Broken     Double     0 (BadSensorFailure)',
      '   └─ Mode       ModeType   1 Auto',
      '',
    ].join('\n'),
  );
});

test('it stays within what the server takes in one call', async () => {
  await browse();
  const most = (what: string) =>
    Math.max(
      ...calls.filter((call) => call.startsWith(`${what} `)).map((call) => Number(call.split(' ')[1])),
    );
  expect(most('nodesToBrowse')).toBeLessThanOrEqual(7);
  expect(most('nodesToRead')).toBeLessThanOrEqual(40);
});

test('from Objects down: the server itself is left out, what was shown is not shown again', async () => {
  const { out } = await browse();
  expect(out).toContain('Server  … about the server itself: --node i=2253');
  expect(out.match(/Speed/g)!.length).toBe(1);
  expect(out.match(/shown above/g)!.length).toBe(2);
});

test('a narrow terminal is kept to; a pipe gets everything, ids too, and no colour', async () => {
  const narrow = await browse({ node: start }, { columns: 60, colour: true });
  const lines = narrow.out.replaceAll('\x1b[2m', '').replaceAll('\x1b[22m', '').split('\n');
  expect(narrow.out).toContain('\x1b[2m');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(72);
  const piped = await browse({ node: start }, { columns: 0 });
  expect(piped.out).toContain(`nsu=${stageNamespace};s=Spindle.Speed`);
  expect(piped.out).not.toContain('\x1b');
});

test('tags to paste are a configuration as they stand', async () => {
  const { out } = await browse({ path: `/Objects/nsu=${stageNamespace};Machine`, yaml: true });
  const { tags } = parse(out) as { tags: Record<string, Record<string, unknown>> };
  const node = (name: string) => `nsu=${stageNamespace};s=${name}`;
  expect(tags).toEqual({
    Speed: { node: node('Spindle.Speed'), unit: 'rpm' },
    Enabled: { node: node('Enabled'), kind: 'boolean' },
    Turns: { node: node('Turns'), kind: 'uint64' },
    Loads: { node: node('Loads'), index: 0, length: 6 },
    Gear: { node: node('Gear') },
    Broken: { node: node('Broken') },
    Mode: { node: node('Mode'), kind: 'enum' },
  });
  expect(out).toContain('# Programme: ');
  expect(out).toContain('# 0 Manual, 1 Auto');
  expect(out.match(/kind: enum if it is a state/g)).toHaveLength(1);
  expect(out).toMatch(/^ {2}Gear: .* # kind: enum if it is a state$/m);
  const config = { type: 'opcua', url: stage.url, tags };
  expect(opcuaSourceSchema.safeParse(config).success).toBe(true);

  // And they deliver.
  const { last } = await play.source(tags);
  await poll('a value of each', () => last('Speed') && last('Turns') && last('Loads') && last('Mode'));
  expect(last('Turns')!.exact).toBe(9_007_199_254_740_993n);
});

test('a filter keeps what fits and the way to it; nothing that fits is a failure that says so', async () => {
  const { out } = await browse({ filter: 'speed' });
  expect(out.split('\n').map((line) => line.trim().split(/ {2,}/)[0])).toEqual([
    'Objects',
    '└─ Machine',
    '└─ Spindle',
    '└─ Speed',
    '',
  ]);
  await expect(browse({ filter: 'nonsense' })).rejects.toMatchObject({ code: 'GEM_BROWSE_NOTHING' });
});

test('depth and number of nodes are bounded, and it is said', async () => {
  const shallow = await browse({ node: start, depth: 1 });
  expect(shallow.out).toBe('Machine\n└─ Spindle  … deeper: --depth\n');
  const few = await browse({ node: start, max: 4 });
  expect(few.out.split('\n').length).toBe(6);
  expect(few.err).toBe('stopped after 4 nodes; --max takes more\n');
});

test('as JSON, a node each', async () => {
  const { out } = await browse({ node: start, json: true });
  const { nodes } = JSON.parse(out) as { nodes: Record<string, unknown>[] };
  expect(nodes.find(({ name }) => name === 'Speed')).toEqual({
    path: 'Spindle/Speed',
    name: 'Speed',
    nodeId: `nsu=${stageNamespace};s=Spindle.Speed`,
    nodeClass: 'Variable',
    dataType: 'Double',
    value: '1234.57',
    unit: 'rpm',
    unitText: 'U/min',
    status: 'Good',
    access: { read: true, write: false, history: false },
  });
});

describe('what it refuses', () => {
  test.each([
    ['a node that is not there', { node: 'ns=1;s=nope' }, 'GEM_BROWSE_NOTHING'],
    ['a path that leads nowhere', { path: '/Objects/0:Nope' }, 'GEM_BROWSE_NOTHING'],
    ['what is no node id', { node: 'Spindle' }, 'GEM_USAGE'],
    ['what is no path', { path: 'Objects' }, 'GEM_USAGE'],
    ['both', { path: '/Objects', node: 'i=85' }, 'GEM_USAGE'],
    ['two formats', { yaml: true, json: true }, 'GEM_USAGE'],
    ['a password in the open', { user: 'operator' }, 'GEM_USAGE'],
    ['a node of too large a number', { node: 'i=9999999999' }, 'GEM_USAGE'],
    ['an unknown policy', { allowNone: false, policy: 'Rot13' }, 'GEM_USAGE'],
  ])('%s', async (_what, options, code) => {
    await expect(browse(options)).rejects.toMatchObject({ code });
  });

  test('what the call asks for is said in the words of the call', async () => {
    const policy = (name: string, more = {}) => browse({ allowNone: false, policy: name, ...more });
    await expect(policy('Basic265Sha256')).rejects.toThrow(
      /^--policy Basic265Sha256: expected one of Basic256Sha256, .*did you mean "Basic256Sha256"/,
    );
    await expect(policy('Basic256')).rejects.toThrow('knowingly --allow-deprecated');
    // Allowed, it comes as far as the server, which does not offer it.
    await expect(policy('Basic256', { allowDeprecated: true })).rejects.toMatchObject({
      code: 'GEM_BROWSE_FAILED',
    });
    const login = { allowNone: false, user: 'operator' };
    await expect(browse(login)).rejects.toThrow('--user operator wants the password in $OPCUA_PASSWORD');
    const nobody = 'opc.tcp://127.0.0.1:9';
    const given = browse(login, {}, nobody, { OPCUA_PASSWORD: '' });
    await expect(given).rejects.toMatchObject({ code: 'GEM_BROWSE_UNREACHABLE' });
    await expect(given).rejects.toThrow('connection refused');
  });

  test('a certificate nobody trusts: refused and kept; trusted it is let in', async () => {
    const secure = { allowNone: false, node: start };
    await expect(browse(secure)).rejects.toThrow(/not trusted.*gemel trust/s);
    const rejected = join(stateDir, 'pki', 'rejected');
    const [file] = await readdir(rejected);
    const trusted = join(stateDir, 'pki', 'trusted', 'certs');
    await mkdir(trusted, { recursive: true });
    await rename(join(rejected, file!), join(trusted, file!));
    expect((await browse(secure)).out).toContain('1234.57 U/min');
  });

  test.each([
    ['nobody there', 'opc.tcp://127.0.0.1:9', 'connection refused'],
    ['no such host', 'opc.tcp://no-such-host.invalid:4840', 'cannot be resolved'],
    ['another protocol', 'http://127.0.0.1:9', 'expected opc.tcp://host:4840'],
    ['a port there is none of', 'opc.tcp://127.0.0.1:99999', 'a port is 65535 at most'],
    ['a port that is none', 'opc.tcp://127.0.0.1:plc', 'expected opc.tcp://host:4840'],
  ])('%s', async (_what, url, words) => {
    await expect(browse({}, {}, url)).rejects.toThrow(words);
  });

  test('a server of another kind; a state directory that is a file', async () => {
    const web = createServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const { port } = web.address() as { port: number };
    await expect(browse({}, {}, `opc.tcp://127.0.0.1:${port}`)).rejects.toThrow('no OPC UA server');
    web.close();
    const file = join(play.dir, 'a-file');
    await writeFile(file, '');
    await expect(browse({ stateDir: file })).rejects.toMatchObject({ code: 'GEM_STATE_UNWRITABLE' });
    for (const wanted of [undefined, 'ABCD'])
      await expect(runTrust(wanted, { stateDir: file }, {}, () => {})).rejects.toMatchObject({
        code: 'GEM_FILE_UNREADABLE',
      });
  });
});

test('it leaves no session behind', async () => {
  const before = stage.server.currentSessionCount;
  await browse({ node: start });
  await poll('the session to be closed', () => stage.server.currentSessionCount === before);
});
