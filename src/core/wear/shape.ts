// How the rate of a component depends on its own wear (run-in, steady, end), found by asking the model: its equations
// are stepped from many wears under the inputs of the moment. Never moves the twin it asks.
//
// With h(w) the rate at wear w over that of an average life, the life used is G(w) = ∫ dw / h(w), scaled so that
// G(limit) = limit. In G a load wears evenly, so rates seen in one zone hold for the others.
import type { Model } from '../model.ts';

export const cells = 64;
const probeS = 0.1;
/** Under twice the load the shape may be another. */
const askAgainFactor = 2;

/** Of all components of a model: `cells` relative rates each, over 0 to the limit. */
export interface Shapes {
  readonly limit: Float64Array;
  readonly rate: Float64Array;
  /** The rate from which on the model is asked again: a spindle that idles says little of how a cut wears. */
  readonly askFrom: Float64Array;
  /** Room for asking. */
  readonly state: Float64Array;
  readonly output: Float64Array;
  readonly asked: Float64Array;
}

export function newShapes(model: Model): Shapes {
  const wear = model.wear ?? [];
  return {
    limit: Float64Array.from(wear, (spec) => spec.limit),
    rate: new Float64Array(wear.length * cells).fill(1),
    askFrom: new Float64Array(wear.length),
    state: new Float64Array(model.states.length),
    output: new Float64Array(model.outputs.length),
    asked: new Float64Array(cells),
  };
}

export interface Asked {
  readonly model: Model;
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  readonly input: Float64Array;
}

/** Once an hour, so that about as often the model is asked again. */
export function ageShapes({ askFrom }: Shapes): void {
  for (let c = 0; c < askFrom.length; c++) askFrom[c] = askFrom[c]! / askAgainFactor;
}

/** At a rate that is worth asking at. */
export function keepShape(
  shapes: Shapes,
  c: number,
  ratePerS: number,
  wearState: number,
  asked: Asked,
): void {
  if (ratePerS < shapes.askFrom[c]!) return;
  shapes.askFrom[c] = askAgainFactor * ratePerS;
  askShape(shapes, c, wearState, asked);
}

/** One that does not wear everywhere under these inputs keeps the shape it has. */
function askShape(shapes: Shapes, c: number, wearState: number, asked: Asked): void {
  const { rate, limit, state, output } = shapes;
  const from = c * cells;
  const { asked: found } = shapes;
  let inverse = 0;
  for (let i = 0; i < cells; i++) {
    const wear = ((i + 0.5) / cells) * limit[c]!;
    state.set(asked.state);
    state[wearState] = wear;
    asked.model.step(asked.parameters, state, asked.input, probeS, output);
    found[i] = state[wearState]! - wear;
    if (!(found[i]! > 0)) return;
    inverse += 1 / found[i]!;
  }
  for (let i = 0; i < cells; i++) rate[from + i] = (found[i]! * inverse) / cells;
}

/** h(w) */
export function relativeRate({ rate, limit }: Shapes, c: number, wear: number): number {
  const cell = Math.floor((wear / limit[c]!) * cells);
  return rate[c * cells + Math.min(cells - 1, Math.max(0, cell))]!;
}

/** G(w) */
export function lifeUsed({ rate, limit }: Shapes, c: number, wear: number): number {
  const width = limit[c]! / cells;
  let used = 0;
  for (let i = 0; i < cells; i++) {
    const end = i === cells - 1 ? wear : Math.min(wear, (i + 1) * width);
    used += (end - i * width) / rate[c * cells + i]!;
    if (end >= wear) break;
  }
  return used;
}

/** The wear at which so much of the life is used. */
export function wearAt({ rate, limit }: Shapes, c: number, used: number): number {
  const width = limit[c]! / cells;
  let left = used;
  for (let i = 0; i < cells - 1; i++) {
    const cost = width / rate[c * cells + i]!;
    if (left <= cost) return i * width + left * rate[c * cells + i]!;
    left -= cost;
  }
  return (cells - 1) * width + left * rate[c * cells + cells - 1]!;
}
