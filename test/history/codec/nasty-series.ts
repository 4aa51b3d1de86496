// Series that no sensor would send, and some that one would: every bit pattern, any order of time, any quality.
import fc from 'fast-check';
import type { Series } from '../../../src/core/sample.ts';

const words = new Uint32Array(2);
const asDouble = new Float64Array(words.buffer);

/** Any of the 2^64 bit patterns, NaNs with something in them and all. */
const anyBits = fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)).map(([low, high]) => {
  words.set([low, high]);
  return asDouble[0]!;
});
const special = fc.constantFrom(
  ...[0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, -5e-324],
  ...[Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 53, -(2 ** 53), 2 ** 53 + 2, 2 ** 51, 2 ** 31, -(2 ** 31)],
  ...[0.1 + 0.2, 1 / 3, 1e21, 1e22, 1e23, 1e-7, 0.1, 2 ** 52 + 0.5],
);
const decimal = (decimals: number) => fc.integer({ min: -5000, max: 5000 }).map((k) => k / 10 ** decimals);

/** A rule by which the values of a series come, and how much of it is something else. */
const values: fc.Arbitrary<fc.Arbitrary<number>> = fc.oneof(
  fc.nat(9).map(decimal),
  fc.nat(6).map((decimals) => decimal(decimals).map((value) => Math.fround(value))),
  fc.nat(4).map((decimals) => fc.integer({ min: -99, max: 99 }).map((k) => k * Number(`1e-${decimals}`))),
  fc.constant(fc.maxSafeInteger()),
  fc.constant(fc.integer()),
  fc.constant(fc.double()),
  fc.constant(anyBits),
  fc.constant(fc.float()),
  fc.constant(fc.constantFrom(1 / 3, 2 / 3, 5 / 7, -0, Number.NaN)),
  anyBits.map((value) => fc.constant(value)),
);
const mixed = values.chain((usual) =>
  fc
    .constantFrom(0, 0, 1, 20)
    .map((odd) =>
      fc.oneof({ weight: 40, arbitrary: usual }, { weight: odd, arbitrary: fc.oneof(special, anyBits) }),
    ),
);

const quality = fc.oneof(
  fc.constant(fc.constant(0)),
  fc.constant(fc.constant(0x40000000)),
  fc.constant(fc.constantFrom(0, 0, 0, 0x80310000, 0x40940000)),
  fc.constant(fc.nat(0xffffffff)),
);

const startMs = 1_763_700_000_000;
/** Of index and chance: regular, with jitter, with gaps, backwards, in whole µs, nothing of the kind. */
const times: fc.Arbitrary<(i: number, chance: number, wild: number) => number> = fc.oneof(
  fc.nat(10_000).map((period) => (i: number) => startMs + i * period),
  fc.nat(50).map((jitter) => (i: number, chance: number) => startMs + i * 100 + (chance % (jitter + 1))),
  fc.constant((i: number, chance: number) => startMs + i * 100 + (i > 20 ? 1e11 : 0) + (chance % 3)),
  fc.constant((i: number, chance: number) => startMs - i * 77 - (chance % 1000)),
  fc.constant((i: number, chance: number) => startMs + (chance % 100_000_000) * (i % 3)),
  fc.constant((i: number, chance: number) => (startMs * 1000 + i * 100_123 + (chance % 977)) / 1000),
  fc.constant((_i: number, _chance: number, wild: number) => wild),
);
type Stamps = (timeMs: number, chance: number, wild: number) => number;
const receives: fc.Arbitrary<Stamps> = fc.constantFrom<Stamps[]>(
  (timeMs) => Math.ceil(timeMs),
  (timeMs, chance) => Math.ceil(timeMs) + (chance % 12),
  (timeMs, chance) => Math.ceil(timeMs / 1000) * 1000 - (chance % 2),
  (timeMs, chance) => (chance % 9 === 0 ? -0 : timeMs - 0.25),
  (_timeMs, _chance, wild) => wild,
);
const raws: fc.Arbitrary<Stamps> = fc.constantFrom<Stamps[]>(
  () => Number.NaN,
  (timeMs) => timeMs,
  (timeMs, chance) => timeMs + 1234.5 + (chance % 4) / 1000,
  (timeMs, chance) => (chance % 5 === 0 ? Number.NaN : timeMs - 3_600_000),
  (_timeMs, _chance, wild) => wild,
);
const exacts = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })) },
  { weight: 1, arbitrary: fc.constant(fc.bigInt({ min: 2n ** 53n, max: 2n ** 53n + 5000n })) },
  { weight: 1, arbitrary: fc.constant(fc.bigInt({ min: -1000n, max: 1000n })) },
);

/** How the value goes with the exact one: as it should for int64 and uint64, or as it likes. */
const goesWith = fc.constantFrom('signed', 'unsigned', 'none');

export function nastySeries(samplesMax: number): fc.Arbitrary<Series> {
  return fc
    .tuple(fc.nat(samplesMax), mixed, quality, times, receives, raws, exacts, goesWith, fc.boolean())
    .chain(([length, value, code, time, receive, raw, exact, kind, bad]) =>
      fc
        .array(fc.tuple(value, code, fc.nat(0x7fffffff), anyBits, exact ?? fc.constant(0n)), {
          minLength: length,
          maxLength: length,
        })
        .map((rows) => {
          const series = emptySeries(length, exact === undefined ? 0 : length);
          rows.forEach(([drawn, quality, chance, wild, whole], i) => {
            series.quality[i] = quality;
            if (exact !== undefined) series.exact[i] = whole;
            const near = kind === 'signed' ? Number(whole) : Number(BigInt.asUintN(64, whole));
            const natural = exact === undefined || kind === 'none' ? drawn : near;
            series.value[i] = bad && quality >>> 31 === 1 ? Number.NaN : natural;
            const timeMs = time(i, chance, wild);
            series.timeMs[i] = timeMs;
            series.receiveMs[i] = receive(timeMs, chance >>> 7, wild);
            series.rawMs[i] = raw(timeMs, chance >>> 11, wild);
          });
          return series;
        }),
    );
}

export function emptySeries(length: number, exact = 0): Series {
  return {
    length,
    value: new Float64Array(length),
    quality: new Uint32Array(length),
    timeMs: new Float64Array(length),
    receiveMs: new Float64Array(length),
    rawMs: new Float64Array(length).fill(Number.NaN),
    exact: new BigInt64Array(exact),
  };
}

const doubles = ['value', 'timeMs', 'receiveMs', 'rawMs'] as const;

/** The first difference of any bit, in words; undefined without one. */
export function firstDifference(a: Series, b: Series): string | undefined {
  if (a.length !== b.length) return `${a.length} samples against ${b.length}`;
  const bits = (column: Float64Array) => new BigUint64Array(column.buffer, column.byteOffset, a.length);
  for (const name of doubles) {
    const [left, right] = [bits(a[name]), bits(b[name])];
    const i = left.findIndex((one, k) => one !== right[k]);
    if (i >= 0) return `${name}[${i}]: ${a[name][i]} against ${b[name][i]}`;
  }
  for (let i = 0; i < a.length; i++) {
    if (a.quality[i] !== b.quality[i]) return `quality[${i}]`;
    if (a.exact.length > 0 && a.exact[i] !== b.exact[i])
      return `exact[${i}]: ${a.exact[i]} against ${b.exact[i]}`;
  }
  return undefined;
}
