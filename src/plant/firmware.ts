// The programs on the ESP32s of one machine: what each measures, when, and what its payload looks like.
// Pure: given the truth and the time it says what is sent; `esp32.ts` sends it.
import { type DeviceClockSpec, deviceTimeMs } from './device-clock.ts';
import { type Emit, newRadioLink, type RadioLink } from './link.ts';
import type { Random } from './random.ts';
import { newSensor } from './sensor.ts';
import { coolantFlow, mainsPowerW, type Truth } from './truth.ts';
import { newMean, newPeaks } from './window.ts';

export const deviceNames = ['drive', 'thermal', 'vibration', 'coolant', 'meter'] as const;
export type DeviceName = (typeof deviceNames)[number];

export interface Device {
  readonly name: DeviceName;
  readonly periodMs: number;
  /** Standard deviation of the time between two samples. */
  readonly jitterMs: number;
  /** Called every millisecond, for what is averaged between two samples. */
  observe(): void;
  sample(atMs: number, emit: Emit): void;
}

interface Bench {
  readonly truth: Truth;
  readonly random: Random;
  readonly link: RadioLink;
  /** Device time of a moment given in ms since the start. */
  readonly timeMs: (atMs: number) => number;
  /** Sends an object, or anything else as it stands. */
  readonly send: (payload: unknown, emit: Emit) => void;
}

const synced: DeviceClockSpec = { syncAfterS: 0, offsetMs: 8, driftPpm: 3 };
const clocks: Readonly<Record<DeviceName, DeviceClockSpec>> = {
  drive: synced,
  thermal: { syncAfterS: 20, offsetMs: -15, driftPpm: 50 },
  vibration: { syncAfterS: 0, offsetMs: -12, driftPpm: -8 },
  coolant: synced,
  meter: { syncAfterS: 0, offsetMs: 30, driftPpm: 12 },
};

const makers: Readonly<Record<DeviceName, (bench: Bench) => Omit<Device, 'name'>>> = {
  drive,
  thermal,
  vibration,
  coolant,
  meter,
};

/** Topics are `shop/<machine>/esp32/<device>`; `startMs` is the calendar time of the start. */
export function newDevices(machine: string, truth: Truth, random: Random, startMs: number): Device[] {
  return deviceNames.map((name) => {
    const own = random.fork(name);
    const link = newRadioLink(own.fork('link'));
    const topic = `shop/${machine}/esp32/${name}${name === 'coolant' ? '/flow' : ''}`;
    const bench: Bench = {
      truth,
      random: own,
      link,
      timeMs: (atMs) => Math.round(deviceTimeMs(clocks[name], startMs, atMs)),
      send: (payload, emit) => link.send({ device: name, topic, payload: JSON.stringify(payload) }, emit),
    };
    return { name, ...makers[name](bench) };
  });
}

/** An object of fields, 20 a second: the means of the motor currents since the last one. */
function drive({ truth, random, link, timeMs, send }: Bench): Omit<Device, 'name'> {
  const axisSensor = newSensor({ noise: 0.04, step: 0.01, offset: 0.01, gain: 0.01, floor: 0 }, random);
  const spindleSensor = newSensor({ noise: 0.06, step: 0.01, offset: 0.01, gain: 0.01, floor: 0 }, random);
  const supplySensor = newSensor({ noise: 0.02, step: 0.01 }, random);
  const axes = truth.axes.map(() => newMean());
  const spindle = newMean();
  let lastMs = 0;
  return {
    periodMs: 50,
    jitterMs: 1.5,
    observe() {
      for (let axis = 0; axis < 3; axis++) axes[axis]!.add(truth.axes[axis]!.currentA);
      spindle.add(truth.spindle.currentA);
    },
    sample(atMs, emit) {
      const middleMs = (lastMs + atMs) / 2;
      lastMs = atMs;
      const [x, y, z] = axes.map((mean) => mean.take());
      const spindleA = spindle.take();
      const sagV = 0.03 * (x! + y! + z!);
      const seq = link.nextSequence();
      const reading = {
        t: timeMs(middleMs),
        seq,
        unit: 'A',
        axis: { x: axisSensor(x!), y: axisSensor(y!), z: axisSensor(z!) },
        spindle: spiked(truth, random, spindleSensor(spindleA)),
        supply: supplySensor(24 - sagV),
      };
      send(reading, emit);
    },
  };
}

