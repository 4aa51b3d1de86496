// Parameter versions as people read them, and as lines for a configuration.
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { machinesText, setText, setYaml, versionsText } from '../../src/cli/parameters-view.ts';
import { appendVersion } from '../../src/runtime/twins/versions.ts';
import { memoryOf } from '../runtime/twins/memory-of.ts';

const configured = { 'axis.x.mass': 100, 'housing.rth': 0.25, 'winding.alpha': 0 };
const memory = memoryOf({ configured });
const first = appendVersion([], {
  timeMs: Date.UTC(2026, 10, 20, 8),
  reason: 'configured',
  values: configured,
});
const span = { fromMs: Date.UTC(2026, 10, 21, 9), toMs: Date.UTC(2026, 10, 21, 9, 20) };
const versions = appendVersion(first, {
  ...{ timeMs: Date.UTC(2026, 10, 21, 10), reason: 'recalibrated', group: 'heat', learnt: span, trial: span },
  ...{
    errorBefore: 3.123_456,
    errorAfter: 0.9,
    values: { 'housing.rth': 0.281_234_567 },
    sigma: { 'housing.rth': 0.004 },
  },
});
const twin = { memory, versions };

describe('a table', () => {
  test('of the versions says why, from what, and how much better', () => {
    expect(versionsText(twin).split('\n').slice(0, 5)).toEqual([
      'mill-1 (mill 1)',
      '',
      'version  since                why                 error         learnt from',
      '1        2026-11-20 08:00:00  configured',
      '2        2026-11-21 10:00:00  recalibrated: heat  3.1235 → 0.9  2026-11-21 09:00:00 to 2026-11-21 09:20:00',
    ]);
  });

  test('of a set says what is known of it, against what is configured', () => {
    expect(setText(twin, versions[1]!).split('\n').slice(2)).toEqual([
      'parameter      value    sigma    configured',
      'axis.x.mass    100               100',
      'housing.rth    0.28123  ± 0.004  0.25        +12.494 %',
      'winding.alpha  0                 0',
      '',
    ]);
  });

  test('of the machines names the newest of each', () => {
    expect(machinesText([twin, { memory: { ...memory, machine: 'mill-2' }, versions: [] }])).toBe(
      'machine  model  version  since                why\n' +
        'mill-1   mill   2        2026-11-21 10:00:00  recalibrated: heat\n' +
        'mill-2   mill   -        -                    -\n',
    );
  });
});

test('the lines for a configuration have what it does not say already', () => {
  expect(parse(setYaml('mill-1', versions[1]!, memory))).toEqual({
    machines: { 'mill-1': { parameters: { 'housing.rth': 0.281_235 } } },
  });
  expect(parse(setYaml('mill-1', versions[0]!, memory))).toEqual({
    machines: { 'mill-1': { parameters: {} } },
  });
});
