// The list of parameter sets: nothing in it changes, and it does not grow without end.
import { expect, test } from 'vitest';
import { mill } from '../../../src/core/models/mill/index.ts';
import type { TwinNews } from '../../../src/core/twin-command.ts';
import {
  appendVersion,
  decodeVersions,
  encodeVersions,
  type ParameterVersion,
  recordNews,
} from '../../../src/runtime/twins/versions.ts';

const first = appendVersion([], { timeMs: 1, reason: 'configured', values: { a: 1, b: 2 } });
const recalibrated: TwinNews = {
  kind: 'recalibrated',
  machine: 0,
  group: 'heat',
  reason: 'drift',
  values: { b: 3 },
  sigma: { b: 0.1 },
  learnt: { fromMs: 1, toMs: 2 },
  trial: { fromMs: 2, toMs: 3 },
  errorBefore: 3.1,
  errorAfter: Number.NaN,
};

test('each has all parameters, and says why, from what and how much better', () => {
  const list = recordNews(first, recalibrated, { model: mill, timeMs: 9 });
  expect(list).toEqual([
    expect.objectContaining({ version: 1, reason: 'configured', values: { a: 1, b: 2 }, learnt: null }),
    {
      ...{ version: 2, timeMs: 9, reason: 'recalibrated', group: 'heat', errorBefore: 3.1, errorAfter: null },
      ...{
        learnt: { fromMs: 1, toMs: 2 },
        trial: { fromMs: 2, toMs: 3 },
        values: { a: 1, b: 3 },
        sigma: { b: 0.1 },
      },
    },
  ]);
  expect(decodeVersions(encodeVersions('mill-1', list), 'x')).toEqual(list);
});

test('going back makes a new one with what was known then', () => {
  const two = recordNews(first, recalibrated, { model: mill, timeMs: 9 });
  const told: TwinNews = { kind: 'parameters', machine: 0, values: { b: 2 }, unknown: [], clamped: [] };
  const back = recordNews(two, told, { model: mill, timeMs: 10, rolledBackTo: 1 });
  expect(back.slice(0, 2)).toEqual(two);
  expect(back[2]).toMatchObject({
    version: 3,
    reason: 'rolled-back',
    group: 'version 1',
    values: first[0]!.values,
    sigma: {},
  });
  const set = recordNews(two, told, { model: mill, timeMs: 10 });
  expect(set[2]).toMatchObject({ reason: 'set', sigma: { b: 0.1 } });
});

test('a look that changes no factor is none', () => {
  const look = {
    kind: 'inspected',
    machine: 0,
    component: 'tool.3',
    wearBefore: 0.1,
    wear: 0.2,
    factorBefore: 1,
  } as const;
  expect(recordNews(first, { ...look, factor: 1 }, { model: mill, timeMs: 9 })).toBe(first);
  const list = recordNews(first, { ...look, factor: 2 }, { model: mill, timeMs: 9 });
  expect(list[1]).toMatchObject({ reason: 'inspected', group: 'tool.3', values: { 'wear.tool.factor': 2 } });
});

test('keeps the first and the last two hundred', () => {
  let list: ParameterVersion[] = first;
  for (let i = 0; i < 500; i++) list = appendVersion(list, { timeMs: i, reason: 'set', values: { a: i } });
  expect(list).toHaveLength(201);
  expect([list[0]!.version, list[1]!.version, list.at(-1)!.version]).toEqual([1, 302, 501]);
});
