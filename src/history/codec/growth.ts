// What a row of whole numbers has in common: how much each is larger than the one before, and what divides them all.
// Must not be led astray by gaps.

const stretches = 16;
const slopes = new Float64Array(stretches);
const inOrder = new Float64Array(stretches);

/** The usual step between neighbours, gaps and backward ones left out; 0 where there is none. */
export function slopeOf(whole: Float64Array | Int32Array, count: number): number {
  const steps = count - 1;
  const parts = Math.min(stretches, steps);
  if (parts < 1) return 0;
  const edge = (k: number) => Math.floor((steps * k) / parts);
  for (let k = 0; k < parts; k++) {
    const [from, to] = [edge(k), edge(k + 1)];
    slopes[k] = (whole[to]! - whole[from]!) / (to - from);
  }
  inOrder.set(slopes);
  const middle = inOrder.subarray(0, parts).sort()[parts >> 1]!;
  if (!(middle > 0)) return 0;
  // Neighbouring stretches share an edge, so that what is off at it cancels out.
  let [way, taken] = [0, 0];
  for (let k = 0; k < parts; k++) {
    if (slopes[k]! < middle * 0.9 || slopes[k]! > middle * 1.1) continue;
    const length = edge(k + 1) - edge(k);
    way += slopes[k]! * length;
    taken += length;
  }
  return taken === 0 ? middle : way / taken;
}

/** The greatest that divides all; 1 where nothing larger does. */
export function divisorOf(whole: Int32Array, count: number): number {
  let divisor = 0;
  for (let i = 0; i < count && divisor !== 1; i++) {
    let rest = Math.abs(whole[i]!);
    while (rest !== 0) [divisor, rest] = [rest, divisor % rest];
  }
  return Math.max(1, divisor);
}
