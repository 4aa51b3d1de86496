// One machine of the shop with its ESP32s: advances in whole milliseconds and says what was sent meanwhile.
// Pure: the same seed, start and steps give the same messages, byte for byte.
import { type Device, type DeviceName, deviceNames, newDevices } from './firmware.ts';
import type { Emit } from './link.ts';
import { bracket, type Programme } from './programme.ts';
import { newRandom, type Random } from './random.ts';
import { newTruth, stepTruth, type Truth } from './truth.ts';

export interface Machine {
  readonly id: string;
  readonly truth: Truth;
  /** Runs to `toMs` since the start; `each` is called after every millisecond. */
  advance(toMs: number, emit: Emit, each?: (atMs: number) => void): void;
  /** Lets the time pass until `toMs` as if the machine had been frozen: nothing moves, nothing is sent. */
  skip(toMs: number): void;
}

export interface MachineOptions {
  readonly id: string;
  readonly seed: number;
  readonly startMs: number;
  /** Seconds since midnight at the start, for the ambient of the shop. */
  readonly startDayTimeS: number;
  /** Physics per second of the devices; a whole number, 1 is real time. */
  readonly speed: number;
  /** What it makes; absent: the bracket. */
  readonly programme?: Programme;
  /** The ESP32s that are switched on; absent: all. */
  readonly devices?: readonly DeviceName[];
}

export function newMachine(options: MachineOptions): Machine {
  const seed = `${options.seed}/${options.id}`;
  const truth = newTruth(seed, options.startDayTimeS, options.programme ?? bracket);
  const random = newRandom(`${seed}/devices`);
  const on = options.devices ?? deviceNames;
  const devices = newDevices(options.id, truth, random, options.startMs).filter(({ name }) =>
    on.includes(name),
  );
  const schedules = devices.map((device) => newSchedule(device, random.fork(`${device.name}.jitter`)));
  let nowMs = 0;
  return {
    id: options.id,
    truth,
    advance(toMs, emit, each) {
      while (nowMs < toMs) {
        nowMs++;
        for (let i = 0; i < options.speed; i++) stepTruth(truth);
        for (const device of devices) device.observe();
        for (const schedule of schedules) schedule(nowMs, emit);
        each?.(nowMs);
      }
    },
    skip(toMs) {
      nowMs = Math.max(nowMs, toMs);
    },
  };
}

/** Absolute dates with jitter around each, so that the mean rate is exact. */
function newSchedule(device: Device, random: Random): (nowMs: number, emit: Emit) => void {
  let dates = 1;
  const nextDate = () => dates * device.periodMs + Math.round(Math.abs(random.gauss()) * device.jitterMs);
  let dueMs = nextDate();
  return (nowMs, emit) => {
    if (nowMs < dueMs) return;
    device.sample(nowMs, emit);
    dates = Math.max(dates + 1, Math.floor(nowMs / device.periodMs));
    dueMs = nextDate();
  };
}
