// Sizes for people.
const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** In steps of a thousand, with three digits. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}
