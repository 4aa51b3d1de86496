// Signals that stand still and signals that no longer come: what is usual for one is a fault of another.
import { describe, expect, test } from 'vitest';
import { newVerdict, newView } from '../../../src/core/detect/detector.ts';
import { silent } from '../../../src/core/detect/silent.ts';
import { stuck } from '../../../src/core/detect/stuck.ts';
import { uniformFrom } from '../../../src/core/fit/random.ts';
import { type Course, courses, normalFrom } from '../../suites/detector-stream.ts';

const periodS = 0.1;
const setup = { columns: 1, modes: 2, periodS };

interface Sensor {
  readonly value: Course;
  readonly residual?: Course;
  /** Whether a sample comes at this view. */
  readonly comes?: (t: number) => boolean;
  readonly mode?: (t: number) => number;
}

/** Views with a finding, and the readiness at the end. */
function watch(kind: 'stuck' | 'silent', sensor: Sensor, views: number) {
  const { value, residual = () => Number.NaN, comes = () => true, mode = () => 0 } = sensor;
  const detector = (kind === 'stuck' ? stuck : silent) as typeof stuck;
  const state = detector.create(setup, detector.usual);
  const [view, verdict] = [newView(1), newVerdict(1)];
  const found: number[] = [];
  for (let t = 0; t < views; t++) {
    view.timeMs = t * periodS * 1000;
    view.dtS = t === 0 ? 0 : periodS;
    view.mode = mode(t);
    const [x, off] = [value(t), residual(t)];
    const came = comes(t);
    // Aligned, it is held; of samples there is only what came.
    if (came) view.value[0] = x;
    for (const part of [view.low, view.high, view.last]) part[0] = came ? x : Number.NaN;
    view.ageS[0] = came ? 0.02 : view.ageS[0]! + periodS;
    view.residual[0] = off;
    detector.observe(state, view, verdict);
    if (verdict.levels[0]! > 0) found.push(t);
  }
  return { found, readiness: verdict.readiness[0]!, score: verdict.scores[0]! };
}

/** What a course says, until it says the same for ever. */
const until = (views: number, course: Course): Course => {
  let held = 0;
  return (t) => {
    const now = course(t);
    if (t <= views) held = now;
    return t < views ? now : held;
  };
};

describe('stuck', () => {
  test('noise that stops is found after twenty samples', () => {
    const { found } = watch('stuck', { value: until(6000, courses.white(1)) }, 6400);
    expect(found[0]).toBeGreaterThanOrEqual(6000);
    expect(found[0]).toBeLessThanOrEqual(6030);
    expect(found).toHaveLength(6400 - found[0]!);
  });

  test('a slow temperature in tenths is not stuck for as long as it usually stays, and is for much longer', () => {
    expect(watch('stuck', { value: courses.slow(3) }, 36_000)).toMatchObject({ found: [], readiness: 1 });
    const { found } = watch('stuck', { value: until(20_000, courses.slow(3)) }, 24_000);
    expect(found[0]).toBeGreaterThan(20_000);
    expect(found[0]).toBeLessThan(22_000);
  });

  test('what is held because nothing comes is not stuck', () => {
    const { found } = watch('stuck', { value: courses.white(2), comes: (t) => t < 6000 }, 9000);
    expect(found).toEqual([]);
  });

  test('what stands still in one mode for minutes does not hide that it stands still in the other', () => {
    const mode = (t: number) => (t % 1200 < 600 ? 0 : 1);
    const noise = courses.white(4);
    const resting: Course = (t) => (mode(t) === 1 ? 0 : noise(t));
    expect(watch('stuck', { value: resting, mode }, 18_000).found).toEqual([]);
    const { found } = watch('stuck', { value: until(18_000, resting), mode }, 18_500);
    expect(found[0]).toBeGreaterThan(18_000);
    expect(found[0]).toBeLessThan(18_040);
  });

  test('pauses of up to a minute are usual where there always were some', () => {
    const dice = uniformFrom(9);
    const noise = normalFrom(9);
    let [rest, value] = [0, 0];
    const pausing: Course = () => {
      if (rest > 0) rest--;
      else {
        value = noise();
        if (dice() < 0.01) rest = Math.floor(dice() * 600);
      }
      return value;
    };
    expect(watch('stuck', { value: pausing }, 72_000)).toMatchObject({ found: [], readiness: 1 });
  });

  test('where the prediction moves and the samples do not, it is found sooner', () => {
    const quantised = until(20_000, courses.slow(3));
    const noise = normalFrom(5);
    const away: Course = (t) => noise() + Math.max(0, t - 20_000) / 2;
    const sooner = watch('stuck', { value: quantised, residual: away }, 22_000).found[0]!;
    const later = watch('stuck', { value: quantised, residual: () => noise() }, 22_000).found[0]!;
    expect(sooner).toBeGreaterThan(20_000);
    expect(sooner).toBeLessThan(20_060);
    expect(later).toBeGreaterThan(sooner + 100);
  });

  test('of a signal that has never changed it says nothing', () => {
    expect(watch('stuck', { value: () => 7 }, 12_000)).toMatchObject({ found: [], readiness: 0, score: 0 });
  });
});

