// How much wear may be told. What is told has to be durable, or a crash would have wear go backwards; and to write at
// every tick is too much. So each writing reserves a little more than the wear it holds: up to there may be told until
// the next one, and after a crash no component restarts below it.
import type { Twin } from '../../core/twin.ts';

/** So many intervals of writing, at the fastest rate of late: what a crash can add at most. */
const intervalsAhead = 3;
/** A rate that is seen no more counts half as much at each writing: at rest nothing is reserved. */
const fade = 0.5;

export interface Reserve {
  /** By component: up to here it may be told. */
  readonly durable: Float64Array;
  /** By component: index of its state. */
  readonly state: Int32Array;
  /** At the last writing that was begun. */
  readonly written: Float64Array;
  readonly ratePerMs: Float64Array;
  writtenMs: number;
}

export function newReserve({ model }: Twin): Reserve {
  const wear = model.wear ?? [];
  return {
    durable: new Float64Array(wear.length),
    state: Int32Array.from(wear, (spec) => model.states.findIndex((state) => state.name === spec.state)),
    written: new Float64Array(wear.length).fill(Number.NaN),
    ratePerMs: new Float64Array(wear.length),
    writtenMs: Number.NaN,
  };
}

/** What the writing that begins now shall reserve. */
export function reserveAhead(
  reserve: Reserve,
  { state }: Twin,
  nowMs: number,
  everyMs: number,
): Float64Array {
  const { written, ratePerMs } = reserve;
  const elapsedMs = Math.max(1, nowMs - reserve.writtenMs);
  const aheadMs =
    intervalsAhead * Math.max(everyMs, Number.isNaN(elapsedMs) ? 0 : Math.min(elapsedMs, 10 * everyMs));
  const bounds = new Float64Array(written.length);
  for (let c = 0; c < written.length; c++) {
    const wear = state[reserve.state[c]!]!;
    const grown = wear - written[c]!;
    const rate = grown > 0 ? grown / elapsedMs : 0;
    ratePerMs[c] = Math.max(rate, ratePerMs[c]! * fade);
    written[c] = wear;
    // A rate of which hardly anything is left: exactly nothing, so that rest is rest.
    bounds[c] = ratePerMs[c]! * aheadMs < 1e-12 ? wear : wear + ratePerMs[c]! * aheadMs;
  }
  reserve.writtenMs = nowMs;
  return bounds;
}

/** Wear was set, not worn: that is no rate. */
export function leap({ written, state }: Reserve, twin: Twin): void {
  for (let c = 0; c < written.length; c++) written[c] = twin.state[state[c]!]!;
}

/** What a writing reserves that is the last for so long: as fast as of late, but no more than `most` of a life. */
export function reserveFor(
  { ratePerMs, state }: Reserve,
  twin: Twin,
  forMs: number,
  most: number,
): Float64Array {
  return ratePerMs.map((rate, c) => twin.state[state[c]!]! + Math.min(most, rate * forMs));
}

/** Whether a component has come beyond what may be told. */
export function isBeyond({ durable, state }: Reserve, twin: Twin): boolean {
  return isAbove(durable, state, twin);
}

export function isAbove(bounds: Float64Array, state: Int32Array, twin: Twin): boolean {
  for (let c = 0; c < bounds.length; c++) if (twin.state[state[c]!]! > bounds[c]!) return true;
  return false;
}
