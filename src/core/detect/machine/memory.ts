// What the detection of a machine has learnt, as numbers by name, to go on from after a restart: also what the twin has
// learnt of a fault, so that an alarm is not taken for healed. Names are those of signals and parameters; what does not
// fit any more is left out.
import type { Frame } from '../../frame.ts';
import { type Hash, hashNumbers } from '../../hash.ts';
import type { Detection } from '../detection.ts';
import type { ResidualWatch } from './residual.ts';
import { recallWanted, rememberWanted } from './wanted.ts';

type Memory = Readonly<Record<string, readonly number[]>>;

export function rememberDetection(detection: Detection, frame: Frame): Memory {
  const { residuals, silence, stuck, spikes, holds, tracked, plan } = detection;
  const { signals, model } = frame.machine;
  const memory: Record<string, number[]> = { 'twin.tracked': [tracked[0]!] };
  for (const [o, { name }] of model.outputs.entries()) {
    if (plan.residual[o]! < 0) continue;
    memory[`residual ${name}`] = usualOf(residuals, o);
    memory[`spikes ${name}`] = [spikes.usual[o]!];
    if (holds.heldBy[o]! >= 0) memory[`held ${holds.groupNames[holds.heldBy[o]!]!} ${name}`] = [1];
  }
  for (const [p, { name }] of model.parameters.entries()) {
    if (!Number.isNaN(holds.from[p]!)) memory[`changed ${name}`] = [holds.from[p]!, holds.to[p]!];
  }
  for (const [row, { name }] of signals.entries()) {
    if (plan.silent[row]! >= 0) memory[`pause ${name}`] = [silence.pauseS[row]!, silence.samples[row]!];
    if (plan.stuck[row]! < 0) continue;
    const [from, to] = [row * stuck.modes, (row + 1) * stuck.modes];
    const shares = [...stuck.samples.slice(from, to), ...stuck.equal.slice(from, to)];
    memory[`runs ${name}`] = [stuck.longest[row]!, stuck.changes[row]!, stuck.turns[row]!, ...shares];
  }
  for (const [i, row] of detection.shakes.rows.entries())
    memory[`shake ${signals[row]!.name}`] = usualOf(detection.shakes.watch, i);
  Object.assign(memory, rememberWanted(detection.wanted));
  return Object.fromEntries(Object.entries(memory).filter(([, numbers]) => numbers.some((one) => one !== 0)));
}

/** Into one that has just been made. */
export function recallDetection(detection: Detection, frame: Frame, memory: Memory): void {
  const { residuals, silence, stuck, spikes, holds, tracked, plan } = detection;
  const { signals, model } = frame.machine;
  for (const [i, row] of detection.shakes.rows.entries())
    takeUsual(detection.shakes.watch, i, memory[`shake ${signals[row]!.name}`]);
  recallWanted(detection.wanted, memory);
  tracked[0] = one(memory['twin.tracked'], 1)?.[0] ?? 0;
  for (const [o, { name }] of model.outputs.entries()) {
    if (plan.residual[o]! >= 0) takeUsual(residuals, o, memory[`residual ${name}`]);
    spikes.usual[o] = one(memory[`spikes ${name}`], 1)?.[0] ?? spikes.usual[o]!;
    for (const [g, group] of holds.groupNames.entries()) {
      if (one(memory[`held ${group} ${name}`], 1) !== undefined) holds.heldBy[o] = g;
    }
  }
  for (const [p, { name }] of model.parameters.entries()) {
    const changed = one(memory[`changed ${name}`], 2);
    if (changed !== undefined) [holds.from[p], holds.to[p]] = [changed[0]!, changed[1]!];
  }
  for (const [row, { name }] of signals.entries()) {
    const pause = one(memory[`pause ${name}`], 2);
    if (pause !== undefined) {
      silence.pauseS[row] = pause[0]!;
      silence.samples[row] = pause[1]!;
    }
    const runs = one(memory[`runs ${name}`], 3 + 2 * stuck.modes);
    if (runs === undefined) continue;
    stuck.longest[row] = runs[0]!;
    stuck.changes[row] = runs[1]!;
    stuck.turns[row] = runs[2]!;
    stuck.samples.set(runs.slice(3, 3 + stuck.modes), row * stuck.modes);
    stuck.equal.set(runs.slice(3 + stuck.modes), row * stuck.modes);
  }
}

function usualOf({ modes, total, peak, seen, mean, square }: ResidualWatch, o: number): number[] {
  const normal = [seen, mean, square].flatMap((column) => [...column.slice(o * modes, (o + 1) * modes)]);
  return [total[o]!, peak[o]!, ...normal];
}

function takeUsual(
  { modes, total, peak, seen, mean, square }: ResidualWatch,
  o: number,
  memory: readonly number[] | undefined,
): void {
  const normal = one(memory, 2 + 3 * modes);
  if (normal === undefined) return;
  total[o] = normal[0]!;
  peak[o] = normal[1]!;
  for (const [i, column] of [seen, mean, square].entries())
    column.set(normal.slice(2 + i * modes, 2 + (i + 1) * modes), o * modes);
}

/** Of that length and all of it finite; else undefined. */
function one(numbers: readonly number[] | undefined, length: number): readonly number[] | undefined {
  return numbers?.length === length && numbers.every(Number.isFinite) ? numbers : undefined;
}

/** What it goes by from tick to tick, beside what it states. */
export function hashDetection(
  hash: Hash,
  { residuals, stuck, silence, spikes, holds, shakes }: Detection,
): void {
  for (const { seen, mean, square, up, down, peak } of [residuals, shakes.watch])
    for (const column of [seen, mean, square, up, down, peak]) hashNumbers(hash, column);
  for (const column of [stuck.odds, stuck.longest, stuck.equal, silence.pauseS, silence.up])
    hashNumbers(hash, column);
  for (const column of [spikes.usual, spikes.count, holds.from, holds.to, holds.heldBy])
    hashNumbers(hash, column);
}