/** The fault `spike`: one reading in twenty is far too high. */
function spiked(truth: Truth, random: Random, reading: number): number {
  const luck = random.next();
  if (truth.faults.severity.spike === 0 || luck > 0.05) return reading;
  return Number((reading + 15 + 200 * luck).toFixed(2));
}

/** Temperatures twice a second, time in seconds from a clock that starts in 1970 and drifts. */
function thermal({ truth, random, link, timeMs, send }: Bench): Omit<Device, 'name'> {
  const spec = { noise: 0.08, step: 0.0625, offset: 0.3 };
  const [winding, housing, bearing, ambient] = [1, 2, 3, 4].map(() => newSensor(spec, random));
  let stuckAt = Number.NaN;
  return {
    periodMs: 500,
    jitterMs: 15,
    observe() {},
    sample(atMs, emit) {
      const { heat, faults } = truth;
      const fresh = winding!(heat.windingC);
      stuckAt = faults.severity['stuck-sensor'] > 0 ? (Number.isNaN(stuckAt) ? fresh : stuckAt) : Number.NaN;
      const reading = {
        ts: timeMs(atMs) / 1000,
        seq: link.nextSequence(),
        state: 'ok',
        winding: Number.isNaN(stuckAt) ? fresh : stuckAt,
        housing: housing!(heat.housingC),
        bearing: bearing!(heat.bearingC),
        ambient: ambient!(heat.ambientC),
      };
      if (faults.severity.silent === 0) send(reading, emit);
    },
  };
}

/** Statistics of ten windows of 100 ms, once a second. */
function vibration({ truth, random, link, timeMs, send }: Bench): Omit<Device, 'name'> {
  const currentSensor = newSensor({ noise: 0.05, step: 0.01, gain: 0.02, floor: 0 }, random);
  const vibrationSensor = newSensor({ noise: 0.01, step: 0.001, floor: 0 }, random);
  const windows = 10;
  const windowMs = 100;
  const current = newMean();
  const shake = newPeaks();
  let statistics: { current: number; rms: number; peak: number }[] = [];
  let observed = 0;
  return {
    periodMs: windows * windowMs,
    jitterMs: 0,
    observe() {
      current.add(truth.spindle.currentA);
      shake.add(truth.spindle.vibrationMPerS2 + 0.05 * random.gauss());
      if (++observed % windowMs === 0) statistics.push({ current: current.take(), ...shake.take() });
    },
    sample(atMs, emit) {
      const rows = statistics.slice(-windows);
      statistics = [];
      send(
        {
          t0: timeMs(atMs - rows.length * windowMs + windowMs / 2),
          dt: windowMs,
          seq: link.nextSequence(),
          current_mean: rows.map((row) => currentSensor(row.current)),
          vibration_rms: rows.map((row) => vibrationSensor(row.rms)),
          vibration_peak: rows.map((row) => vibrationSensor(row.peak)),
        },
        emit,
      );
    },
  };
}

/** A bare number, once a second: no time, no sequence, no unit. */
function coolant({ truth, random, send }: Bench): Omit<Device, 'name'> {
  const flow = newSensor({ noise: 0.05, step: 0.01, gain: 0.02, floor: 0 }, random);
  return {
    periodMs: 1000,
    jitterMs: 20,
    observe() {},
    sample: (_atMs, emit) => send(flow(coolantFlow(truth)), emit),
  };
}

/** An array of samples, oldest first: mains power of each cycle of 50 Hz, five in a message. */
function meter({ truth, random, timeMs, send }: Bench): Omit<Device, 'name'> {
  const power = newSensor({ noise: 4, step: 1, gain: 0.01, floor: 0 }, random);
  const mean = newMean();
  let rows: { t: number; power: number }[] = [];
  return {
    periodMs: 20,
    jitterMs: 0,
    observe: () => mean.add(mainsPowerW(truth)),
    sample(atMs, emit) {
      rows.push({ t: timeMs(atMs), power: power(mean.take()) });
      if (rows.length < 5) return;
      send(rows, emit);
      rows = [];
    },
  };
}
