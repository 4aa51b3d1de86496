// A six-axis IMU on the spindle head of one machine: what it feels, how its chip distorts that, and the lines its
// firmware writes. Pure: the truth in, text out. The head moves in x, y and z; z points up.
import { type DeviceClockSpec, deviceTimeMs } from './device-clock.ts';
import type { Random } from './random.ts';
import { newSensor } from './sensor.ts';
import { magazine } from './tool.ts';
import { stepS, type Truth } from './truth.ts';

type Three = readonly [number, number, number];
type Matrix = readonly [Three, Three, Three];

/** How one chip was built: what it shows is distortion * what is there + bias. */
export interface Chip {
  readonly distortion: Matrix;
  readonly bias: Three;
}

/** In g. One chip is like another here: the calibration in docs/plant.md fits every seed. */
export const accelerometer: Chip = {
  distortion: [
    [1.004, 0.012, -0.008],
    [-0.01, 0.996, 0.015],
    [0.006, -0.014, 1.009],
  ],
  bias: [0.031, -0.018, 0.046],
};

/** In degrees a second. */
export const gyroscope: Chip = {
  distortion: [
    [1.002, -0.006, 0.004],
    [0.005, 0.997, -0.003],
    [-0.002, 0.007, 1.003],
  ],
  bias: [0.62, -0.41, 0.18],
};

export interface Imu {
  /** Called every millisecond; a line when one is due. */
  observe(atMs: number): string | undefined;
}

const gMPerS2 = 9.80665;
/** Of the chip's own low-pass filter. */
const bandwidthHz = 200;
/** It has run so long when the shop opens. */
const bootMs = 4000;
const clock: DeviceClockSpec = { syncAfterS: Number.POSITIVE_INFINITY, offsetMs: 0, driftPpm: 40 };
/** Rolling elements pass a pit so often a turn. */
const pitsPerTurn = 4.3;
const degPerSPerMPerS2 = 0.08;

export function newImu(truth: Truth, random: Random, ratePerS: number): Imu {
  const periodMs = 1000 / ratePerS;
  const motion = newMotion(truth);
  const accel = newTriple(accelerometer, { noise: 0.004, step: 0.0001 }, random.fork('accel'));
  const gyro = newTriple(gyroscope, { noise: 0.03, step: 0.01 }, random.fork('gyro'));
  let count = 0;
  return {
    observe(atMs) {
      motion.step();
      if (atMs < (count + 1) * periodMs) return undefined;
      count = Math.max(count + 1, Math.floor(atMs / periodMs));
      const ms = Math.floor(deviceTimeMs(clock, 0, atMs + bootMs)) % 2 ** 32;
      const [ax, ay, az] = motion.accelG;
      const [gx, gy, gz] = motion.turnDegPerS;
      return sentence(`IMU,${ms},${count},${accel(ax!, ay!, az!)},${gyro(gx!, gy!, gz!)}`);
    },
  };
}

/** As NMEA 0183 frames it: the XOR of what stands between $ and *. */
export function sentence(body: string): string {
  let sum = 0;
  for (let i = 0; i < body.length; i++) sum ^= body.charCodeAt(i);
  return `$${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}\r\n`;
}

function newTriple(chip: Chip, spec: { noise: number; step: number }, random: Random) {
  const sensors = [0, 1, 2].map(() => newSensor(spec, random));
  return (x: number, y: number, z: number): string =>
    sensors
      .map((sensor, axis) => {
        const [a, b, c] = chip.distortion[axis]!;
        return sensor(a * x + b * y + c * z + chip.bias[axis]!);
      })
      .join(',');
}

interface Motion {
  readonly accelG: Float64Array;
  readonly turnDegPerS: Float64Array;
  step(): void;
}

/** What is really felt at the head, after the chip's filter. */
function newMotion(truth: Truth): Motion {
  const accelG = new Float64Array([0, 0, 1]);
  const turnDegPerS = new Float64Array(3);
  const beforeMPerS = new Float64Array(3);
  const shake = new Float64Array(3);
  const share = 1 - Math.exp(-2 * Math.PI * bandwidthHz * stepS);
  let pitAngle = 0;
  return {
    accelG,
    turnDegPerS,
    step() {
      pitAngle = (pitAngle + pitsPerTurn * truth.spindle.radPerS * stepS) % (2 * Math.PI);
      vibrate(truth, pitAngle, shake);
      for (let axis = 0; axis < 3; axis++) {
        const { tableMPerS } = truth.axes[axis]!;
        const movedMPerS2 = (tableMPerS - beforeMPerS[axis]!) / stepS;
        beforeMPerS[axis] = tableMPerS;
        const feltG = (movedMPerS2 + shake[axis]!) / gMPerS2 + (axis === 2 ? 1 : 0);
        accelG[axis]! += share * (feltG - accelG[axis]!);
      }
      // The head nods about the axes across to the one that shakes.
      turnDegPerS[0] = degPerSPerMPerS2 * shake[1]!;
      turnDegPerS[1] = -degPerSPerMPerS2 * shake[0]!;
      turnDegPerS[2] = (degPerSPerMPerS2 / 4) * (shake[0]! + shake[1]!);
    },
  };
}

/** m/s²: unbalance turns with the shaft, teeth beat harder the blunter they are, a bad bearing hammers along z. */
function vibrate(
  { spindle, hidden, cut, controller, faults }: Truth,
  pitAngle: number,
  out: Float64Array,
): void {
  const speed = spindle.radPerS / 838;
  const unbalance = hidden.spindle.unbalance * speed * speed;
  const teeth = magazine[controller.tool - 1]?.teeth ?? 2;
  const bluntness = 1 + 1.5 * (cut.wear[controller.tool - 1] ?? 0) + 0.8 * faults.severity['dull-tool'];
  const beat = 0.9 * cut.torqueNm * bluntness * Math.sin(teeth * spindle.angle);
  const pits = 3.3 * faults.severity.bearing * speed * Math.sin(pitAngle);
  out[0] = unbalance * Math.cos(spindle.angle) + beat + 0.4 * pits;
  out[1] = unbalance * Math.sin(spindle.angle) + 0.6 * beat + 0.4 * pits;
  out[2] = 0.1 * unbalance * Math.sin(2 * spindle.angle) + 0.3 * beat + pits;
}
