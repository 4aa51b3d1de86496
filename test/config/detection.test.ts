// What is watched, in a configuration: wear and detectors that are asked for become conditions; a slip of the pen is told.
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { models } from '../../src/core/models/index.ts';
import { GemError } from '../../src/errors.ts';
import { createTwins } from '../../src/gateway.ts';

const text = (detection: string) => `version: 1
sources:
  shop: { type: mqtt, topics: [{ topic: "shop/{machine}/heat", payload: object, fields: { winding: { tag: "{machine}/winding", unit: degC } } }] }
machines:
  mill-1:
    model: mill
    signals: { spindle.windingTemp: shop/mill-1/winding }
    detection: ${detection}
`;
const load = (detection: string) => parseConfig(text(detection), 'gemel.yaml', { env: {}, models }).config;

function idsOf(detection: string): string[] {
  return createTwins(load(detection), () => 0).core.detections[0]!.conditions.map(({ id }) => id);
}

function complaint(detection: string): string {
  try {
    load(detection);
  } catch (error) {
    if (error instanceof GemError) return `${error.message} ${JSON.stringify(error)}`;
    throw error;
  }
  return '';
}

test('wear is watched unasked, and a detector where it is asked for', () => {
  expect(idsOf('{}')).toEqual(expect.arrayContaining(['bearing.worn', 'spindle.worn', 'tool.7.worn']));
  expect(idsOf('{}').filter((id) => id.endsWith('.ewma'))).toEqual([]);
  expect(idsOf('{ detectors: { ewma: {} } }')).toContain('spindle.windingTemp.ewma');
  const ids = idsOf('{ limits: { bearing.wear: off, tool.flankWear: off, spindle.wear: { warning: 0.5 } } }');
  expect(ids.filter((id) => id.endsWith('.worn'))).toEqual(['spindle.worn']);
});

test('a detector or a signal that there is not, and a bound of what has none, are told', () => {
  expect(complaint('{ detectors: { ewmaa: {} } }')).not.toBe('');
  expect(complaint('{ detectors: { ewma: { signals: [spindle.windingTmp] } } }')).toContain(
    'spindle.windingTemp',
  );
  expect(complaint('{ detectors: { ewma: { warning: 3 } } }')).toContain('only rate');
  expect(complaint('{ limits: { bearing.waer: off } }')).toContain('bearing.wear');
});
