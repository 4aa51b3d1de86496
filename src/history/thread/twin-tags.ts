// What the twins say, as samples of tags of their own: predictions as finely as the sensors are worth, and everything
// else when it changes. Must make nothing for a tick once the tags are named.
import type { Forecast } from '../../core/forecast.ts';
import { type Frame, type MachineLayout, twinModes } from '../../core/frame.ts';
import { Quality } from '../../core/quality.ts';
import type { ValueKind } from '../../core/sample.ts';
import type { TickResult } from '../../ports.ts';

export interface TwinTagsParts {
  /** Of the ticks, each n-th. */
  readonly every: number;
  /** The number of a tag; `machine` is its source. */
  readonly name: (machine: string, name: string, unit: string, kind: ValueKind) => number;
  readonly push: (index: number, value: number, quality: number, timeMs: number, receiveMs: number) => void;
}

export interface TwinTags {
  tick(result: TickResult): void;
  forecast(forecast: Forecast): void;
}

/** Finer is noise that has to be kept: a hundredth of what the sensor is worth, and of the worn-out a millionth. */
const sigmaShare = 100;
const wearPerOne = 1e6;
const divergencePerOne = 1e3;
const unknownPerOne = 1e3;

export function createTwinTags({ every, name, push }: TwinTagsParts): TwinTags {
  const machines = new Map<MachineLayout, Machine>();
  const wears = new Map<string, Changing>();
  let receiveMs = 0;

  const machineOf = ({ machine }: Frame) => {
    let known = machines.get(machine);
    if (known === undefined) {
      known = newMachine(machine, name);
      machines.set(machine, known);
    }
    return known;
  };
  const say = (one: Changing, value: number, timeMs: number) => {
    one.last = value;
    const isKnown = Number.isFinite(value);
    const quality = isKnown ? Quality.good : Quality.badWaitingForInitialData;
    push(one.index, isKnown ? value : Number.NaN, quality, timeMs, receiveMs);
  };
  /** That nothing is known is said once. */
  const sample = (one: Changing, value: number, timeMs: number) => {
    if (!Number.isNaN(value) || !Number.isNaN(one.last)) say(one, value, timeMs);
  };
  const changed = (one: Changing, value: number, timeMs: number) => {
    if (value !== one.last) say(one, value, timeMs);
  };

  return {
    tick(result) {
      receiveMs = Math.ceil(result.timeMs);
      const isTold = result.tick % every === 0;
      for (const frame of result.frames) {
        const { outputs, divergence, mode, behaviour } = machineOf(frame);
        changed(mode, twinModes.indexOf(frame.mode), frame.timeMs);
        if (behaviour !== undefined) changed(behaviour, frame.behaviour, frame.timeMs);
        if (!isTold) continue;
        // Offline it predicts nothing.
        const isOffline = frame.mode === 'offline';
        for (let o = 0; o < outputs.length; o++) {
          const output = outputs[o]!;
          sample(output, isOffline ? Number.NaN : rounded(frame.twin[o]!, output.perOne), frame.timeMs);
        }
        sample(
          divergence,
          isOffline ? Number.NaN : rounded(frame.divergence, divergencePerOne),
          frame.timeMs,
        );
      }
    },
    forecast({ machine, timeMs, components }) {
      receiveMs = Math.max(receiveMs, Math.ceil(timeMs));
      for (const { component, wear } of components) {
        const key = `${machine}/${component}`;
        const value = rounded(wear, wearPerOne);
        let known = wears.get(key);
        if (known === undefined) {
          // Of what is exchanged by number, most have never been in the machine.
          if (value === 0) continue;
          known = { index: name(machine, `wear.${component}`, '', 'number'), last: Number.NaN };
          wears.set(key, known);
        }
        changed(known, value, Math.round(timeMs));
      }
    },
  };
}

interface Changing {
  readonly index: number;
  last: number;
}

interface Machine {
  readonly outputs: readonly (Changing & { readonly perOne: number })[];
  readonly divergence: Changing;
  readonly mode: Changing;
  readonly behaviour: Changing | undefined;
}

function newMachine({ id, model, signals }: MachineLayout, name: TwinTagsParts['name']): Machine {
  const changing = (of: string, kind: ValueKind): Changing => ({
    index: name(id, of, '', kind),
    last: Number.NaN,
  });
  return {
    outputs: model.outputs.map((output, o) => {
      const { unit, sigma } = signals[model.inputs.length + o] ?? output;
      const index = name(id, output.name, unit, 'number');
      return { index, last: Number.NaN, perOne: perOneOf(sigma ?? Number.NaN) };
    }),
    divergence: changing('divergence', 'number'),
    mode: changing('mode', 'enum'),
    behaviour: model.behaviour === undefined ? undefined : changing('behaviour', 'enum'),
  };
}

/** How many steps there are in one: a power of ten, so that what is rounded has few decimal digits. */
export function perOneOf(sigma: number): number {
  if (!(sigma > 0)) return unknownPerOne;
  return 10 ** Math.max(-9, Math.min(12, Math.ceil(Math.log10(sigmaShare / sigma))));
}

function rounded(value: number, perOne: number): number {
  // Dividing by a whole number gives the number that its decimal digits mean.
  if (perOne >= 1) return Math.round(value * perOne) / perOne;
  const step = Math.round(1 / perOne);
  return Math.round(value / step) * step;
}
