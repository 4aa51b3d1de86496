// Numbers for people: as many digits as an interval bears out, and no more.

/** `95.12 ± 0.31`, or `95.1 (94.2 to 97.0)` where it is lopsided; the bare value where there is no interval. */
export function withInterval(value: number, low: number, high: number): string {
  const half = (high - low) / 2;
  if (!Number.isFinite(half) || !(half > 0)) return plain(value, 5);
  const lopsided = Math.abs(high - value - (value - low)) > 0.1 * (high - low);
  // An interval wider than the value itself leaves it no digit to be cut to; nor is a row of zeros read by anyone.
  const wild = half > Math.abs(value) || Math.abs(value) < 1e-4 || Math.abs(value) >= 1e7;
  if (wild && lopsided) return `${plain(value, 3)} (${plain(low, 3)} to ${plain(high, 3)})`;
  if (wild) return `${plain(value, half > Math.abs(value) ? 2 : 4)} ± ${plain(half, 2)}`;
  const places = placesFor(half);
  if (lopsided) return `${value.toFixed(places)} (${low.toFixed(places)} to ${high.toFixed(places)})`;
  return `${value.toFixed(places)} ± ${half.toFixed(places)}`;
}

/** Two digits of the interval. */
function placesFor(half: number): number {
  return Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(half))));
}

export function plain(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '-';
  return String(Number(value.toPrecision(digits)));
}

export function percent(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(share < 0.1 ? 2 : 1)} %` : '-';
}

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  if (seconds < 120) return `${plain(seconds, 4)} s`;
  if (seconds < 7200) return `${plain(seconds / 60, 3)} min`;
  return seconds < 172_800 ? `${plain(seconds / 3600, 3)} h` : `${plain(seconds / 86_400, 3)} days`;
}
