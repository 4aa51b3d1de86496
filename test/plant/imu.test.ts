// The IMU on the spindle head: what it feels is what the machine does, and its chip distorts it as documented.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Fault } from '../../src/plant/fault.ts';
import { accelerometer, type Chip, gyroscope, newImu, sentence } from '../../src/plant/imu.ts';
import type { Message } from '../../src/plant/link.ts';
import { newRandom } from '../../src/plant/random.ts';
import { radPerSPerRpm } from '../../src/plant/spindle.ts';
import { meanOf, openMachine, sentWithin } from './shop-floor.ts';

interface Felt {
  readonly ms: number;
  readonly n: number;
  readonly accel: readonly number[];
  readonly gyro: readonly number[];
  readonly rpm: number;
  readonly cutting: boolean;
  /** All axes stand. */
  readonly still: boolean;
}

function feel(seconds: number, options: { ratePerS?: number; fault?: Fault; worn?: boolean } = {}): Felt[] {
  const { ratePerS = 500, fault, worn = false } = options;
  const machine = openMachine(fault === undefined ? {} : { fault });
  if (worn) machine.truth.cut.wear.fill(0.9);
  const imu = newImu(machine.truth, newRandom('1/mill-1/imu'), ratePerS);
  const felt: Felt[] = [];
  machine.advance(
    seconds * 1000,
    () => {},
    (atMs) => {
      const line = imu.observe(atMs);
      if (line === undefined) return;
      const { spindle, cut, axes } = machine.truth;
      const still = axes.every(({ braked }) => braked);
      felt.push({
        ...{ ...read(line), still },
        rpm: spindle.radPerS / radPerSPerRpm,
        cutting: cut.torqueNm > 0.3,
      });
    },
  );
  return felt;
}

function read(line: string) {
  const found = /^\$IMU,(\d+),(\d+),(.*)\*([0-9A-F]{2})\r\n$/.exec(line);
  if (found === null) throw new Error(`no line of an IMU: ${line}`);
  expect(sentence(line.slice(1, -5))).toBe(line);
  const values = found[3]!.split(',').map(Number);
  expect(values.length).toBe(6);
  return { ms: Number(found[1]), n: Number(found[2]), accel: values.slice(0, 3), gyro: values.slice(3) };
}

const rms = (values: readonly number[]) => {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
};
const axis = (felt: readonly Felt[], index: number) => felt.map(({ accel }) => accel[index]!);

const sound = feel(20);

test('as many lines a second as wanted, numbered, with the milliseconds since it started', () => {
  expect(sound.length).toBe(10_000);
  expect(sound.map(({ n }) => n)).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
  expect(sound[0]!.ms).toBe(4002);
  // 40 ppm fast: 0.8 ms in 20 s.
  expect(sound.at(-1)!.ms - sound[0]!.ms).toBeGreaterThanOrEqual(19_998);
  expect(feel(2, { ratePerS: 100 }).length).toBe(200);
  expect(feel(1, { ratePerS: 1000 }).length).toBe(1000);
});

test('the same seed feels the same, and nobody else in the shop notices', () => {
  expect(feel(2)).toEqual(sound.slice(0, 1000));
  const machine = openMachine();
  const imu = newImu(machine.truth, newRandom('1/mill-1/imu'), 500);
  const messages: Message[] = [];
  machine.advance(
    10_000,
    (message) => messages.push(message),
    (atMs) => imu.observe(atMs),
  );
  expect(messages).toEqual(sentWithin(10));
});

interface Calibration {
  bias: number[];
  matrix: number[][];
}

/** As docs/plant.md gives it. */
const calibrations = (() => {
  const docs = readFileSync(new URL('../../docs/plant.md', import.meta.url), 'utf8');
  const yaml = /```yaml\n(\s*imu:[\s\S]*?)```/.exec(docs)?.[1] ?? '';
  return (parse(yaml) as { imu: { calibration: Calibration[] } }).imu.calibration;
})();

test.each([
  ['accelerometer', accelerometer, 0],
  ['gyroscope', gyroscope, 1],
] as const)('the calibration in the documentation undoes what the %s does', (_name, chip: Chip, index) => {
  const { bias, matrix } = calibrations[index]!;
  expect(bias).toEqual(chip.bias);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      const product = [0, 1, 2].reduce((sum, k) => sum + matrix[row]![k]! * chip.distortion[k]![column]!, 0);
      expect(product).toBeCloseTo(row === column ? 1 : 0, 4);
    }
  }
});

test('at rest it shows gravity on z, and its bias everywhere', () => {
  const still = feel(4).filter((felt) => felt.rpm === 0 && felt.still);
  expect(still.length).toBeGreaterThan(100);
  const [x, y, z] = [0, 1, 2].map((index) => meanOf(axis(still, index)));
  expect(x).toBeCloseTo(-0.008 + 0.031, 2);
  expect(y).toBeCloseTo(0.015 - 0.018, 2);
  expect(z).toBeCloseTo(1.009 + 0.046, 2);
  expect(meanOf(still.map(({ gyro }) => gyro[0]!))).toBeCloseTo(0.62, 1);
});

test('the spindle is felt at the frequency it turns with, and its teeth while they cut', () => {
  const turning = feel(40, { ratePerS: 1000 }).filter(({ rpm }) => Math.abs(rpm - 4000) < 20);
  const idle = turning.filter(({ cutting }) => !cutting).slice(0, 1000);
  const cutting = turning.filter((felt) => felt.cutting).slice(0, 1000);
  expect(cutting.length).toBe(1000);
  const turnHz = 4000 / 60;
  expect(power(idle, turnHz)).toBeGreaterThan(20 * power(idle, turnHz * 1.6));
  expect(power(cutting, 5 * turnHz)).toBeGreaterThan(10 * power(idle, 5 * turnHz));
});

/** Goertzel, in x, by the angle the spindle has really turned. */
function power(felt: readonly Felt[], hz: number): number {
  let real = 0;
  let imaginary = 0;
  const mean = meanOf(axis(felt, 0));
  for (const { ms, accel } of felt) {
    real += (accel[0]! - mean) * Math.cos((2 * Math.PI * hz * ms) / 1000);
    imaginary += (accel[0]! - mean) * Math.sin((2 * Math.PI * hz * ms) / 1000);
  }
  return (real ** 2 + imaginary ** 2) / felt.length ** 2;
}

test('a bad bearing hammers along z; blunt tools shake more when they cut, and only then', () => {
  const z = (felt: readonly Felt[]) => rms(axis(felt, 2));
  const broken = feel(40, { fault: 'bearing' });
  const before = feel(40);
  const late = (felt: readonly Felt[]) => felt.slice(-5000);
  expect(z(late(broken))).toBeGreaterThan(2 * z(late(before)));
  const cut = (felt: readonly Felt[]) =>
    rms(
      axis(
        felt.filter(({ cutting }) => cutting),
        0,
      ),
    );
  const idle = (felt: readonly Felt[]) =>
    rms(
      axis(
        felt.filter(({ cutting, rpm }) => !cutting && rpm > 3900),
        0,
      ),
    );
  const worn = feel(40, { worn: true });
  expect(cut(worn)).toBeGreaterThan(1.3 * cut(before));
  expect(idle(worn) / idle(before)).toBeCloseTo(1, 1);
});
