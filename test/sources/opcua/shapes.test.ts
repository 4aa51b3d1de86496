// Values that are more than a number, from a real server: arrays that change, structures of its own types,
// 64-bit integers, enumerations, times.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import { poll } from '../../poll.ts';
import { newPlay, type Play } from './play.ts';
import { type Stage, stageNamespace, typesNamespace } from './stage-server.ts';

let play: Play;
let stage: Stage;
beforeAll(async () => {
  play = await newPlay();
  stage = await play.stage({ types: true });
});
afterAll(() => play.close());

const id = (name: string) => `nsu=${stageNamespace};s=${name}`;
type DataTypeName =
  | 'Double'
  | 'Int64'
  | 'UInt64'
  | 'String'
  | 'DateTime'
  | 'ExtensionObject'
  | 'LocalizedText';

function add(name: string, type: DataTypeName, valueRank = -1, dimensions: number[] | null = null) {
  return stage.namespace.addVariable({
    browseName: name,
    nodeId: `s=${name}`,
    componentOf: stage.machine,
    dataType: type === 'ExtensionObject' ? 'Structure' : type,
    valueRank,
    ...(dimensions === null ? {} : { arrayDimensions: dimensions }),
    minimumSamplingInterval: 0,
  });
}

test('an element of an array and of a matrix; a changed length is Bad, and never cut', async () => {
  const { DataType, VariantArrayType, StatusCodes } = stage.library;
  const list = add('List', 'Double', 1);
  const grid = add('Grid', 'Double', 2, [0, 0]);
  const set = (values: number[]) =>
    list.setValueFromSource(
      { dataType: DataType.Double, arrayType: VariantArrayType.Array, value: Float64Array.from(values) },
      StatusCodes.Good,
    );
  set([1, 2, 3]);
  grid.setValueFromSource(
    {
      dataType: DataType.Double,
      arrayType: VariantArrayType.Matrix,
      dimensions: [2, 3],
      value: Float64Array.from([1, 2, 3, 4, 5, 6]),
    },
    StatusCodes.Good,
  );
  const { last, feed } = await play.source({
    third: { node: id('List'), index: 2, length: 3 },
    cell: { node: id('Grid'), index: [1, 0] },
  });
  await poll('both', () => last('third')?.value === 3 && last('cell')?.value === 4);
  set([7, 8, 9, 10]);
  await poll('the changed length', () => last('third')?.quality === Quality.badTypeMismatch);
  expect(last('third')!.value).toBeNaN();
  set([7, 8, 9]);
  await poll('the right length', () => last('third')?.value === 9);
  expect(feed.rejects).toEqual([]);
});

test("members of a structure of the server's own type; an unknown one is opaque", async () => {
  const { DataType, StatusCodes } = stage.library;
  const type = stage.addressSpace.findDataType(
    'AxisState',
    stage.addressSpace.getNamespaceIndex(typesNamespace),
  )!;
  const axis = add('Axis', 'ExtensionObject');
  const set = (x: number) =>
    axis.setValueFromSource(
      {
        dataType: DataType.ExtensionObject,
        value: stage.addressSpace.constructExtensionObject(type, {
          position: { x, y: 2 },
          loads: [10, 20],
          enabled: true,
          cycles: [0x200000, 1],
        }),
      },
      StatusCodes.Good,
    );
  set(1.5);
  const { last, of, feed } = await play.source({
    x: { node: id('Axis'), field: 'Position.X', unit: 'mm' },
    load: { node: id('Axis'), field: 'Loads', index: 1, length: 2 },
    enabled: { node: id('Axis'), field: 'Enabled', kind: 'boolean' },
    cycles: { node: id('Axis'), field: 'Cycles', kind: 'uint64' },
    wrong: { node: id('Axis'), field: 'Position.Z' },
    state: { node: 'ns=0;i=2256', field: 'State', kind: 'enum' },
    product: { node: 'ns=0;i=2256', field: 'BuildInfo' },
  });
  await poll('the members', () => last('x')?.value === 1.5 && last('cycles') && last('state'));
  expect(last('load')!.value).toBe(20);
  expect(last('enabled')!.value).toBe(1);
  expect(last('cycles')!.exact).toBe(9_007_199_254_740_993n);
  expect(last('state')!.value).toBe(0); // running
  expect(feed.rejects.map(({ reason }) => reason).sort()).toEqual(expect.arrayContaining(['opaque', 'type']));
  for (let i = 1; i <= 5; i++) {
    set(i);
    await poll('the next', () => last('x')?.value === i);
  }
  expect(of('x').map(({ value }) => value)).toEqual([1.5, 1, 2, 3, 4, 5]);
});

test('64-bit integers keep every digit, times are milliseconds, words are numbers', async () => {
  const { DataType, StatusCodes, VariantArrayType } = stage.library;
  const put = (name: string, type: DataTypeName, value: unknown) =>
    add(name, type).setValueFromSource(
      { dataType: DataType[type], arrayType: VariantArrayType.Scalar, value },
      StatusCodes.Good,
    );
  put('Count', 'Int64', [0x7fffffff, 0xffffffff]);
  put('Total', 'UInt64', [0xffffffff, 0xfffffffe]);
  put('Started', 'DateTime', new Date(1_790_000_000_123));
  put('Mode', 'String', 'AUTO');
  put('Label', 'LocalizedText', { locale: 'en', text: 'running' });
  put('Typed', 'String', '12,5');
  const { last, feed } = await play.source({
    count: { node: id('Count'), kind: 'int64' },
    total: { node: id('Total'), kind: 'uint64' },
    total64: id('Total'),
    started: id('Started'),
    mode: { node: id('Mode'), kind: 'enum', enum: { MANUAL: 0, AUTO: 1 } },
    label: { node: id('Label'), kind: 'enum', enum: { running: 3 } },
    typed: { node: id('Typed'), coerce: true },
  });
  await poll('all of them', () => last('typed') && last('label') && last('count') && last('total'));
  expect(last('count')!.exact).toBe(2n ** 63n - 1n);
  expect(last('total')!.exact).toBe(2n ** 64n - 2n);
  expect(last('total64')).toMatchObject({ value: 2 ** 64, quality: Quality.uncertain });
  expect(last('started')!.value).toBe(1_790_000_000_123);
  expect(last('mode')!.value).toBe(1);
  expect(last('label')!.value).toBe(3);
  expect(last('typed')!.value).toBe(12.5);
  expect(feed.rejects).toEqual([]);
});
