// What cusum, ewma, robust-z, change-point and rate must see and how soon, and how often they speak without a reason.
import { describe, expect, test } from 'vitest';
import { newVerdict, newView } from '../../../src/core/detect/detector.ts';
import { detectors } from '../../../src/core/detect/detectors.ts';
import { type Course, came, courses, feed, normalFrom } from '../../suites/detector-stream.ts';
import { foundShare, medianDelay, tryOut } from './trial.ts';

const { cusum, ewma, rate } = detectors;
const robustZ = detectors['robust-z'];
const changePoint = detectors['change-point'];
const charts = { cusum, ewma, 'robust-z': robustZ, 'change-point': changePoint, rate } as const;
type ChartName = keyof typeof charts;

/** A chart with its usual options, whichever it is. */
function tryChart(name: ChartName, setup: Parameters<typeof tryOut>[2], options: object = {}) {
  const detector = charts[name] as typeof cusum;
  return tryOut(detector, { ...detector.usual, ...options }, setup);
}

/** 15 minutes at ten views a second. */
const normal = 9000;
const wrong = 1500;

describe('what they must see in white noise with a deviation of 2', () => {
  const see = (name: ChartName, fault: (value: number, k: number, held: number) => number) =>
    tryChart(name, { course: courses.white, seed: 7, normal, wrong, fault });

  test.each([
    ['robust-z', 'a spike of ten sigmas, at once', (x: number, k: number) => (k === 0 ? x + 20 : x), 0],
    ['cusum', 'a shift by one sigma, within 8 s', (x: number) => x + 2, 80],
    ['cusum', 'a shift by two sigmas, within 2 s', (x: number) => x + 4, 20],
    ['cusum', 'a drift of a sigma in 10 s, within 20 s', (x: number, k: number) => x + k / 50, 200],
    ['ewma', 'a shift by two sigmas, within 5 s', (x: number) => x + 4, 50],
    ['change-point', 'a shift by one sigma, within 20 s', (x: number) => x + 2, 200],
    ['change-point', 'noise that is three times as large, within 5 s', (x: number) => 5 + 3 * (x - 5), 50],
    ['change-point', 'noise that is a quarter, within 10 s', (x: number) => 5 + (x - 5) / 4, 100],
    ['rate', 'a jump by twelve sigmas, within its second', (x: number) => x + 24, 10],
  ] as const)('%s: %s', (name, _, fault, most) => {
    const trial = see(name, fault);
    expect(trial.before).toBe(0);
    expect(foundShare(trial)).toBe(1);
    expect(medianDelay(trial)).toBeLessThanOrEqual(most);
  });

  test('what lasts is said for as long as it lasts, and no longer', () => {
    for (const name of ['cusum', 'ewma', 'change-point', 'robust-z'] as const) {
      const lasting = see(name, (x) => x + 14);
      expect([name, lasting.share > 0.95]).toEqual([name, true]);
      const over = see(name, (x, k) => (k < 600 ? x + 14 : x));
      expect([name, foundShare(over), over.share > 0.38, over.share < 0.5]).toEqual([name, 1, true, true]);
      expect([name, Math.max(...over.scores) < 0.5]).toEqual([name, true]);
    }
  });

  test('the score is half where it speaks, and grows with the strength', () => {
    for (const name of ['cusum', 'ewma', 'change-point', 'robust-z'] as const) {
      const scores = [0.5, 4, 8, 16].map((shift) => {
        const { scores: all } = tryChart(name, {
          ...{ course: courses.white, seed: 9, normal, wrong: 20 },
          fault: (x) => x + 2 * shift,
        });
        return [...all].sort((a, b) => a - b)[4]!;
      });
      for (let i = 1; i < scores.length; i++) expect(scores[i]!).toBeGreaterThanOrEqual(scores[i - 1]!);
      expect(scores[0]!).toBeLessThan(0.5);
      expect(scores[3]!).toBeGreaterThan(0.5);
    }
  });
});

