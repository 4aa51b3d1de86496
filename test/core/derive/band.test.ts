import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newBand, pushBand, readBand } from '../../../src/core/derive/band.ts';
import { newFft, powerSpectrum } from '../../../src/core/derive/fft.ts';
import { newSignalColumns, origins } from '../../../src/core/frame.ts';
import { Quality } from '../../../src/core/quality.ts';
import { seeded } from '../../virtual-time.ts';

describe('the Fourier transform', () => {
  it('is what the sum of its definition says', () => {
    const input = fc.integer({ min: 2, max: 7 }).chain((bits) =>
      fc.array(fc.double({ min: -100, max: 100, noNaN: true }), {
        minLength: 2 ** bits,
        maxLength: 2 ** bits,
      }),
    );
    fc.assert(
      fc.property(input, (values) => {
        const n = values.length;
        const power = new Float64Array(n / 2 + 1);
        powerSpectrum(newFft(n), Float64Array.from(values), power);
        const scale = values.reduce((sum, v) => sum + v * v, 0) * n + 1e-9;
        for (let k = 0; k <= n / 2; k++) {
          let [re, im] = [0, 0];
          for (let i = 0; i < n; i++) {
            re += values[i]! * Math.cos((2 * Math.PI * k * i) / n);
            im -= values[i]! * Math.sin((2 * Math.PI * k * i) / n);
          }
          expect(Math.abs(power[k]! - (re * re + im * im))).toBeLessThan(1e-10 * scale);
        }
      }),
    );
  });

  it('keeps the energy (Parseval)', () => {
    const random = seeded(3);
    const values = Float64Array.from({ length: 4096 }, () => random() - 0.5);
    const power = new Float64Array(2049);
    powerSpectrum(newFft(4096), values, power);
    const inTime = values.reduce((sum, v) => sum + v * v, 0);
    const inFrequency = power.reduce((sum, p, k) => sum + (k === 0 || k === 2048 ? p : 2 * p), 0) / 4096;
    expect(inFrequency).toBeCloseTo(inTime, 9);
  });
});

const policy = { fromHz: 80, toHz: 160, windowMs: 1000, rateHz: 1000 };
const out = newSignalColumns(1);

interface Stream {
  readonly signal: (s: number) => number;
  readonly rateHz?: number;
  readonly seconds?: number;
  readonly loss?: number;
  readonly quality?: number;
  readonly stampMs?: (s: number) => number;
}

function bandOf({ signal, rateHz = 1000, seconds = 2, loss = 0, quality = Quality.good, stampMs }: Stream) {
  const random = seeded(5);
  const band = newBand(policy);
  for (let i = 0; i < seconds * rateHz; i++) {
    const s = i / rateHz;
    if (random() >= loss) pushBand(band, stampMs === undefined ? s * 1000 : stampMs(s), signal(s), quality);
  }
  readBand(band, seconds * 1000, out, 0);
  return { value: out.value[0]!, quality: out.quality[0]!, origin: origins[out.origin[0]!], band };
}
const sine = (hz: number, amplitude: number) => (s: number) =>
  amplitude * Math.sin(2 * Math.PI * hz * s + 0.3);

describe('a band', () => {
  it.each([85, 100, 120.37, 133.3, 155])('reads A/√2 of a sine of %d Hz, whatever the mean', (hz) => {
    const { value, quality, origin } = bandOf({ signal: (s) => 9.81 + sine(hz, 2)(s) });
    expect(value).toBeGreaterThan(Math.SQRT2 * 0.995);
    expect(value).toBeLessThan(Math.SQRT2 * 1.005);
    expect([quality, origin]).toEqual([Quality.good, 'measured']);
  });

  it.each([20, 60, 180, 400])('reads nothing of a sine of %d Hz', (hz) => {
    expect(bandOf({ signal: sine(hz, 2) }).value).toBeLessThan(0.005);
  });

  it('takes its share of white noise', () => {
    const random = seeded(9);
    const noise = () => (random() - 0.5) * Math.sqrt(12);
    const values = Array.from({ length: 20 }, () => bandOf({ signal: noise }).value ** 2);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    // 80 of 500 Hz.
    expect(mean).toBeGreaterThan(0.16 * 0.85);
    expect(mean).toBeLessThan(0.16 * 1.15);
  });

  it('bridges losses, and is Uncertain when most is lost', () => {
    const some = bandOf({ signal: sine(120, 2), loss: 0.05 });
    expect(some.value).toBeGreaterThan(Math.SQRT2 * 0.93);
    expect(some.value).toBeLessThan(Math.SQRT2 * 1.03);
    expect(some.quality).toBe(Quality.good);
    expect(bandOf({ signal: sine(120, 2), loss: 0.6 }).quality).toBe(Quality.uncertainSubNormal);
  });

  it('goes by the true rate where it is a little off, and says when it is far off', () => {
    const slow = bandOf({ signal: sine(120, 2), rateHz: 980 });
    expect(slow.value).toBeCloseTo(Math.SQRT2, 2);
    expect(slow.quality).toBe(Quality.good);
    expect(bandOf({ signal: sine(120, 2), rateHz: 600 }).quality).toBe(Quality.uncertainSubNormal);
  });

  it('takes bursts with one stamp for the even samples they were', () => {
    const { value } = bandOf({ signal: sine(120, 2), stampMs: (s) => Math.ceil(s * 62.5) * 16 });
    expect(value).toBeCloseTo(Math.SQRT2, 1);
  });

  it('is held between, then Bad when nothing comes, and passes on doubts', () => {
    const { band, value } = bandOf({ signal: sine(120, 2) });
    readBand(band, 2100, out, 0);
    expect([out.value[0], origins[out.origin[0]!], out.ageMs[0]]).toEqual([value, 'held', 101]);
    readBand(band, 2700, out, 0);
    expect(out.quality[0]).toBe(Quality.uncertainSubNormal);
    readBand(band, 3500, out, 0);
    expect([out.value[0], out.quality[0]]).toEqual([Number.NaN, Quality.badNoCommunication]);
    expect(bandOf({ signal: sine(120, 2), quality: Quality.uncertain }).quality).toBe(Quality.uncertain);
    expect(bandOf({ signal: sine(120, 2), seconds: 0 }).quality).toBe(Quality.badWaitingForInitialData);
  });
});
