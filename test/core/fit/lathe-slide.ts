// A machine slide for tests of fits: its own equations, integrated by Runge and Kutta at 10 kHz under a PD
// controller that follows quintic moves with dwells. Shares nothing with the models or the plant.
import type { FitRecord, FitSegment } from '../../../src/core/fit/fit.ts';
import { dice } from './dice.ts';

export interface Slide {
  readonly mass: number;
  readonly viscous: readonly [down: number, up: number];
  readonly coulomb: readonly [down: number, up: number];
  readonly offset: number;
  /** Velocity within which friction turns. */
  readonly turn: number;
  readonly stribeck?: { readonly force: number; readonly velocity: number };
}

export interface Shoot {
  readonly seed: number;
  readonly rateHz: number;
  readonly durationS: number;
  /** Standard deviation of the force sensor over the RMS of the force in motion. */
  readonly noise?: number;
  /** Of that noise: share that one sample of 1/rate keeps from the last. */
  readonly colour?: number;
  readonly encoderStep?: number;
  readonly stroke?: number;
  readonly moveS?: readonly [number, number];
  readonly dwellS?: number;
}

export const plainSlide: Slide = {
  mass: 120,
  viscous: [340, 340],
  coulomb: [85, 85],
  offset: 30,
  turn: 0.002,
};

const stepS = 1e-4;

interface Move {
  readonly from: number;
  readonly to: number;
  readonly startS: number;
  readonly lastS: number;
}

function friction({ viscous, coulomb, turn, stribeck }: Slide, v: number): number {
  const way = v > 0 ? 1 : 0;
  const peak = stribeck === undefined ? 0 : stribeck.force * Math.exp(-((v / stribeck.velocity) ** 2));
  return viscous[way]! * v + (coulomb[way]! + peak) * Math.tanh(v / turn);
}

function movesOf({ seed, durationS, stroke = 0.5, moveS = [0.5, 1.2], dwellS = 0.15 }: Shoot): Move[] {
  const { uniform } = dice(seed + 1000);
  const moves: Move[] = [];
  let at = 0.5 * stroke;
  let startS = 0.2;
  let up = true;
  while (startS < durationS) {
    const to = up ? stroke * (0.55 + 0.45 * uniform()) : stroke * 0.45 * uniform();
    const lastS = moveS[0] + (moveS[1] - moveS[0]) * uniform();
    moves.push({ from: at, to, startS, lastS });
    startS += lastS + dwellS * 2 * uniform();
    at = to;
    up = !up;
  }
  return moves;
}

function wanted(move: Move | undefined, first: number, t: number): [x: number, v: number, a: number] {
  if (move === undefined) return [first, 0, 0];
  const way = move.to - move.from;
  const s = Math.min(1, (t - move.startS) / move.lastS);
  if (s >= 1) return [move.to, 0, 0];
  const x = move.from + way * s ** 3 * (10 - 15 * s + 6 * s * s);
  const v = ((way / move.lastS) * 30 * s * s * (1 - s) ** 2) as number;
  const a = (way / move.lastS ** 2) * 60 * s * (1 - s) * (1 - 2 * s);
  return [x, v, a];
}

export interface Shot {
  readonly timeS: Float64Array;
  readonly position: Float64Array;
  readonly velocity: Float64Array;
  readonly force: Float64Array;
}

export function shoot(slide: Slide, plan: Shoot): Shot {
  const rows = Math.floor(plan.durationS * plan.rateHz);
  const every = Math.round(1 / (plan.rateHz * stepS));
  const shot: Shot = {
    timeS: new Float64Array(rows),
    position: new Float64Array(rows),
    velocity: new Float64Array(rows),
    force: new Float64Array(rows),
  };
  const moves = movesOf(plan);
  let m = -1;
  let x = moves[0]!.from;
  let v = 0;
  let before = slide.offset;
  const gain = slide.mass * 150 ** 2;
  const damp = slide.mass * 2 * 150;
  for (let k = 0; k < rows * every; k++) {
    const t = k * stepS;
    while (m + 1 < moves.length && moves[m + 1]!.startS <= t) m++;
    const [xr, vr, ar] = wanted(moves[m], moves[0]!.from, t);
    const force = gain * (xr - x) + damp * (vr - v) + slide.mass * ar + slide.offset;
    if (k % every === 0) {
      const row = k / every;
      shot.timeS[row] = t;
      shot.position[row] = x;
      shot.velocity[row] = v;
      // It steps here: at this instant it is between what it was and what it will be.
      shot.force[row] = (before + force) / 2;
    }
    before = force;
    const pull = (u: number): number => (force - slide.offset - friction(slide, u)) / slide.mass;
    const a1 = pull(v);
    const a2 = pull(v + (stepS / 2) * a1);
    const a3 = pull(v + (stepS / 2) * a2);
    const a4 = pull(v + stepS * a3);
    x += stepS * v + (stepS * stepS * (a1 + a2 + a3)) / 6;
    v += (stepS * (a1 + 2 * a2 + 2 * a3 + a4)) / 6;
  }
  blur(shot, plan);
  return shot;
}

function blur({ position, velocity, force }: Shot, plan: Shoot): void {
  const { noise = 0.01, colour = 0, encoderStep = 1e-6 } = plan;
  const { normal } = dice(plan.seed);
  let square = 0;
  let moving = 0;
  for (const [i, f] of force.entries()) {
    if (Math.abs(velocity[i]!) < 0.01) continue;
    square += f * f;
    moving++;
  }
  const sigma = noise * Math.sqrt(square / Math.max(1, moving));
  let kept = normal();
  for (let i = 0; i < force.length; i++) {
    kept = colour * kept + Math.sqrt(1 - colour * colour) * normal();
    force[i] = force[i]! + sigma * kept;
    if (encoderStep > 0) position[i] = Math.round(position[i]! / encoderStep) * encoderStep;
  }
}

/** Position and a force-like column, the last third for validation. */
export function recordOf(
  { timeS, position }: Shot,
  columns: Readonly<Record<string, Float64Array>>,
  fitShare = 2 / 3,
): FitRecord {
  const edge = Math.round(timeS.length * fitShare);
  const segments: FitSegment[] = [{ from: 0, to: edge, use: 'fit' }];
  if (edge < timeS.length) segments.push({ from: edge, to: timeS.length, use: 'validation' });
  return { timeS, columns: { position, ...columns }, segments };
}