describe('what follows itself in time', () => {
  test('a shift by six sigmas of what follows itself with 0.9 is seen within 5 s', () => {
    for (const name of ['cusum', 'ewma', 'robust-z'] as const) {
      const trial = tryChart(name, {
        ...{ course: courses.correlated, seed: 3, normal, wrong },
        fault: (x) => x + 6,
      });
      expect([name, trial.before, foundShare(trial)]).toEqual([name, 0, 1]);
      expect(medianDelay(trial)).toBeLessThanOrEqual(50);
    }
  });

  test('the crest of a swing is normal, a spike on it is not', () => {
    const trial = tryChart('robust-z', {
      ...{ course: courses.periodic, seed: 4, normal, wrong: 300 },
      fault: (x, k) => (k === 100 ? x + 5 : x),
    });
    expect(trial.before).toBe(0);
    expect(foundShare(trial)).toBe(1);
    expect(trial.delays.every((delay) => delay === 100)).toBe(true);
  });

  test('a spike does not echo', () => {
    const trial = tryChart('robust-z', {
      ...{ course: courses.correlated, seed: 5, normal, wrong: 500 },
      fault: (x, k) => (k === 0 ? x + 20 : x),
    });
    expect(foundShare(trial)).toBe(1);
    expect(trial.share * 500).toBeLessThanOrEqual(4);
  });
});

describe('false findings', () => {
  // A column may speak once in 10,000 views here; at the usual setting it is once in 20,000 hours.
  const views = 20_000;
  const columns = 8;
  const nominal = (columns * (views - 3000)) / 10_000;
  test.each(['white', 'correlated', 'quantised', 'periodic', 'walk'] as const)(
    'of %s there are no more than the setting allows',
    (name) => {
      for (const chart of ['robust-z', 'cusum', 'ewma', 'change-point', 'rate'] as const) {
        const { before, readiness } = tryChart(
          chart,
          { course: courses[name] as (seed: number) => Course, seed: 6, normal: views, columns },
          { falseEveryH: 10_000 / 36_000 },
        );
        // What wanders has no middle that it could be away from: of it an ewma says nothing.
        const mute = chart === 'ewma' && name === 'walk';
        expect([chart, Math.min(...readiness) === 1]).toEqual([chart, !mute]);
        // Three deviations of a count that is as large as allowed.
        expect([chart, before <= nominal + 3 * Math.sqrt(nominal)]).toEqual([chart, true]);
      }
    },
  );

  test('control: with a chart that whitens nothing, what follows itself would be found all the time', () => {
    const course = courses.correlated(6);
    let [up, findings] = [0, 0];
    for (let t = 0; t < views; t++) {
      up = Math.max(0, up + course(t) - 0.5);
      // The decision that white noise passes once in 10,000 views.
      if (up > 7.8) [up, findings] = [0, findings + 1];
    }
    expect(findings).toBeGreaterThan(views / 1000);
  });

  test('at the usual setting half an hour of twelve columns of any kind is calm', () => {
    const mixed = (seed: number): Course => {
      const makes = [
        courses.white,
        courses.correlated,
        courses.quantised,
        courses.periodic,
        courses.slow,
        courses.walk,
      ];
      return makes[seed % makes.length]!(seed);
    };
    for (const chart of ['robust-z', 'cusum', 'ewma', 'change-point', 'rate'] as const) {
      const { before } = tryChart(chart, { course: mixed, seed: 8, normal: 18_000, columns: 12 });
      expect([chart, before]).toEqual([chart, 0]);
    }
  });
});

