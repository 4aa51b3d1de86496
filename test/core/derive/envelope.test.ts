// Bearing faults in raw samples: trains of impacts that slip and ring in noise, tones that turn with a shaft, and what
// cannot be told at a rate of samples. Synthetic here; the plant's own IMU is in envelope-plant.test.ts.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bearingOrders, geometryFault, reachOf } from '../../../src/core/derive/bearing.ts';
import { demodulate, newDemodulation } from '../../../src/core/derive/demodulate.ts';
import {
  type EnvelopePolicy,
  newEnvelope,
  pushEnvelope,
  pushSpeed,
  readEnvelope,
} from '../../../src/core/derive/envelope.ts';
import { newSignalColumns } from '../../../src/core/frame.ts';
import { isBad, Quality } from '../../../src/core/quality.ts';
import { readValue } from '../../../src/core/snapshot-read.ts';
import { writeValue } from '../../../src/core/snapshot-write.ts';
import { seeded } from '../../virtual-time.ts';

/** SKF 6205-2RS: its orders are in many papers. */
const deepGroove = { balls: 9, ballMm: 7.94, pitchMm: 39.04, angleDeg: 0 };
const orders = bearingOrders(deepGroove);
const rateHz = 20_000;

describe('the geometry of a bearing', () => {
  it('gives the orders its maker tells', () => {
    expect(orders.outer).toBeCloseTo(3.585, 2);
    expect(orders.inner).toBeCloseTo(5.415, 2);
    expect(orders.ball).toBeCloseTo(4.714, 2);
    expect(orders.cage).toBeCloseTo(0.398, 2);
  });

  it('is such that both rings together are met by every ball once a turn, and the cage lags', () => {
    const geometry = fc.record({
      balls: fc.integer({ min: 3, max: 40 }),
      ballMm: fc.double({ min: 1, max: 20, noNaN: true }),
      pitchMm: fc.double({ min: 30, max: 400, noNaN: true }),
      angleDeg: fc.double({ min: 0, max: 45, noNaN: true }),
    });
    fc.assert(
      fc.property(geometry, (bearing) => {
        const { outer, inner, cage } = bearingOrders(bearing);
        expect(outer + inner).toBeCloseTo(bearing.balls, 9);
        expect(outer).toBeCloseTo(bearing.balls * cage, 9);
        expect(inner).toBeGreaterThan(outer);
      }),
    );
  });

  it('is refused in words when it cannot be', () => {
    expect(geometryFault(deepGroove)).toBe('');
    expect(geometryFault({ ...deepGroove, ballMm: 40 })).toContain('do not fit');
    expect(geometryFault({ ...deepGroove, balls: 20 })).toContain('the circle of 39.04 mm has 123');
  });

  it('says between which speeds samples can show it', () => {
    const { fromHz, toHz } = reachOf({ order: orders.inner, rateHz: 500, windowMs: 2000 });
    expect(toHz * orders.inner).toBeCloseTo(225, 6);
    expect(fromHz * orders.inner).toBeCloseTo(1.25, 6);
  });
});

describe('the envelope of a band', () => {
  it('is the swing of what rings in it, whatever rings beside', () => {
    const demodulation = newDemodulation(16_384);
    const input = Float64Array.from({ length: 16_384 }, (_, i) => {
      const s = i / rateHz;
      const swing = 1 + 0.5 * Math.sin(2 * Math.PI * 80 * s);
      return 9.81 + 3 * Math.sin(2 * Math.PI * 50 * s) + swing * Math.sin(2 * Math.PI * 3200 * s);
    });
    demodulate(demodulation, input, 16_000, rateHz, 2500, 4000);
    const { envelope, length } = demodulation;
    const everyHz = demodulation.rateHz;
    expect(length / everyHz).toBeCloseTo(0.8, 2);
    for (let i = Math.floor(length * 0.1); i < length * 0.9; i++) {
      expect(Math.abs(envelope[i]! - 1 - 0.5 * Math.sin((2 * Math.PI * 80 * i) / everyHz))).toBeLessThan(
        0.03,
      );
    }
  });
});

interface Train {
  readonly order: number;
  readonly strength: number;
  readonly turnsHz: (s: number) => number;
  readonly noise?: number;
  readonly seed?: number;
}

/** Impacts with a percent of slip from one to the next, each of which rings out at 3.2 kHz; and noise. */
function trainOf({ order, strength, turnsHz, noise = 1, seed = 1 }: Train): Float64Array {
  const random = seeded(seed);
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const samples = Float64Array.from({ length: 2.2 * rateHz }, () => noise * gauss());
  let turned = 0;
  let next = 0.3;
  for (let i = 0; i < samples.length; i++) {
    turned += turnsHz(i / rateHz) / rateHz;
    if (turned * order < next) continue;
    next += 1 + 0.01 * gauss();
    for (let k = 0; k < 120 && i + k < samples.length; k++) {
      const s = k / rateHz;
      const ring = strength * Math.exp(-900 * s) * Math.sin(2 * Math.PI * 3200 * s);
      samples[i + k] = samples[i + k]! + ring;
    }
  }
  return samples;
}

const policyOf = (order: number): EnvelopePolicy => ({
  ...{ windowMs: 2000, rateHz, order, harmonics: 3, slip: 0.02 },
  band: { fromHz: 2400, toHz: 4000 },
});

