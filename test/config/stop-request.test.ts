// Advice to stop in a configuration: its trips are as grave as can be, and a slip of the pen is told.
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { models } from '../../src/core/models/index.ts';
import { GemError } from '../../src/errors.ts';
import { createTwins } from '../../src/gateway.ts';

const text = (stop: string) => `version: 1
sources:
  shop: { type: mqtt, topics: [{ topic: "shop/{machine}/heat", payload: object, fields: { winding: { tag: "{machine}/winding", unit: degC } } }] }
machines:
  mill-1:
    model: mill
    signals: { spindle.windingTemp: shop/mill-1/winding }
    alarms:
      conditions: { "spindle.*": { tripSeverity: low } }
      stopRequest: ${stop}
`;
const load = (stop: string) => parseConfig(text(stop), 'gemel.yaml', { env: {}, models }).config;

function severityOf(stop: string, id = 'spindle.windingTemp.limit'): string | undefined {
  const { core } = createTwins(load(stop), () => 0);
  const [book] = core.books;
  return book!.settings[book!.conditions.findIndex((one) => one.id === id)]?.tripSeverity;
}

describe('a request to stop', () => {
  test('goes to its topic, acknowledged and not kept', () => {
    expect(load('{ topic: plc/stop }').machines['mill-1']!.alarms.stopRequest).toEqual({
      topic: 'plc/stop',
      qos: 1,
      retain: false,
    });
  });

  test('makes the trips that ask for it critical, and no others', () => {
    expect(severityOf('{ topic: plc/stop }')).toBe('critical');
    expect(severityOf('{ topic: plc/stop, alarms: ["*.limit"] }')).toBe('critical');
    expect(severityOf('{ topic: plc/stop, alarms: ["*.silent"] }')).toBe('low');
    expect(severityOf('{ topic: plc/stop, severities: [high] }')).toBe('low');
  });

  test.each([
    ['{ topic: plc/+ }', 'expected a topic without +, #'],
    ['{ topic: plc/stop, qos: 2 }', 'qos'],
    ['{ topic: plc/stop, alarms: ["spindel.*"] }', 'the machine has no condition "spindel.*"'],
    ['{ topic: plc/stop, severities: [grave] }', 'severities'],
    ['{ payload: "1" }', 'topic'],
  ])('%s is told with its place', (stop, words) => {
    let said = '';
    try {
      load(stop);
    } catch (error) {
      if (!(error instanceof GemError)) throw error;
      said = error.message;
    }
    expect(said).toContain(words);
    expect(said).toMatch(/gemel\.yaml:10:\d+/);
  });
});
