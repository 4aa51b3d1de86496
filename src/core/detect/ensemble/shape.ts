// Whether something like this has been there before: short courses of values, kept as examples, and how far a new one is
// from the nearest of them. Bounded: an example that says little new is not kept, and the oldest makes room.

export interface Shapes {
  readonly size: number;
  readonly capacity: number;
  /** Example after example. */
  readonly examples: Float64Array;
  /** When each was there, by the count of looks; none is a neighbour of itself. */
  readonly bornAt: Float64Array;
  /** Younger ones are no neighbours. */
  readonly apart: number;
  count: number;
  next: number;
  looks: number;
  /** What is nearer than this to an example needs none of its own. */
  radius: number;
}

export function newShapes(size: number, capacity: number, apart: number): Shapes {
  return {
    ...{ size, capacity, apart, count: 0, next: 0, looks: 0, radius: 1 },
    examples: new Float64Array(size * capacity),
    bornAt: new Float64Array(capacity),
  };
}

/** Distance to the nearest example; NaN as long as there are too few. */
export function lookForShape(shapes: Shapes, shape: Float64Array): number {
  const { size, count, examples, bornAt, apart } = shapes;
  const old = shapes.looks - apart;
  let best = Number.POSITIVE_INFINITY;
  let known = 0;
  for (let k = 0, at = 0; k < count; k++, at += size) {
    if (bornAt[k]! > old) continue;
    known++;
    let sum = 0;
    for (let i = 0; i < size && sum < best; i++) {
      const away = shape[i]! - examples[at + i]!;
      sum += away * away;
    }
    if (sum < best) best = sum;
  }
  return known < 12 ? Number.NaN : Math.sqrt(best);
}

const step = 0.04;
const rateMin = 0.03;

/** `distance`: what `lookForShape` said of it. `learn`: false for what may not be normal. */
export function keepShape(shapes: Shapes, shape: Float64Array, distance: number, learn: boolean): void {
  const { size, capacity } = shapes;
  shapes.looks++;
  if (!learn && shapes.looks % 6 !== 0) return;
  const isNew = Number.isNaN(distance) || distance > shapes.radius;
  const wanted = Math.max(rateMin, Math.min(1, (0.6 * capacity) / (shapes.looks + 1)));
  shapes.radius *= Math.exp(step * ((isNew ? 1 : 0) - wanted));
  if (!isNew) return;
  shapes.examples.set(shape, shapes.next * size);
  shapes.bornAt[shapes.next] = shapes.looks;
  shapes.next = (shapes.next + 1) % capacity;
  if (shapes.count < capacity) shapes.count++;
}
