// Which tags are meant, and what is said when there is none of that name.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { models } from '../../src/core/models/index.ts';
import type { HistoryTag, Tier } from '../../src/ports/history.ts';
import { chooseTags, converted, referenceOf } from '../../src/transfer/tag-choice.ts';
import { tagOf } from './history-fixture.ts';

const all: HistoryTag[] = [
  tagOf('mill-1', 'spindle.current', { tier: 'twin' }),
  tagOf('log', 'spindle.current'),
  tagOf('log', 'axis.x.velocity', { unit: 'mm/min' }),
  tagOf('log', 'cut.depth', { unit: 'mm' }),
  tagOf('hall', 'mill-1/temp', { unit: 'degC' }),
].map((tag, id) => ({ ...tag, id }));

const file = join(import.meta.dirname, '../../config/gemel.replay.yaml');
const plant = { config: loadConfig(file, { env: {}, models }).config, models };

const turned = { tag: 'hall/mill-1/temp', unit: '', about: '', staleMs: 1, missingMs: 2, required: false };

function choose(tags: string[], more: { tier?: Tier | 'all'; machine?: string; signals?: string[] } = {}) {
  return chooseTags(all, { tier: 'raw', signals: [], ...more, tags }, plant);
}
const names = (...asked: Parameters<typeof choose>) => choose(...asked).map(({ tag }) => referenceOf(tag));

test('wildcards, with and without the source, in an order that does not depend on ids', () => {
  expect(names([])).toEqual([
    'hall/mill-1/temp',
    'log/axis.x.velocity',
    'log/cut.depth',
    'log/spindle.current',
  ]);
  expect(names(['*/*.?.*'])).toEqual(['log/axis.x.velocity']);
  expect(names(['log/*', 'log/cut.depth'])).toEqual([
    'log/axis.x.velocity',
    'log/cut.depth',
    'log/spindle.current',
  ]);
  expect(names(['spindle.current'], { tier: 'all' })).toEqual([
    'log/spindle.current',
    'mill-1/spindle.current',
  ]);
  expect(names(['mill-1/*'], { tier: 'twin' })).toEqual(['mill-1/spindle.current']);
  // A dot is a dot.
  expect(() => names(['log/cut?depth.'])).toThrow('no tag is called');
});

test('signals of a machine, in the unit and with the rules of the signal', () => {
  const [velocity] = choose([], { machine: 'mill-1', signals: ['axis.x.velocity'] });
  expect(velocity).toMatchObject({ unit: 'm/s', align: 'linear', staleMs: 5000 });
  expect(converted(60_000, velocity!)).toBeCloseTo(1, 12);
  const [depth] = choose([], { machine: 'mill-1', signals: ['cut.depth'] });
  expect(depth).toMatchObject({ unit: 'mm', align: 'previous' });
  // Half-way from 359 to 1 degree is not 180, and there is nothing between two tools.
  const turning = structuredClone(plant.config);
  turning.machines['mill-1']!.extra['table.angle'] = { ...turned, kind: 'angle' };
  turning.machines['mill-1']!.extra['tool'] = { ...turned, kind: 'enum' };
  turning.machines['mill-1']!.extra['lamp'] = { ...turned };
  for (const [name, align] of [
    ['table.angle', 'hold'],
    ['tool', 'hold'],
    ['lamp', 'linear'],
  ] as const) {
    const wishes = { tier: 'raw', tags: [], machine: 'mill-1', signals: [name] } as const;
    expect(chooseTags(all, wishes, { ...plant, config: turning })[0]).toMatchObject({ align });
  }
  const both = choose([], { machine: 'mill-1', signals: ['spindle.current'], tier: 'all' });
  expect(both.map(({ tag }) => tag.tier)).toEqual(['raw', 'twin']);
  expect(names([], { machine: 'mill-1' })).not.toContain('hall/mill-1/temp');
});

test('what is not there is said with what is called nearly so', () => {
  expect(() => names(['log/spindel.current'])).toThrow('did you mean "log/spindle.current"');
  expect(() => names(['cut.deph'])).toThrow('did you mean "cut.depth"');
  expect(() => names(['current'])).toThrow('did you mean "log/spindle.current"');
  expect(() => names(['zzzzzzzz'])).toThrow('; there is mill-1/spindle.current, log/'.slice(0, 11));
  expect(() => names([], { machine: 'mill-2' })).toThrow('did you mean "mill-1"');
  expect(() => names([], { machine: 'mill-1', signals: ['spindle.curent'] })).toThrow(
    'did you mean "spindle.current"',
  );
  expect(() => names([], { signals: ['x'] })).toThrow('--signal goes with --machine');
  expect(() => names([], { machine: 'mill-1', signals: ['spindle.windingTemp'] })).toThrow(
    'nothing of spindle.windingTemp of "mill-1" is stored',
  );
  expect(() => chooseTags([], { tier: 'raw', tags: [], signals: [] })).toThrow('nothing is stored yet');
  expect(() => chooseTags(all.slice(0, 1), { tier: 'raw', tags: [], signals: [] })).toThrow(
    'nothing of tier raw',
  );
});
