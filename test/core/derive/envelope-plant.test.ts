// The plant's bad bearing through its own IMU at 500 samples a second: what a `tone` at 4.3 times a turn says of it.
import { expect, test } from 'vitest';
import {
  type EnvelopePolicy,
  newEnvelope,
  pushEnvelope,
  pushSpeed,
  readEnvelope,
} from '../../../src/core/derive/envelope.ts';
import { newSignalColumns } from '../../../src/core/frame.ts';
import { Quality } from '../../../src/core/quality.ts';
import { newImu } from '../../../src/plant/imu.ts';
import { newMachine } from '../../../src/plant/machine.ts';
import type { Programme } from '../../../src/plant/programme.ts';
import { newRandom } from '../../../src/plant/random.ts';

const tone: EnvelopePolicy = { windowMs: 2000, rateHz: 500, order: 4.3, harmonics: 1, slip: 0.005 };

function turning(rpm: number): Programme {
  return {
    name: 'turning',
    number: 7,
    blocks: [{ kind: 'spindle', rpm }, { kind: 'at-speed' }, { kind: 'idle', seconds: 600 }],
  };
}

/** The tone along z, in g, once a second from when the shaft turns steadily. */
function listen(rpm: number, severity: number, order = 4.3) {
  const machine = newMachine({
    ...{ id: 'mill-1', seed: 3, startMs: 0, startDayTimeS: 28_800, speed: 1 },
    programme: turning(rpm),
  });
  const { truth } = machine;
  const imu = newImu(truth, newRandom('3/imu'), 500);
  const envelope = newEnvelope({ ...tone, order });
  const out = newSignalColumns(1);
  const values: number[] = [];
  const qualities = new Set<number>();
  truth.faults.limit.bearing = severity;
  if (severity > 0) truth.faults.active.add('bearing');
  machine.advance(
    14_000,
    () => {},
    (atMs) => {
      const line = imu.observe(atMs);
      if (line !== undefined) pushEnvelope(envelope, atMs, Number(line.split(',')[5]), Quality.good);
      if (atMs % 100 !== 0) return;
      pushSpeed(envelope, atMs, truth.spindle.radPerS / (2 * Math.PI), Quality.good);
      readEnvelope(envelope, atMs, out, 0);
      if (atMs >= 11_000 && atMs % 1000 === 0) {
        values.push(out.value[0]!);
        qualities.add(out.quality[0]!);
      }
    },
  );
  return { least: Math.min(...values), most: Math.max(...values), qualities: [...qualities] };
}

test.each([1200, 2400])('a bearing gone bad by a fifth shows at %d rpm, and only at its order', (rpm) => {
  const sound = listen(rpm, 0);
  const bad = listen(rpm, 0.2);
  expect(sound.qualities).toEqual([Quality.good]);
  expect(bad.least).toBeGreaterThan(4 * sound.most);
  expect(listen(rpm, 0.2, 3.1).most).toBeLessThan(2 * listen(rpm, 0, 3.1).most);
});

test('at 8000 rpm 500 samples a second cannot show it, and it says so', () => {
  expect(listen(8000, 1).qualities).toEqual([Quality.badOutOfRange]);
});
