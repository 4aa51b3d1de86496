// How a decaying mode answers what drives it for one step: exact for an input that is a straight line.
// With x = λ·dt:  z' = e·z + dt·φ₁·mean + dt·(φ₂ − φ₁/2)·rise, where the input runs from mean − rise/2 to mean + rise/2.

/** [e, weight of the mean, weight of the rise]; written into `out` at `at`. */
export function answerToLine(rate: number, dtS: number, out: Float64Array, at: number): void {
  const x = rate * dtS;
  if (x < 1e-3) {
    // Series, where the closed forms lose their digits.
    const first = 1 - x / 2 + (x * x) / 6 - (x * x * x) / 24;
    out[at] = 1 - x * first;
    out[at + 1] = dtS * first;
    out[at + 2] = dtS * (x / 12 - (x * x) / 24);
    // φ₂ − φ₁/2 = (1/2 − x/6 + x²/24) − (1/2 − x/4 + x²/12) = x/12 − x²/24.
    return;
  }
  const e = Math.exp(-x);
  const first = (1 - e) / x;
  out[at] = e;
  out[at + 1] = dtS * first;
  out[at + 2] = dtS * ((1 - first) / x - first / 2);
}
