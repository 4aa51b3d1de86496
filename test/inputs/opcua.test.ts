// Rows of OPC UA: a real server in this process, and a real gateway that reads it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import {
  type Stage,
  type StageVariable,
  setText,
  stageNamespace,
  startStage,
  typesNamespace,
} from '../sources/opcua/stage-server.ts';
import { type Inputs, openInputs, type Stored } from './fixture.ts';

const confirmMs = 200;
const id = (name: string) => `nsu=${stageNamespace};s=${name}`;
const dir = mkdtempSync(join(tmpdir(), 'gemel-inputs-opcua-'));
let stage: Stage;
let port = 0;
let shop: Inputs;

const last = (tag: string): Stored | undefined => shop.stored.findLast((one) => one.tag === tag);
const ledger = () => shop.report('cnc').ledger;

function put(variable: StageVariable, value: number, status: keyof Stage['library']['StatusCodes'] = 'Good') {
  const { DataType, StatusCodes } = stage.library;
  variable.setValueFromSource({ dataType: DataType.Double, value }, StatusCodes[status] as never, new Date());
}

function add(
  name: string,
  dataType: 'Double' | 'Int64' | 'UInt64' | 'Structure',
  valueRank = -1,
  dimensions?: number[],
) {
  return stage.namespace.addVariable({
    browseName: name,
    nodeId: `s=${name}`,
    componentOf: stage.machine,
    dataType,
    valueRank,
    ...(dimensions === undefined ? {} : { arrayDimensions: dimensions }),
    minimumSamplingInterval: 0,
  });
}

beforeAll(async () => {
  port = await freePort();
  stage = await startStage(port, dir, { types: true });
  populate();
  shop = await openInputs(
    {
      cnc: {
        type: 'opcua',
        url: `opc.tcp://127.0.0.1:${port}`,
        security: { mode: 'None', allowNone: true },
        publishingMs: 50,
        samplingMs: 0,
        confirmMs,
        tags: {
          speed: id('Speed'),
          steady: id('Steady'),
          third: { node: id('List'), index: 2, length: 3 },
          cell: { node: id('Grid'), index: [1, 0], length: [2, 3] },
          whole: id('List'),
          count: { node: id('Count'), kind: 'int64' },
          total: { node: id('Total'), kind: 'uint64' },
          x: { node: id('Axis'), field: 'Position.X' },
          axis: id('Axis'),
          info: { node: 'ns=0;i=2256', field: 'BuildInfo' },
        },
      },
    },
    {
      mill: { model: 'mill', lagMs: 0, signals: { 'spindle.speed': 'cnc/speed', 'cut.feed': 'cnc/steady' } },
    },
  );
  await poll('the link', () => last('speed')?.value === 1 && last('steady')?.quality === 'Good');
});

function populate() {
  stage.number('Speed', 1, 'BaseDataType');
  stage.number('Steady', 5);
  const { DataType, VariantArrayType, StatusCodes } = stage.library;
  setList(add('List', 'Double', 1), [1, 2, 3]);
  add('Grid', 'Double', 2, [0, 0]).setValueFromSource(
    {
      dataType: DataType.Double,
      arrayType: VariantArrayType.Matrix,
      dimensions: [2, 3],
      value: Float64Array.from([1, 2, 3, 4, 5, 6]),
    },
    StatusCodes.Good,
  );
  for (const [name, type, value] of [
    ['Count', 'Int64', [0x7fffffff, 0xffffffff]],
    ['Total', 'UInt64', [0xffffffff, 0xfffffffe]],
  ] as const) {
    add(name, type).setValueFromSource(
      { dataType: DataType[type], arrayType: VariantArrayType.Scalar, value },
      StatusCodes.Good,
    );
  }
  const { addressSpace } = stage;
  const type = addressSpace.findDataType('AxisState', addressSpace.getNamespaceIndex(typesNamespace))!;
  const axis = { position: { x: 1.5, y: 2 }, loads: [10, 20], enabled: true, cycles: [0, 1] };
  add('Axis', 'Structure').setValueFromSource(
    { dataType: DataType.ExtensionObject, value: addressSpace.constructExtensionObject(type, axis) },
    StatusCodes.Good,
  );
}

function setList(list: StageVariable, values: number[]) {
  const { DataType, VariantArrayType, StatusCodes } = stage.library;
  list.setValueFromSource(
    { dataType: DataType.Double, arrayType: VariantArrayType.Array, value: Float64Array.from(values) },
    StatusCodes.Good,
  );
}

const find = (name: string) =>
  stage.addressSpace.findNode(`ns=${stage.namespace.index};s=${name}`) as StageVariable;