describe('what is normal', () => {
  /** Half a minute at a time in each of two modes, with levels and noise of their own. */
  const mode = (t: number) => Math.floor(t / 300) % 2;
  const course = (seed: number): Course => {
    const noise = normalFrom(seed);
    return (t) => (mode(t) === 0 ? 10 : 200) + (mode(t) === 0 ? 1 : 10) * noise();
  };

  test('each mode has its own', () => {
    for (const name of ['robust-z', 'cusum', 'ewma', 'change-point'] as const) {
      // By eight sigmas of the calm mode, which is less than one of the other.
      const trial = tryChart(name, {
        ...{ course, mode, seed: 12, normal: 12_000, wrong: 290 },
        fault: (x) => x + 8,
      });
      expect([name, trial.before, foundShare(trial)]).toEqual([name, 0, 1]);
      const loud = tryChart(name, {
        ...{ course, mode, seed: 12, normal: 12_300, wrong: 290 },
        fault: (x) => x + 8,
      });
      if (name === 'robust-z') expect([name, foundShare(loud)]).toEqual([name, 0]);
    }
  });

  test('in a mode it has not seen for long enough it says nothing', () => {
    const late = (t: number) => (t < 10_000 ? 0 : 1);
    const jump = (seed: number): Course => {
      const noise = normalFrom(seed);
      return (t) => (late(t) === 0 ? 0 : 500) + noise();
    };
    for (const name of ['robust-z', 'cusum', 'ewma', 'change-point', 'rate'] as const) {
      const trial = tryChart(name, { course: jump, mode: late, seed: 2, normal: 10_000, wrong: 2000 });
      expect([name, foundShare(trial), Math.max(...trial.readiness) < 1]).toEqual([name, 0, true]);
    }
  });

  test('what lasts is the new normal after as long as is said, and not before', () => {
    for (const name of ['cusum', 'ewma', 'robust-z', 'change-point'] as const) {
      // Learnt in 60 s, accepted after 200 s.
      const options = { learnS: 60, acceptS: 200 };
      const setup = { course: courses.white, seed: 21, normal: 3000, fault: (x: number) => x + 20 };
      const early = tryChart(name, { ...setup, wrong: 1900 }, options);
      expect([name, foundShare(early), early.share > 0.95]).toEqual([name, 1, true]);
      const late = tryChart(name, { ...setup, wrong: 4500 }, options);
      expect([name, late.share < 0.5, Math.max(...late.scores) < 0.5]).toEqual([name, true, true]);
    }
  });

  test('a few absurd values while it learns do not blind it', () => {
    for (const name of ['cusum', 'ewma'] as const) {
      const dirty = (seed: number): Course => {
        const clean = courses.white(seed);
        return (t) => clean(t) + (t % 97 === 13 && t < 3000 ? 1e4 : 0);
      };
      const trial = tryChart(name, { course: dirty, seed: 31, normal, wrong, fault: (x) => x + 6 });
      expect([name, foundShare(trial), medianDelay(trial) <= 60]).toEqual([name, 1, true]);
    }
  });

  test('a twin is believed from its first residual on, whatever the value does', () => {
    const state = cusum.create({ columns: 1, modes: 1, periodS: 0.1 }, cusum.usual);
    const [view, verdict] = [newView(1), newVerdict(1)];
    const noise = courses.correlated(5, 0.6);
    let found = -1;
    for (let t = 0; t < 12_000; t++) {
      feed(view, t, 0.1, () => {
        came(view, 0, t % 2000);
        // Neither about zero nor of one sigma, as residuals are.
        view.residual[0] = 0.8 + 2.5 * noise(t) + (t >= 10_000 ? 5 : 0);
      });
      cusum.observe(state, view, verdict);
      if (verdict.levels[0] === 1 && found < 0) found = t;
    }
    expect(found).toBeGreaterThanOrEqual(10_000);
    expect(found).toBeLessThan(10_100);
  });

  test('one value in ten missing, and gaps of hours, are neither findings nor blindness', () => {
    for (const name of ['robust-z', 'cusum', 'ewma', 'change-point'] as const) {
      const detector = charts[name] as typeof cusum;
      const state = detector.create({ columns: 1, modes: 1, periodS: 0.1 }, detector.usual);
      const [view, verdict] = [newView(1), newVerdict(1)];
      const course = courses.correlated(77);
      const lost = normalFrom(78);
      let before = 0;
      let after = 0;
      for (let t = 0; t < 14_000; t++) {
        feed(view, t, 0.1, () => {
          const value = course(t) + (t >= 13_000 ? 10 : 0);
          if (Math.abs(lost()) > 0.126) came(view, 0, value);
        });
        view.timeMs += Math.floor(t / 4000) * 7.2e6;
        if (t % 4000 === 0 && t > 0) view.dtS = 7200;
        detector.observe(state, view, verdict);
        if (t < 13_000) before += verdict.levels[0]!;
        else after += verdict.levels[0]!;
      }
      expect([name, before, after > 0]).toEqual([name, 0, true]);
    }
  });
});
