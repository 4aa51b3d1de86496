// The frames that a recording gives one machine, kept as columns: its inputs as the twin sees them, and what its
// sensors said themselves. Nothing predicted or grown old is taken for a measurement.
import { basename } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Frame } from '../core/frame.ts';
import { Origins } from '../core/frame.ts';
import type { Model } from '../core/model.ts';
import { isBad, isGood } from '../core/quality.ts';
import { GemError } from '../errors.ts';
import type { Log } from '../ports.ts';
import { type ReplayOptions, type ReplaySummary, replayFile } from '../replay/summary.ts';
import type { Span } from './segment.ts';

export interface MachineFrames {
  readonly file: string;
  readonly rows: number;
  readonly timeS: Float64Array;
  /** By index of the model. */
  readonly inputs: readonly Float64Array[];
  readonly outputs: readonly Float64Array[];
  /** Without a pause in them. */
  readonly spans: readonly Span[];
  readonly startMs: number;
  readonly stepS: number;
  readonly notes: readonly string[];
}

export type FrameWishes = Pick<ReplayOptions, 'file' | 'source' | 'map' | 'overrides' | 'from' | 'to'> & {
  readonly config: Config;
  readonly machine: string;
  readonly model: Model;
  readonly onProgress: (share: number) => void;
};

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export async function framesOf(wishes: FrameWishes): Promise<MachineFrames> {
  const { config, machine, model } = wishes;
  const kept = createKept(model, config.loop.periodMs);
  const only = { ...config, machines: { [machine]: config.machines[machine]! } };
  const summary = await replayFile({
    ...wishes,
    config: only,
    log: silent,
    speed: Number.POSITIVE_INFINITY,
    onFrames(frames) {
      const frame = frames.find((one) => one.machine.id === machine);
      if (frame !== undefined) kept.take(frame);
      return undefined;
    },
  });
  return kept.columns(basename(wishes.file), summary);
}

function createKept(model: Model, periodMs: number) {
  const inputs = model.inputs.length;
  const width = inputs + model.outputs.length;
  const times: number[] = [];
  const values: number[][] = Array.from({ length: width }, () => []);
  return {
    take(frame: Frame): void {
      times.push(frame.timeMs);
      for (let i = 0; i < width; i++) {
        const use = i < inputs ? !isBad(frame.quality[i]!) : isMeasured(frame, i, periodMs);
        values[i]!.push(use ? frame.value[i]! : Number.NaN);
      }
    },
    columns(file: string, summary: ReplaySummary): MachineFrames {
      const startMs = times[0] ?? Number.NaN;
      const timeS = Float64Array.from(times, (ms) => (ms - startMs) / 1000);
      const all = values.map((column) => Float64Array.from(column));
      return {
        ...{ file, rows: times.length, timeS, startMs, stepS: periodMs / 1000 },
        inputs: all.slice(0, inputs),
        outputs: all.slice(inputs),
        spans: spansOf(times, periodMs),
        notes: notesOf(summary),
      };
    },
  };
}

/** What is held on to is the same measurement again, but for its first frame. */
function isMeasured(frame: Frame, i: number, periodMs: number): boolean {
  if (!isGood(frame.quality[i]!)) return false;
  const origin = frame.origin[i]!;
  if (origin === Origins.measured || origin === Origins.interpolated) return true;
  return origin === Origins.held && frame.ageMs[i]! < periodMs;
}

/** Ticks that a replay skips are a pause. */
function spansOf(times: readonly number[], periodMs: number): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (let row = 1; row <= times.length; row++) {
    if (row < times.length && times[row]! - times[row - 1]! < 1.5 * periodMs) continue;
    if (row > from) spans.push({ from, to: row });
    from = row;
  }
  return spans;
}

function notesOf({ samples, rowsPassedOver, ticksSkipped, daysMoved, damage }: ReplaySummary): string[] {
  const rejected = Object.entries(samples.rejected).map(([reason, count]) => `${count} ${reason}`);
  return [
    ...(rejected.length === 0 ? [] : [`samples that could not be used: ${rejected.join(', ')}`]),
    ...(rowsPassedOver === 0 ? [] : [`${rowsPassedOver} rows lie outside of --from and --to`]),
    ...(ticksSkipped === 0 ? [] : [`${ticksSkipped} ticks of long pauses are left out`]),
    ...(daysMoved === 0 ? [] : [`from before 2020: replayed as of ${daysMoved} days later`]),
    ...(damage === undefined
      ? []
      : [`damaged after line ${damage.line}: ${damage.why}; what came before is used`]),
  ];
}

/** A machine of the configuration; says which there are. */
export function modelOf(config: Config, machine: string, models: ReadonlyMap<string, Model>): Model {
  const found = config.machines[machine];
  const model = found && models.get(found.model);
  if (model !== undefined) return model;
  const there = Object.keys(config.machines).join(', ') || 'none';
  throw new GemError('GEM_USAGE', { why: `--machine: no machine is called "${machine}"; there is ${there}` });
}

export function onlyMachine(config: Config): string {
  const [machine, second] = Object.keys(config.machines);
  if (machine !== undefined && second === undefined) return machine;
  const names = Object.keys(config.machines).join(', ');
  const why =
    machine === undefined ? 'the configuration has no machine' : `say with --machine which one: ${names}`;
  throw new GemError('GEM_USAGE', { why });
}
