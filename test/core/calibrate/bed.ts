// A bed on which a twin of the small motor follows a motor whose parameters are others: the model's own equations with
// noise on top, so that the truth is known. Frames are made by hand; nothing of the gateway is between. No test.
import { calibrateFrame } from '../../../src/core/calibrate/calibrate.ts';
import {
  type CalibrationOptions,
  type Calibrator,
  hashCalibrator,
  newCalibrator,
} from '../../../src/core/calibrate/calibrator.ts';
import { followFrame, newSensors, tellDivergence } from '../../../src/core/follow.ts';
import { type Frame, newFrame, Origins } from '../../../src/core/frame.ts';
import { hashNumbers, hashText, newHash } from '../../../src/core/hash.ts';
import { motor } from '../../../src/core/models/motor/index.ts';
import { Quality } from '../../../src/core/quality.ts';
import { newTwin, parametersOf, snapshotTwin, type Twin } from '../../../src/core/twin.ts';
import type { TwinNews } from '../../../src/core/twin-command.ts';
import { seeded } from '../../virtual-time.ts';

export const periodS = 0.1;
const signals = [...motor.inputs, ...motor.outputs];
export const rowOf = (name: string) => signals.findIndex((signal) => signal.name === name);
export const outputOf = (name: string) => rowOf(name) - motor.inputs.length;
export const parameterOf = (name: string) => motor.parameters.findIndex((spec) => spec.name === name);

/** What a sensor says instead of the truth; undefined: nothing. */
export type Lie = (truth: number, atS: number) => number | undefined;

export interface BedOptions {
  readonly truth?: Readonly<Record<string, number>>;
  readonly seed?: number;
  readonly noise?: number;
  readonly options?: CalibrationOptions;
  /** Speed in rpm and load by the second; a motion that excites everything unless said otherwise. */
  readonly motion?: (atS: number) => { readonly rpm: number; readonly load: number };
}

export interface Bed {
  readonly twin: Twin;
  readonly truth: Twin;
  readonly frame: Frame;
  readonly calibrator: Calibrator;
  readonly news: (TwinNews & { readonly atS: number })[];
  readonly modes: Set<string>;
  /** By name of an output. */
  readonly lies: Record<string, Lie>;
  parameter(name: string): number;
  /** The truth changes. */
  change(values: Readonly<Record<string, number>>): void;
  run(seconds: number, each?: () => void): void;
  hash(): string;
}

/** Up, along, down, rest; another speed and load each time. */
export function strokes(atS: number): { rpm: number; load: number } {
  const stroke = Math.floor(atS / 8);
  const inStroke = atS - stroke * 8;
  const top = [150, 450, 590, 300][stroke % 4]!;
  // Ten strokes light, ten heavy: the heat has something to follow.
  const load = Math.floor(stroke / 10) % 2 === 0 ? [0, 8, 4][stroke % 3]! : [35, 20, 30][stroke % 3]!;
  const share = Math.min(1, inStroke / 1.5, Math.max(0, (6.5 - inStroke) / 1.5));
  return { rpm: top * share, load };
}

export function newBed({
  truth = {},
  seed = 1,
  noise = 0.3,
  options,
  motion = strokes,
}: BedOptions = {}): Bed {
  const layout = { id: 'm', model: motor, signals, lagMs: 0, parameters: parametersOf(motor) };
  const real = newTwin(motor, parametersOf(motor, truth));
  const twin = newTwin(motor);
  const sensors = newSensors(motor);
  const frame = newFrame(layout);
  const calibrator = newCalibrator({
    ...{ machine: 0, model: motor, parameters: layout.parameters, periodS },
    ...(options !== undefined && { options }),
  });
  const random = gauss(seed);
  const bed: Bed = {
    ...{ twin, truth: real, frame, calibrator, news: [], modes: new Set<string>(), lies: {} },
    parameter: (name) => twin.parameters[parameterOf(name)]!,
    change(values) {
      for (const [name, value] of Object.entries(values)) real.parameters[parameterOf(name)] = value;
    },
    run(seconds, each) {
      const end = tick + Math.round(seconds / periodS);
      while (tick < end) {
        turn();
        each?.();
      }
    },
    hash() {
      const hash = newHash();
      hashNumbers(hash, snapshotTwin(twin));
      hashCalibrator(hash, calibrator);
      return hashText(hash);
    },
  };
  let tick = 0;
  const fresh: TwinNews[] = [];
  function turn(): void {
    tick++;
    const atS = tick * periodS;
    const { rpm, load } = motion(atS);
    const inputs: Record<string, number> = { 'axis.speed': rpm, 'axis.load': load, 'ambient.temp': 22 };
    for (const [i, { name }] of motor.inputs.entries()) real.input[i] = inputs[name] ?? 0;
    motor.step(real.parameters, real.state, real.input, periodS, real.output);
    frame.tick = tick;
    frame.timeMs = atS * 1000;
    for (const [i] of motor.inputs.entries()) put(i, real.input[i]!);
    for (const [o, { name, sigma = 1 }] of motor.outputs.entries()) {
      const value = real.output[o]! + noise * sigma * random();
      put(motor.inputs.length + o, bed.lies[name] === undefined ? value : bed.lies[name](value, atS));
    }
    followFrame(twin, sensors, frame, periodS);
    if (tellDivergence(twin, frame)) {
      const output = motor.outputs[frame.worst]!.name;
      fresh.push({ kind: 'diverged', machine: 0, output, divergence: frame.divergence });
    }
    calibrateFrame(calibrator, twin, sensors, frame, periodS, fresh);
    bed.modes.add(frame.mode);
    for (const item of fresh) bed.news.push({ ...item, atS });
    fresh.length = 0;
  }
  function put(row: number, value: number | undefined): void {
    frame.value[row] = value ?? Number.NaN;
    frame.quality[row] = value === undefined ? Quality.badNoCommunication : Quality.good;
    frame.origin[row] = value === undefined ? Origins.missing : Origins.interpolated;
  }
  return bed;
}

/** Seeded, of standard deviation 1. */
export function gauss(seed: number): () => number {
  const random = seeded(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