const out = newSignalColumns(1);

function read(policy: EnvelopePolicy, samples: Float64Array, turnsHz: (s: number) => number) {
  const envelope = newEnvelope(policy);
  const endMs = Math.floor((1000 * samples.length) / policy.rateHz);
  for (let t = 0; t <= endMs; t += 100) pushSpeed(envelope, t, turnsHz(t / 1000), Quality.good);
  for (const [i, value] of samples.entries())
    pushEnvelope(envelope, (1000 * i) / policy.rateHz, value, Quality.good);
  readEnvelope(envelope, endMs, out, 0);
  return { value: out.value[0]!, quality: out.quality[0]!, envelope, endMs };
}

describe('a pit in the outer ring', () => {
  const steady = () => 29.5;
  // Nothing of it can be seen with the eye: the impacts are as high as the noise is wide.
  const pitted = (strength: number, turnsHz: (s: number) => number = steady) =>
    trainOf({ order: orders.outer, strength, turnsHz, noise: 1 });

  it('stands out in the envelope at its order, and at no other', () => {
    const sound = read(policyOf(orders.outer), pitted(0), steady).value;
    const bad = read(policyOf(orders.outer), pitted(2.5), steady).value;
    expect(bad / sound).toBeGreaterThan(3);
    for (const order of [orders.inner, orders.ball]) {
      const other = read(policyOf(order), pitted(2.5), steady).value;
      expect(other / read(policyOf(order), pitted(0), steady).value).toBeLessThan(1.6);
    }
  });

  it('is heard to the same bit by who goes on from a snapshot', () => {
    const policy = policyOf(orders.outer);
    const { envelope, endMs } = read(policy, pitted(2.5), steady);
    const copy = newEnvelope(policy);
    readValue(writeValue(envelope), copy);
    const other = newSignalColumns(1);
    for (let i = 1; i <= 10_000; i++) {
      for (const one of [envelope, copy]) pushEnvelope(one, endMs + i / 20, Math.sin(i), Quality.good);
    }
    readEnvelope(envelope, endMs + 500, out, 0);
    readEnvelope(copy, endMs + 500, other, 0);
    expect(other).toEqual(out);
    expect(Buffer.from(writeValue(copy)).equals(Buffer.from(writeValue(envelope)))).toBe(true);
  });

  it('is found while the speed moves, for it is followed', () => {
    const ramp = (s: number) => 20 + 5 * s;
    const sound = read(policyOf(orders.outer), pitted(0, ramp), ramp).value;
    const bad = read(policyOf(orders.outer), pitted(2.5, ramp), ramp).value;
    expect(bad / sound).toBeGreaterThan(2.5);
    // Control: at the mean speed, as if it had not moved, the lines are smeared.
    const blind = read(policyOf(orders.outer), pitted(2.5, ramp), () => 25.5).value;
    expect(bad / blind).toBeGreaterThan(1.5);
  });
});

describe('a tone that turns with the shaft', () => {
  const tone: EnvelopePolicy = { windowMs: 2000, rateHz: 500, order: 4.3, harmonics: 1, slip: 0.005 };
  const samplesOf = (turnsHz: (s: number) => number, amplitude: number) => {
    let turned = 0;
    return Float64Array.from({ length: 1100 }, (_, i) => {
      turned += turnsHz(i / 500) / 500;
      return 9.81 + amplitude * Math.sin(2 * Math.PI * 4.3 * turned) + 0.5 * Math.sin(2 * Math.PI * turned);
    });
  };

  it.each([5, 20, 33.3, 45])('reads A/√2 at %d turns a second', (turnsHz) => {
    const { value, quality } = read(
      tone,
      samplesOf(() => turnsHz, 0.4),
      () => turnsHz,
    );
    // A line between neighbours flattens what is near half the rate.
    expect(value).toBeGreaterThan((0.4 / Math.SQRT2) * 0.65);
    expect(value).toBeLessThan((0.4 / Math.SQRT2) * 1.03);
    expect(quality).toBe(Quality.good);
  });

  it('is nothing of a shaft that stands, and Bad where half the rate is passed', () => {
    expect(read(tone, new Float64Array(1100), () => 0)).toMatchObject({ value: 0, quality: Quality.good });
    const fast = read(
      tone,
      samplesOf(() => 60, 0.4),
      () => 60,
    );
    expect([fast.value, fast.quality]).toEqual([Number.NaN, Quality.badOutOfRange]);
  });

  it('is Bad when nobody tells the speed, or nothing comes any more', () => {
    const silent = read(
      tone,
      samplesOf(() => 20, 0.4),
      () => Number.NaN,
    );
    expect(isBad(silent.quality)).toBe(true);
    const { envelope, endMs } = read(
      tone,
      samplesOf(() => 20, 0.4),
      () => 20,
    );
    readEnvelope(envelope, endMs + 3000, out, 0);
    expect(out.quality[0]).toBe(Quality.badNoCommunication);
    const fading = read(
      tone,
      samplesOf(() => 20, 0.4),
      (s) => (s < 1.5 ? 20 : Number.NaN),
    );
    expect([fading.quality, fading.value > 0.2]).toEqual([Quality.uncertainSubNormal, true]);
  });
});