afterAll(async () => {
  await shop.close();
  await stage.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('OPC UA Uncertain / Bad status: code stored; Bad value null; low 16 bits masked; Overflow counted as a gap', () => {
  test.each([
    ['UncertainInitialValue', 0x40920000],
    ['UncertainSensorNotAccurate', 0x40930000],
    ['UncertainLastUsableValue', 0x40900000],
  ] as const)('%s: the value with its code', async (status, code) => {
    put(find('Speed'), 7, status);
    const found = await poll('the code', () => (last('speed')?.code === code ? last('speed') : undefined));
    expect(found).toMatchObject({ value: 7 });
  });
  test.each([
    ['BadSensorFailure', 0x808c0000],
    ['BadDeviceFailure', 0x808b0000],
    ['BadOutOfService', 0x808d0000],
  ] as const)('%s: null with its code, in the frame too', async (status, code) => {
    put(find('Speed'), 7, status);
    const found = await poll('the code', () => (last('speed')?.code === code ? last('speed') : undefined));
    expect(found).toMatchObject({ value: null });
    const speed = () => shop.frames.at(-1)?.signals['spindle.speed'];
    const shown = await poll('the frame', () => (speed()?.quality === 'bad' ? speed() : undefined));
    expect(shown.value).toBe(null);
  });
  test('a value that cannot be used ends the one before it, which is not said again', async () => {
    const saidAt = () => last('steady')!.receiveMs;
    put(find('Speed'), 7);
    await poll('the value', () => last('speed')?.quality === 'Good');
    setText(stage, find('Speed'), 'n/a');
    await poll('its end', () => last('speed')?.quality === 'BadTypeMismatch');
    const speed = () => shop.frames.at(-1)?.signals['spindle.speed'];
    await poll('the frame', () => speed()?.value === null && speed()?.quality === 'bad');
    const endedMs = last('speed')!.receiveMs;
    await poll('another to be said again', () => saidAt() > endedMs + 2 * confirmMs);
    expect(last('speed')).toMatchObject({ value: null, receiveMs: endedMs });
    put(find('Speed'), 8);
    await poll('a value', () => last('speed')?.value === 8);
  });
  test('the low 16 bits are no part of the code; Overflow is a gap', async () => {
    const { StatusCode, StatusCodes, DataType } = stage.library;
    const { gap } = shop.report('cnc').remarks;
    const overflow = StatusCode.makeStatusCode(StatusCodes.Good, 'Overflow | InfoTypeDataValue');
    expect(overflow.value & 0xffff).toBe(0x0480);
    find('Speed').setValueFromSource({ dataType: DataType.Double, value: 9 }, overflow, new Date());
    await poll('the value', () => last('speed')?.value === 9);
    expect(last('speed')).toMatchObject({ quality: 'Good', code: 0 });
    expect(shop.report('cnc').remarks.gap).toBe(gap + 1);
  });
});

describe('ExtensionObject, opaque structure: known type: declared fields; opaque: reject `opaque`', () => {
  test('a member of a known type is a value', async () => {
    await poll('the member', () => last('x'));
    expect(last('x')).toMatchObject({ value: 1.5, quality: 'Good' });
  });
  test('a structure as a whole, and one inside, are no value: rejected as opaque', async () => {
    // The letters come over the broker, after the ledger has counted.
    const told = () => shop.letters.filter(({ reason }) => reason === 'opaque').map(({ excerpt }) => excerpt);
    for (const tag of ['axis:', 'info:']) {
      await poll(`the letter of ${tag}`, () => told().some((text) => text.startsWith(tag)));
    }
    expect(ledger().rejected.opaque).toBeGreaterThanOrEqual(2);
    expect(last('axis')).toBeUndefined();
  });
});

describe('Arrays, matrices: a declared index or length; a changed length is Bad, never cut', () => {
  test('an element of an array and of a matrix', async () => {
    await poll('both', () => last('third') && last('cell'));
    expect(last('third')).toMatchObject({ value: 3, quality: 'Good' });
    expect(last('cell')).toMatchObject({ value: 4, quality: 'Good' });
  });
  test.each([[[7, 8]], [[7, 8, 9, 10]], [[]]])('of another length, %j: Bad', async (values) => {
    setList(find('List'), values);
    await poll('Bad', () => last('third')?.quality === 'BadTypeMismatch');
    expect(last('third')!.value).toBe(null);
    setList(find('List'), [7, 8, 9]);
    await poll('Good', () => last('third')?.value === 9);
  });
  test('an array without an index is no number: reject `type`', async () => {
    await poll('the rejection', () => ledger().rejected.type > 0);
    expect(last('whole')).toBeUndefined();
  });
  test('the same of JSON arrays, over MQTT', async () => {
    const fields = { a: { tag: 'a', index: 2, length: 3 } };
    const mqtt = await openInputs({ shop: { type: 'mqtt', topics: [{ topic: 'shop', fields }] } });
    try {
      expect((await mqtt.send('shop', '{"a":[1,2,3]}')).samples).toMatchObject([
        { value: 3, quality: 'Good' },
      ]);
      for (const a of ['[1,2]', '[1,2,3,4]', '[]']) {
        const { samples } = await mqtt.send('shop', `{"a":${a}}`);
        expect(samples).toMatchObject([{ value: null, quality: 'BadTypeMismatch' }]);
      }
      expect((await mqtt.send('shop', '{"a":7}')).rejected).toEqual(['type']);
    } finally {
      await mqtt.close();
    }
  });
});

describe('Int64 / UInt64 over OPC UA: BigInt inside, exact', () => {
  test('every bit', async () => {
    await poll('both', () => last('count') && last('total'));
    expect(last('count')!.exact).toBe(2n ** 63n - 1n);
    expect(BigInt.asUintN(64, last('total')!.exact)).toBe(2n ** 64n - 2n);
  });
});

describe('OPC UA BadNodeIdUnknown after a server restart: that item Bad, re-resolved with backoff; all others go on', () => {
  test('a node that is not there yet', async () => {
    await stage.stop();
    await poll('the loss', () => shop.report('cnc').link === 'down');
    await poll('Bad', () => last('speed')?.quality === 'BadNoCommunication');
    expect(last('speed')!.value).toBe(null);
    stage = await startStage(port, dir, { types: true });
    const steady = stage.number('Steady', 50);
    await poll('the others', () => last('steady')?.value === 50);
    await poll('the missing item', () => last('speed')?.quality === 'BadNodeIdUnknown');
    stage.set(steady, 51);
    await poll('the others go on', () => last('steady')?.value === 51);
    expect(shop.report('cnc').link).toBe('up');
    stage.number('Speed', 3000);
    await poll('it is found again', () => last('speed')?.value === 3000);
    expect(last('speed')!.quality).toBe('Good');
  });
});
