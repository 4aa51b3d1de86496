// What may be said of alarms, and what a slip of the pen is told.
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { models } from '../../src/core/models/index.ts';
import { GemError } from '../../src/errors.ts';
import { createTwins } from '../../src/gateway.ts';

const text = (conditions: string, more = '') => `version: 1
sources:
  shop: { type: mqtt, topics: [{ topic: "shop/{machine}/heat", payload: object, fields: { winding: { tag: "{machine}/winding", unit: degC } } }] }
machines:
  mill-1:
    model: mill
    signals: { spindle.windingTemp: shop/mill-1/winding }
    alarms:
      ${more}
      conditions: ${conditions}
`;

const load = (conditions: string, more = '') =>
  parseConfig(text(conditions, more), 'gemel.yaml', { env: {}, models }).config;

function problems(conditions: string, more = ''): string {
  try {
    load(conditions, more);
  } catch (error) {
    if (error instanceof GemError) return error.message;
    throw error;
  }
  return '';
}

describe('rules of conditions', () => {
  test('reach the alarms of the machine, the later over the earlier, and nothing else', () => {
    const config = load(
      '{ "spindle.*": { severity: low, latched: true }, "*.limit": { severity: high, suppressedIn: [idle] } }',
      'shelveMaxH: 2',
    );
    const { core } = createTwins(config, () => 0);
    const [book] = core.books;
    const of = (id: string) => book!.settings[book!.conditions.findIndex((one) => one.id === id)];
    expect(of('spindle.windingTemp.limit')).toMatchObject({
      severity: 'high',
      latched: true,
      suppressedIn: ['idle'],
    });
    expect(of('spindle.windingTemp.silent')).toMatchObject({ severity: 'low', latched: true });
    expect(of('shop.link')).toMatchObject({ latched: false, enabled: true });
    expect(book!.bounds.shelveMaxS).toBe(7200);
  });

  test('may be left out altogether', () => {
    expect(load('{}').machines['mill-1']!.alarms).toMatchObject({
      shelveMaxH: 8,
      groupS: 120,
      conditions: {},
    });
  });

  test.each([
    [
      '{ spindel.windingTemp.limit: {} }',
      /no condition "spindel\.windingTemp\.limit", did you mean "spindle\.windingTemp\.limit"/,
    ],
    ['{ "axis.q.*": {} }', /no condition "axis\.q\.\*"; it has .*spindle\.windingTemp\.limit/],
    ['{ "*": { suppressedIn: [idel] } }', /no mode "idel", did you mean "idle"/],
    ['{ "*": { text: "{singal} is hot" } }', /unknown placeholder "singal" in braces, did you mean "signal"/],
    ['{ "*": { action: "call {who}" } }', /unknown placeholder "who" in braces; there is signal,/],
    ['{ "*": { severity: grave } }', /severity/],
    ['{ "*": { onDelay: 3 } }', /unknown key "onDelay", did you mean "onDelayS"/],
    ['{ "*": { offDelayS: -1 } }', /offDelayS/],
  ])('%s is told what is wrong', (conditions, words) => {
    expect(problems(conditions)).toMatch(words);
  });

  test('all mistakes are told at once, each with its line', () => {
    const found = problems('{ a: {}, "*": { text: "{b}" } }', 'shelveMaxH: 9');
    expect(found.match(/gemel\.yaml:10:/g)).toHaveLength(2);
  });
});
