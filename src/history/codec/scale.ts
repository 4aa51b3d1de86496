// Finds the whole numbers behind values that a sensor gives with so many decimals: 21.3 is 213 tenths. Must only say so
// where the way back gives the same bits.

/** How a value comes from its whole number: 21.3 is 213 / 10, or 213 * 0.1, or the single precision of 213 / 10. */
export interface Scale {
  readonly kind: 'divided' | 'multiplied' | 'single';
  readonly decimals: number;
}

export const scaleKinds = ['divided', 'multiplied', 'single'] as const;
export const decimalsMax = 15;
const powers = Float64Array.from({ length: decimalsMax + 1 }, (_, k) => Number(`1e${k}`));
const shares = Float64Array.from({ length: decimalsMax + 1 }, (_, k) => Number(`1e-${k}`));
/** Added and taken away again, it leaves the nearest whole number. */
const rounder = 2 ** 52 + 2 ** 51;
const wholeMax = 2 ** 51;
const probes = 16;

/** A scale that fits most of some of the values; undefined when none does. */
export function findScale(values: Float64Array, count: number): Scale | undefined {
  const asked = Math.min(probes, count);
  const stride = Math.max(1, Math.floor(count / probes));
  for (const kind of scaleKinds) {
    let [most, second, missed] = [0, 0, 0];
    for (let i = (stride - 1) >> 1; i < count && missed * 4 <= asked; i += stride) {
      const decimals = decimalsOf(values[i]!, kind);
      if (decimals < 0) missed++;
      else if (decimals > most) [most, second] = [decimals, most];
      else if (decimals > second) second = decimals;
    }
    // One of all may have more: it is not worth the room in the others.
    if (missed * 4 <= asked) return { kind, decimals: asked < probes ? most : second };
  }
  return undefined;
}

/** A scale with more decimals, where that takes less room than telling so many values one by one. */
export function moreDecimals(
  values: Float64Array,
  count: number,
  scale: Scale,
  { misses, missed }: Scaled,
): Scale | undefined {
  let decimals = scale.decimals;
  for (let k = 0; k < missed; k++) decimals = Math.max(decimals, decimalsOf(values[misses[k]!]!, scale.kind));
  const bytes = ((decimals - scale.decimals) * 3.33 * count) / 8;
  return decimals > scale.decimals && bytes < missed * 9 ? { kind: scale.kind, decimals } : undefined;
}

/** The least number that will do for the value; -1 when none does. */
function decimalsOf(value: number, kind: Scale['kind']): number {
  const max = kind === 'single' ? 9 : decimalsMax;
  for (let decimals = 0; decimals <= max; decimals++) {
    const whole = Math.round(value * powers[decimals]!);
    if (!(Math.abs(whole) <= wholeMax)) return -1;
    if (unscaled(whole, kind, decimals) === value) return decimals;
  }
  return -1;
}

function unscaled(whole: number, kind: Scale['kind'], decimals: number): number {
  if (kind === 'divided') return whole / powers[decimals]!;
  if (kind === 'multiplied') return whole * shares[decimals]!;
  return Math.fround(whole / powers[decimals]!);
}

/** What `scaleAll` found; reused by the next call. */
export interface Scaled {
  /** The first of the whole numbers, and where they are not near, all; of a value that has none, the one before. */
  whole: Float64Array;
  /** The same as differences to the first, where 32 bits are enough for them. */
  near: Int32Array;
  isNear: boolean;
  /** Indices of the values that have none. */
  misses: Int32Array;
  missed: number;
}

export function newScaled(count: number): Scaled {
  return {
    whole: new Float64Array(count),
    near: new Int32Array(count),
    isNear: true,
    misses: new Int32Array(count),
    missed: 0,
  };
}

/** The whole numbers of all values. False when a quarter of them has none. */
export function scaleAll(values: Float64Array, count: number, scale: Scale, into: Scaled): boolean {
  const power = powers[scale.decimals]!;
  const share = shares[scale.decimals]!;
  const high = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const kind = scale.decimals === 0 && scale.kind !== 'single' ? -1 : scaleKinds.indexOf(scale.kind);
  const most = count >>> 2;
  const { whole, near, misses } = into;
  const first = firstWhole(values, count, scale);
  into.missed = 0;
  into.isNear = true;
  if (kind <= 0 && scaleNear(values, high, count, power, first, near)) {
    whole[0] = first;
    return true;
  }
  let before = first;
  let beforeNear = 0;
  let isNear = true;
  let missed = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    const found = value * power + rounder - rounder;
    const back =
      kind < 0 ? found : kind === 0 ? found / power : kind === 1 ? found * share : Math.fround(found / power);
    // Of the two zeros only the positive one is a number of tenths.
    if (back === value && Math.abs(found) <= wholeMax && (found !== 0 || high[2 * i + 1] === 0)) {
      before = found;
      beforeNear = (found - first) | 0;
      if (beforeNear !== found - first) isNear = false;
    } else {
      if (missed >= most) return false;
      misses[missed++] = i;
    }
    whole[i] = before;
    near[i] = beforeNear;
  }
  into.isNear = isNear;
  into.missed = missed;
  return true;
}

/** The usual case, done fast: all have one, and it is near. False as soon as one has not. */
function scaleNear(
  values: Float64Array,
  high: Int32Array,
  count: number,
  power: number,
  first: number,
  near: Int32Array,
): boolean {
  let i = 0;
  if (power === 1) {
    for (; i < count; i++) {
      const value = values[i]!;
      const offset = (value - first) | 0;
      if (first + offset !== value || (value === 0 && high[2 * i + 1] !== 0)) return false;
      near[i] = offset;
    }
    return true;
  }
  for (; i < count; i++) {
    const value = values[i]!;
    const offset = (value * power + rounder - rounder - first) | 0;
    if ((first + offset) / power !== value || (value === 0 && high[2 * i + 1] !== 0)) return false;
    near[i] = offset;
  }
  return true;
}

/** Of the first value that has one: those before it get it too. */
function firstWhole(values: Float64Array, count: number, scale: Scale): number {
  for (let i = 0; i < count; i++) {
    const whole = values[i]! * powers[scale.decimals]! + rounder - rounder;
    if (Math.abs(whole) <= wholeMax && unscaled(whole, scale.kind, scale.decimals) === values[i]) {
      return whole === 0 ? 0 : whole;
    }
  }
  return 0;
}

export function unscaleAll(whole: Float64Array, count: number, scale: Scale, values: Float64Array): void {
  const power = powers[scale.decimals]!;
  const share = shares[scale.decimals]!;
  if (scale.kind === 'divided') for (let i = 0; i < count; i++) values[i] = whole[i]! / power;
  else if (scale.kind === 'multiplied') for (let i = 0; i < count; i++) values[i] = whole[i]! * share;
  else for (let i = 0; i < count; i++) values[i] = Math.fround(whole[i]! / power);
}
