// A motor drive with sensors that can be broken, and the core that watches it: small enough to learn for ten minutes in
// the blink of an eye. The motor is the model itself with noise, for here the sensors are what is tested. No test of its own.
import type { Alarm, AlarmChange } from '../../../src/core/alarm.ts';
import { applyCommand } from '../../../src/core/command.ts';
import type { DetectionOptions } from '../../../src/core/detect/detection.ts';
import { motor } from '../../../src/core/models/motor/index.ts';
import { Quality } from '../../../src/core/quality.ts';
import { type Core, newCore, step } from '../../../src/core/step.ts';
import { insertSample } from '../../../src/core/track.ts';
import { parametersOf } from '../../../src/core/twin.ts';
import { newRandom } from '../../../src/plant/random.ts';

const startMs = Date.UTC(2026, 10, 20, 8);
const none = {
  ...{ length: 0, tag: new Int32Array(0), value: new Float64Array(0), quality: new Uint32Array(0) },
  ...{ timeMs: new Float64Array(0), receiveMs: new Float64Array(0), rawMs: new Float64Array(0) },
  exact: new BigInt64Array(0),
};

/** What is broken now. */
export interface Trouble {
  /** Signals that say nothing any more, or the same for ever. */
  silent: string[];
  stuck: string[];
  /** Added to what a sensor says. */
  offset: Record<string, number>;
  /** One in so many samples of the current is far too high; 0: none. */
  spikeEvery: number;
  /** Times the friction. */
  friction: number;
  /** Added to one of two sensors in the same place. */
  apart: number;
}

/** Two sensors in the same flow, which is never still: what they say swings, and the same way. */
export const twins = ['coolant.a', 'coolant.b'];

const devices: Readonly<
  Record<string, readonly [source: string, device: string, everyTicks: number, noise: number]>
> = {
  'axis.speed': ['plc', '', 1, 0],
  'axis.load': ['plc', '', 1, 0],
  'ambient.temp': ['shop', 'box', 5, 0.08],
  'axis.current': ['shop', 'drive', 1, 0.05],
  'motor.windingTemp': ['shop', 'box', 5, 0.08],
  'motor.frameTemp': ['shop', 'box', 5, 0.08],
  'coolant.a': ['shop', 'tank', 5, 0.05],
  'coolant.b': ['shop', 'tank', 5, 0.05],
};

export interface Floor {
  readonly core: Core;
  readonly trouble: Trouble;
  /** All that was said of alarms, oldest first. */
  readonly changes: AlarmChange[];
  readonly nowS: number;
  link(source: string, up: boolean): void;
  run(seconds: number): void;
  /** As the last change of each has it, the first raised first. */
  alarms(): Alarm[];
}

function newDrive(detection: DetectionOptions | undefined, hasTwins: boolean) {
  const twin = { unit: 'degC', about: 'Coolant', align: 'linear', initial: Number.NaN } as const;
  const extra = hasTwins ? twins.map((name) => ({ ...twin, name })) : [];
  const signals = [...motor.inputs, ...motor.outputs, ...extra];
  const layout = { id: 'drive-1', model: motor, signals, lagMs: 200, parameters: parametersOf(motor) };
  const policies = signals.map(
    ({ align }) => ({ align, staleMs: 2000, missingMs: 10_000, samplesMax: 256 }) as const,
  );
  const origins = signals.map(({ name }) => ({ source: devices[name]![0], device: devices[name]![1] }));
  const core = newCore({
    ...{ startMs, periodMs: 100 },
    machines: [
      {
        layout,
        policies,
        origins,
        calibration: { mode: 'off' },
        ...(detection !== undefined && { detection }),
      },
    ],
  });
  return { core, signals };
}

export function newFloor(seed = 1, detection?: DetectionOptions, hasTwins = false): Floor {
  const random = newRandom(`motor/${seed}`);
  const { core, signals } = newDrive(detection, hasTwins);
  const [p, x] = [parametersOf(motor), Float64Array.from(motor.states, ({ initial }) => initial)];
  const [u, y] = [new Float64Array(motor.inputs.length), new Float64Array(motor.outputs.length)];
  const coulomb = motor.parameters.findIndex(({ name }) => name === 'axis.coulomb');
  const sound = p[coulomb]!;
  const trouble: Trouble = { silent: [], stuck: [], offset: {}, spikeEvery: 0, friction: 1, apart: 0 };
  const said = new Map<string, number>();
  const changes: AlarmChange[] = [];
  let tick = 0;
  let flow = 30;

  const sense = (name: string, row: number) => {
    const [, , everyTicks, noise] = devices[name]!;
    if (trouble.silent.includes(name)) return;
    if (tick % everyTicks !== 0) return;
    const common = flow + (name === 'coolant.b' ? trouble.apart : 0);
    const truth = row < u.length ? u[row]! : (y[row - u.length] ?? common);
    let value = Math.round((truth + noise * random.gauss()) * 64) / 64 + (trouble.offset[name] ?? 0);
    if (name === 'axis.current' && trouble.spikeEvery > 0 && tick % trouble.spikeEvery === 0) value += 12;
    if (trouble.stuck.includes(name)) value = said.get(name) ?? value;
    said.set(name, value);
    insertSample(core.alignment.tracks[0]![row]!, startMs + tick * 100 - 10, value, Quality.good);
  };

  return {
    ...{ core, trouble, changes },
    get nowS() {
      return tick / 10;
    },
    link: (source, up) =>
      void applyCommand(core, { kind: 'link', machine: 'drive-1', source, up, reason: up ? '' : 'no route' }),
    run(seconds) {
      for (const end = tick + seconds * 10; tick < end; ) {
        tick++;
        const phase = (tick / 10) % 60;
        u[0] = phase < 30 ? 300 : phase < 35 ? 0 : 420;
        u[1] = phase < 45 ? 6 : 12;
        u[2] = 22;
        if (hasTwins && tick % 5 === 0) flow = 30 + 0.7 * (flow - 30) + 1.4 * random.gauss();
        p[coulomb] = sound * trouble.friction;
        motor.step(p, x, u, 0.1, y);
        for (const [row, { name }] of signals.entries()) sense(name, row);
        step(core, tick, none);
        core.news.length = 0;
        changes.push(...core.alarmChanges.splice(0));
      }
    },
    alarms() {
      const last = new Map<number, Alarm>();
      for (const { alarm } of changes) last.set(alarm.occurrence, alarm);
      return [...last.values()].sort((a, b) => a.raisedMs - b.raisedMs || a.occurrence - b.occurrence);
    },
  };
}

/** Signals of one box on the wall. */
export const box = ['ambient.temp', 'motor.windingTemp', 'motor.frameTemp'];