describe('silent', () => {
  const every = (views: number, dice: () => number = () => 0.5, jitter = 0) => {
    let next = 0;
    return (t: number) => {
      if (t < next) return false;
      next = t + Math.max(1, Math.round(views * (1 + jitter * (2 * dice() - 1))));
      return true;
    };
  };
  const ending = (views: number, comes: (t: number) => boolean) => (t: number) => comes(t) && t < views;
  const value = courses.white(1);

  test('ten samples a second that end are missed after two seconds', () => {
    const { found } = watch('silent', { value, comes: (t) => t < 6000 }, 6200);
    expect(found[0]! - 6000).toBeGreaterThanOrEqual(18);
    expect(found[0]! - 6000).toBeLessThanOrEqual(25);
  });

  test('one sample in five seconds, with jitter, is missed after some of its intervals and not before', () => {
    const dice = uniformFrom(3);
    expect(watch('silent', { value, comes: every(50, dice, 0.3) }, 72_000)).toMatchObject({
      found: [],
      readiness: 1,
    });
    const { found } = watch('silent', { value, comes: ending(12_000, every(50, dice, 0.3)) }, 14_000);
    expect(found[0]! - 12_000).toBeGreaterThan(200);
    expect(found[0]! - 12_000).toBeLessThan(600);
  });

  test('arrivals by chance are no silence in two hours, and their end is', () => {
    const dice = uniformFrom(4);
    const chance = () => dice() < 0.1;
    expect(watch('silent', { value, comes: chance }, 72_000)).toMatchObject({ found: [], readiness: 1 });
    const { found } = watch('silent', { value, comes: ending(40_000, chance) }, 44_000);
    expect(found[0]! - 40_000).toBeGreaterThan(100);
    expect(found[0]! - 40_000).toBeLessThan(1000);
  });

  test('what is told only when it changes is never missed', () => {
    const dice = uniformFrom(5);
    let busy = 0;
    const onChange = () => {
      if (busy > 0) busy--;
      else if (dice() < 0.002) busy = 30;
      return busy > 0;
    };
    expect(watch('silent', { value, comes: ending(36_000, onChange) }, 60_000).found).toEqual([]);
  });

  test('what comes more rarely in another mode is not missed there, and its end is', () => {
    const mode = (t: number) => (t % 2400 < 1200 ? 0 : 1);
    const comes = (t: number) => (mode(t) === 0 ? true : t % 100 === 0);
    expect(watch('silent', { value, comes, mode }, 36_000).found).toEqual([]);
    const { found } = watch('silent', { value, comes: ending(36_000, comes), mode }, 37_000);
    expect(found[0]! - 36_000).toBeLessThan(30);
  });

  test('what never came is not silent', () => {
    expect(watch('silent', { value, comes: () => false }, 12_000)).toMatchObject({ found: [], readiness: 0 });
  });

  test('one long outage while it learns does not make it deaf', () => {
    const comes = (t: number) => !(t > 1000 && t < 2500);
    const { found } = watch('silent', { value, comes: ending(20_000, comes) }, 22_000);
    expect(found.filter((t) => t < 20_000)).toEqual([]);
    expect(found[0]! - 20_000).toBeLessThan(400);
  });
});
