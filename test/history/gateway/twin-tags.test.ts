// What the twins say as samples: as finely as a sensor is worth, on change where nothing else makes sense.
import { describe, expect, test } from 'vitest';
import { twinModes } from '../../../src/core/frame.ts';
import { createTwinTags, perOneOf } from '../../../src/history/thread/twin-tags.ts';
import { goodFrame, layout } from '../../sinks/prometheus/scene.ts';
import { forecastOf } from './forecast.ts';

interface Said {
  tag: string;
  value: number;
  quality: number;
  timeMs: number;
  receiveMs: number;
}

function listen(every = 1) {
  const names: string[] = [];
  const said: Said[] = [];
  const twins = createTwinTags({
    every,
    name: (machine, name) => names.push(`${machine}/${name}`) - 1,
    push: (index, value, quality, timeMs, receiveMs) =>
      said.push({ tag: names[index]!, value, quality, timeMs, receiveMs }),
  });
  const machine = layout('mill');
  const frame = goodFrame(machine);
  const tick = (k: number, change: Partial<typeof frame> = {}) => {
    Object.assign(frame, change, { tick: k, timeMs: k * 100 });
    said.length = 0;
    twins.tick({ tick: k, timeMs: k * 100 + 50, latenessMs: 0, frames: [frame] });
    return [...said];
  };
  return { twins, said, frame, tick };
}

describe('resolution', () => {
  test.each([
    [0.1, 1000],
    [0.05, 10_000],
    [1, 100],
    [5000, 0.1],
    [Number.NaN, 1000],
  ])('of a sensor worth %d there are %d steps in one', (sigma, perOne) => {
    expect(perOneOf(sigma)).toBeCloseTo(perOne, 12);
    if (sigma > 0) expect(1 / perOneOf(sigma)).toBeLessThanOrEqual(sigma / 100);
  });
});

describe('a tick', () => {
  test('says the predictions and the divergence each time, the mode when it changes', () => {
    const { tick, frame } = listen();
    frame.twin[0] = 5.123456;
    expect(tick(1).map(({ tag, value }) => [tag, value])).toEqual([
      ['mill/mode', twinModes.indexOf('tracking')],
      ['mill/spindle.current', 5.123],
      ['mill/divergence', 0.021],
    ]);
    const next = tick(2);
    expect(next.map(({ tag }) => tag)).toEqual(['mill/spindle.current', 'mill/divergence']);
    expect(next[0]).toMatchObject({ timeMs: 200, receiveMs: 250, quality: 0 });
    expect(tick(3, { mode: 'diverged' })[0]).toMatchObject({ tag: 'mill/mode', value: 2 });
  });

  test('of a twin that is offline: Bad once, and then nothing', () => {
    const { tick } = listen();
    tick(1);
    const ended = tick(2, { mode: 'offline' });
    expect(ended.filter(({ value }) => Number.isNaN(value)).map(({ tag }) => tag)).toEqual([
      'mill/spindle.current',
      'mill/divergence',
    ]);
    expect(ended.every(({ value, quality }) => Number.isNaN(value) === quality >>> 31 > 0)).toBe(true);
    expect(tick(3)).toEqual([]);
  });

  test('each n-th of them, where so configured; a change of mode whenever it is', () => {
    const { tick } = listen(5);
    expect([1, 2, 3, 4].flatMap((k) => tick(k)).map(({ tag }) => tag)).toEqual(['mill/mode']);
    expect(tick(5)).toHaveLength(2);
    expect(tick(6, { mode: 'diverged' }).map(({ tag }) => tag)).toEqual(['mill/mode']);
  });
});

test('wear is said when it has moved by a millionth, and not of what was never in the machine', () => {
  const { twins, said } = listen();
  twins.forecast(forecastOf('mill', { bearing: 0.25, 'tool.7': 0 }, 1000));
  twins.forecast(forecastOf('mill', { bearing: 0.250_000_1, 'tool.7': 0 }, 2000));
  twins.forecast(forecastOf('mill', { bearing: 0.250_002, 'tool.7': 0.1 }, 3000));
  expect(said.map(({ tag, value, timeMs }) => [tag, value, timeMs])).toEqual([
    ['mill/wear.bearing', 0.25, 1000],
    ['mill/wear.bearing', 0.250_002, 3000],
    ['mill/wear.tool.7', 0.1, 3000],
  ]);
});
