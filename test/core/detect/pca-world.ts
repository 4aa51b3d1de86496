// Machines made of a few hidden causes that many columns show, with noise and a memory; and what can be done to them.
import {
  type Detector,
  newVerdict,
  newView,
  type Verdict,
  type View,
} from '../../../src/core/detect/detector.ts';
import { normalFrom } from '../../suites/detector-stream.ts';

export interface World {
  readonly columns: number;
  readonly causes: number;
  readonly modes: number;
  readonly periodS: number;
  /** How much of a value is that of the view before: 0 is white. */
  readonly memory: number;
  readonly noise: number;
}

export const plainWorld: World = { columns: 8, causes: 3, modes: 1, periodS: 0.5, memory: 0.5, noise: 0.2 };

/** Fills the values of the next view in a mode; each mode has another relation between its columns. */
export function worldOf({ columns, causes, modes, memory, noise }: World, seed: number) {
  const gauss = normalFrom(seed);
  const loads = Array.from({ length: modes * columns * causes }, () => gauss());
  const bases = Array.from({ length: modes * columns }, () => 10 * gauss());
  const hidden = new Float64Array(causes + columns);
  const fresh = Math.sqrt(1 - memory * memory);
  return {
    next(view: View) {
      for (let k = 0; k < hidden.length; k++) hidden[k] = memory * hidden[k]! + fresh * gauss();
      for (let j = 0; j < columns; j++) {
        const at = Math.max(0, view.mode) * columns + j;
        let sum = bases[at]!;
        for (let k = 0; k < causes; k++) sum += loads[at * causes + k]! * hidden[k]!;
        view.value[j] = sum + noise * hidden[causes + j]!;
      }
    },
  };
}

export interface Told {
  readonly raised: number;
  readonly views: number;
  /** Seconds to the first finding since the change, -1 for none; and which column was blamed most, how often. */
  readonly delayS: number;
  readonly blamed: ReadonlyMap<number, number>;
}

export interface Bench<S> {
  readonly state: S;
  readonly view: View;
  readonly verdict: Verdict;
  /** Feeds `views` more; `change` after the world has filled a view. */
  run(views: number, change?: (view: View, t: number) => void): Told;
}

export function benchOf<S, O>(
  detector: Detector<S, O>,
  world: World,
  { seed = 1, options = detector.usual, state = undefined as S | undefined } = {},
): Bench<S> {
  const { columns, modes, periodS } = world;
  const source = worldOf(world, seed);
  const judge = state ?? detector.create({ columns, modes, periodS }, options);
  const view = newView(columns);
  const verdict = newVerdict(columns);
  let t = 0;
  const run = (views: number, change?: (view: View, t: number) => void): Told => {
    let [raised, judged, delayS, level] = [0, 0, -1, 0];
    const blamed = new Map<number, number>();
    for (let i = 0; i < views; i++, t++) {
      view.timeMs = t * periodS * 1000;
      view.dtS = t === 0 ? 0 : periodS;
      source.next(view);
      change?.(view, i);
      detector.observe(judge, view, verdict);
      if (verdict.readiness[0] === 1) judged++;
      const now = verdict.levels[0]!;
      if (now > 0) {
        if (level === 0) raised++;
        if (delayS < 0) delayS = i * periodS;
        const most = verdict.scores.indexOf(Math.max(...verdict.scores));
        blamed.set(most, (blamed.get(most) ?? 0) + 1);
      }
      level = now;
    }
    return { raised, views: judged, delayS, blamed };
  };
  return { state: judge, view, verdict, run };
}

/** The column that was blamed most often. */
export function mostBlamed({ blamed }: Told): number {
  return [...blamed].sort((a, b) => b[1] - a[1])[0]?.[0] ?? -1;
}
