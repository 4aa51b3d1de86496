// What a vibration usually is outlives a restart: else a bearing that goes over night is the new normal in the morning.
import { expect, test } from 'vitest';
import { type Detection, newDetection } from '../../../src/core/detect/detection.ts';
import { newView } from '../../../src/core/detect/detector.ts';
import { recallDetection, rememberDetection } from '../../../src/core/detect/machine/memory.ts';
import { shakesMore, watchShakes } from '../../../src/core/detect/machine/shake.ts';
import { type Frame, newFrame } from '../../../src/core/frame.ts';
import { motor } from '../../../src/core/models/motor/index.ts';
import { parametersOf } from '../../../src/core/twin.ts';
import { newRandom } from '../../../src/plant/random.ts';

const vibration = { name: 'vibration.rms', unit: 'm/s²', about: '', align: 'linear', initial: 0 } as const;
const policy = { align: 'linear', staleMs: 2000, missingMs: 10_000, samplesMax: 16 } as const;

function newWatched(): { frame: Frame; detection: Detection } {
  const signals = [...motor.inputs, ...motor.outputs, vibration];
  const frame = newFrame({
    ...{ id: 'drive-1', model: motor, signals, lagMs: 0, parameters: parametersOf(motor) },
  });
  const policies = signals.map(({ name }) => (name === vibration.name ? policy : undefined));
  return { frame, detection: newDetection({ frame, periodS: 0.1, policies }) };
}

function shake({ frame, detection }: ReturnType<typeof newWatched>, rms: number, seconds: number): boolean {
  const random = newRandom('shake');
  const view = newView(frame.value.length);
  view.dtS = 1;
  for (let s = 0; s < seconds; s++) {
    view.value[frame.value.length - 1] = rms * (1 + 0.1 * random.gauss());
    watchShakes(detection.shakes, view);
  }
  return shakesMore(detection.shakes, 0);
}

test('a vibration that has doubled over a restart is found; control: without a memory it is what it always was', () => {
  const before = newWatched();
  expect(shake(before, 1, 900)).toBe(false);
  const after = newWatched();
  recallDetection(after.detection, after.frame, rememberDetection(before.detection, before.frame));
  expect(shake(after, 2, 120)).toBe(true);
  expect(shake(newWatched(), 2, 120)).toBe(false);
});
