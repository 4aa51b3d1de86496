// What the outputs around one did: which of them are off together with it, which that hang on the same parameters stayed
// as they were, and whether it leapt.
import type { Detection } from '../detect/detection.ts';
import type { Frame } from '../frame.ts';
import { slotsBetween } from './evidence.ts';

/** In usual deviations: off, and as ever. */
const offFrom = 2.5;
const quietBelow = 1.2;
/** A leap is so many sigmas within a second, and most of it stays. */
const leapSigmas = 6;
const stayShare = 0.6;

/** Outputs that are off as well, the one that is most off first; an output that a sensor spoils is none. */
export function companionsOf(detection: Detection, frame: Frame, row: number): number[] {
  const { residuals, stated, sight } = detection;
  return others(detection, frame, row)
    .filter((o) => residuals.lately[o]! >= offFrom || stated[o] === 1)
    .sort((a, b) => residuals.lately[b]! - residuals.lately[a]!)
    .map((o) => sight.inputs + o);
}

/** Outputs that parameters move together with it, and that are as ever. */
export function quietOnesOf(detection: Detection, frame: Frame, row: number): number[] {
  const { residuals, stated, sight, holds } = detection;
  const outputs = stated.length;
  const own = row - sight.inputs;
  const related = (o: number) =>
    holds.groupNames.some(
      (_, g) => holds.moves[g * outputs + own] === 1 && holds.moves[g * outputs + o] === 1,
    );
  return others(detection, frame, row)
    .filter((o) => related(o) && residuals.lately[o]! < quietBelow && stated[o] === 0)
    .filter((o) => isSlow(frame, sight.inputs + o) === isSlow(frame, row))
    .map((o) => sight.inputs + o);
}

/** By output: those that are compared, and not spoilt themselves. */
function others({ stated, sigma, spikes, stuck, sight }: Detection, frame: Frame, row: number): number[] {
  const all: number[] = [];
  for (let o = 0; o < stated.length; o++) {
    const other = sight.inputs + o;
    if (other === row || Number.isNaN(sigma[o]!) || Number.isNaN(frame.residual[o]!)) continue;
    if (spikes.level[o] === 0 && stuck.level[other] === 0) all.push(o);
  }
  return all;
}

/** A state that a sensor observes, such as a temperature: nothing makes it leap. */
export function isSlow({ machine: { model } }: Frame, row: number): boolean {
  return model.outputs[row - model.inputs.length]?.observes !== undefined;
}

/** By how much it leapt before the raise and stayed, in its unit; undefined where it did not. */
export function jumpOf(
  { evidence }: Detection,
  frame: Frame,
  row: number,
  raiseMs: number,
): number | undefined {
  const { signals } = frame.machine;
  const sigma = signals[row]!.sigma ?? Number.NaN;
  const slots = slotsBetween(evidence, raiseMs - 30_000, raiseMs + 10_000);
  const values = slots
    .map((slot) => evidence.values[slot * signals.length + row]!)
    .filter((value) => !Number.isNaN(value));
  const near = Math.max(1, Math.round(1 / evidence.stepS));
  let most = 0;
  let at = -1;
  for (let i = near; i < values.length; i++) {
    const step = Math.abs(values[i]! - values[i - near]!);
    if (step > most) [most, at] = [step, i];
  }
  if (!(most > leapSigmas * sigma)) return undefined;
  const before = middle(values.slice(Math.max(0, at - near - 20), at - near + 1));
  const after = middle(values.slice(at, at + 21));
  return Math.abs(after - before) >= stayShare * most ? Math.abs(after - before) : undefined;
}

function middle(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
