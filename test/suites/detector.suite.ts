// What every detector promises, whatever it looks for. A new kind of detector is done when it passes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Detector,
  newVerdict,
  newView,
  type Verdict,
  type View,
} from '../../src/core/detect/detector.ts';
import { readValue } from '../../src/core/snapshot-read.ts';
import { writeValue } from '../../src/core/snapshot-write.ts';
import { feed, streamOf } from './detector-stream.ts';

export interface DetectorUnderTest<State, Options> {
  readonly detector: Detector<State, Options>;
  /** With so short a learning time that a few thousand views suffice. */
  readonly options: Options;
  readonly columns?: number;
  /** How a view of normal running is filled; white, correlated, quantised and periodic columns unless said otherwise. */
  readonly stream?: (seed: number) => (t: number, view: View) => void;
  /** Views until it is sure to be ready, when that is more than what it says it needs. */
  readonly readyViews?: number;
}

const modes = 3;
const periodS = 0.1;

export function detectorSuite<State, Options>(
  name: string,
  subject: DetectorUnderTest<State, Options>,
): void {
  const columns = subject.columns ?? 6;
  const setup = { columns, modes, periodS };
  const { detector, options } = subject;
  const bench = {
    ...{ columns, detector, options },
    judged: detector.joint ? 1 : columns,
    create: () => detector.create(setup, options),
    stream: subject.stream ?? streamOf,
    readyViews: subject.readyViews ?? Math.ceil((1.5 * detector.needsS(setup, options)) / periodS) + 1500,
  };
  describe(`detector contract: ${name}`, () => {
    looksNowhereElse(bench);
    isBounded(bench);
    waitsUntilReady(bench);
    takesAnything(bench);
    goesOn(bench);
    if (detector.remember !== undefined) remembers(bench);
    knowsOtherRates(bench);
  });
}

interface Bench<State, Options> {
  readonly columns: number;
  readonly judged: number;
  readonly detector: Detector<State, Options>;
  readonly options: Options;
  readonly create: () => State;
  readonly stream: (seed: number) => (t: number, view: View) => void;
  readonly readyViews: number;
}

/** All that a verdict says, as bits; unused fields of a joint one too, as it is to be filled whole. */
function bitsOf(verdict: Verdict): string {
  return Buffer.from(writeValue(verdict)).toString('base64');
}

function isSpeaking({ levels }: Verdict): boolean {
  return levels.some((level) => level > 0);
}

function spoil(view: View, verdict: Verdict): void {
  for (const part of [view.value, view.residual, view.low, view.high, view.last, view.ageS]) part.fill(1e9);
  view.quality.fill(0x80000000);
  for (const part of [verdict.scores, verdict.values, verdict.bounds, verdict.readiness]) part.fill(7);
  verdict.levels.fill(9);
  verdict.score = 7;
}

function looksNowhereElse<S, O>({ columns, detector, create, stream, readyViews }: Bench<S, O>): void {
  test('what it says of a view follows from that view and those before it, and from nothing else', () => {
    const views = Math.min(readyViews, 6000) + 200;
    const cut = views - 100;
    const told: string[][] = [];
    for (const [future, spoiled] of [
      [1, false],
      [1, true],
      [2, true],
    ] as const) {
      const state = create();
      const normal = stream(11);
      const other = stream(12);
      const bits: string[] = [];
      const view = newView(columns);
      const verdict = newVerdict(columns);
      for (let t = 0; t < views; t++) {
        feed(view, t, periodS, future === 2 && t >= cut ? other : normal);
        detector.observe(state, view, verdict);
        if (t > views - 400 && t < cut) bits.push(bitsOf(verdict));
        // Reused: whoever kept a reference, or left a field as it was, is found out.
        if (spoiled) spoil(view, verdict);
      }
      told.push(bits);
    }
    expect(told[1]).toEqual(told[0]);
    expect(told[2]).toEqual(told[0]);
  });
}

function isBounded<S, O>({ columns, detector, create, stream, readyViews }: Bench<S, O>): void {
  test('its state does not grow once it has seen all modes', () => {
    const state = create();
    const view = newView(columns);
    const verdict = newVerdict(columns);
    const normal = stream(21);
    const run = (from: number, to: number) => {
      for (let t = from; t < to; t++) {
        view.mode = Math.floor(t / 50) % modes;
        feed(view, t, periodS, normal);
        detector.observe(state, view, verdict);
      }
      return writeValue(state).length;
    };
    const early = run(0, modes * Math.min(readyViews, 4000));
    const late = run(modes * Math.min(readyViews, 4000), modes * Math.min(readyViews, 4000) + 9000);
    expect(late).toBeLessThanOrEqual(early * 1.01 + 64);
  });
}

function waitsUntilReady<S, O>(bench: Bench<S, O>): void {
  const { columns, judged, detector, create, stream, readyViews, options } = bench;
  test('it is silent until it is ready, and ready when it said it would be', () => {
    const state = create();
    const view = newView(columns);
    const verdict = newVerdict(columns);
    const normal = stream(31);
    const needs = Math.floor(detector.needsS({ columns, modes, periodS }, options) / periodS);
    for (let t = 0; t < readyViews; t++) {
      feed(view, t, periodS, normal);
      // Something absurd in the middle of the learning time.
      if (t === Math.floor(needs / 2) && needs > 20) view.value[0] = 1e6;
      detector.observe(state, view, verdict);
      for (let c = 0; c < judged; c++) {
        if (verdict.readiness[c] === 1) continue;
        if (verdict.levels[c] === 0 && verdict.scores[c] === 0) continue;
        expect([t, c, verdict.levels[c], verdict.scores[c]]).toEqual([t, c, 0, 0]);
      }
      if (t < needs * 0.5 && isSpeaking(verdict)) expect([t, verdict]).toBe('silent');
    }
    expect(Math.max(...verdict.readiness.subarray(0, judged))).toBe(1);
  });
}

const oddNumber = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) },
  { weight: 1, arbitrary: fc.double() },
  {
    weight: 2,
    arbitrary: fc.constantFrom(Number.NaN, 0, -0, 5, 5, Infinity, -Infinity, 1e308, -1e308, 5e-324),
  },
);

function takesAnything<S, O>({ columns, detector, create, stream, readyViews }: Bench<S, O>): void {
  const oddView = fc.record({
    dtS: fc.oneof(fc.constant(periodS), fc.constantFrom(0, 3600, 1e7, periodS * 2)),
    mode: fc.integer({ min: -1, max: modes - 1 }),
    numbers: fc.array(oddNumber, { minLength: columns * 5, maxLength: columns * 5 }),
    ageS: fc.constantFrom(0, 0.1, 50, Infinity),
    bad: fc.boolean(),
    times: fc.integer({ min: 1, max: 40 }),
  });
  const isSound = (verdict: Verdict) => {
    const all = [verdict.score, ...verdict.scores, ...verdict.readiness];
    return all.every((x) => x >= 0 && x <= 1) && [...verdict.levels].every((level) => level <= 2);
  };
  test('gaps, nothing, infinities, absurd numbers, unknown modes: it neither throws nor says what is no score', () => {
    const state = create();
    const view = newView(columns);
    const verdict = newVerdict(columns);
    const normal = stream(41);
    let t = 0;
    for (; t < Math.min(readyViews, 4000); t++) {
      feed(view, t, periodS, normal);
      detector.observe(state, view, verdict);
    }
    // One state lives through all of it: what one has done to it meets the next.
    fc.assert(
      fc.property(fc.array(oddView, { minLength: 1, maxLength: 12 }), (odd) => {
        for (const { dtS, mode, numbers, ageS, bad, times } of odd) {
          for (let k = 0; k < times; k++) {
            view.timeMs += dtS * 1000;
            view.dtS = dtS;
            view.mode = mode;
            for (let c = 0; c < columns; c++) {
              [view.value, view.residual, view.low, view.high, view.last].forEach((part, i) => {
                part[c] = numbers[5 * c + i]!;
              });
            }
            view.ageS.fill(ageS);
            view.quality.fill(bad ? 0x80000000 : 0);
            detector.observe(state, view, verdict);
            if (!isSound(verdict)) expect(verdict).toBe('sound');
          }
        }
      }),
      { numRuns: 60, seed: 4711 },
    );
  });

  test('columns that never change, and columns of which nothing ever comes, are never found', () => {
    const state = create();
    const view = newView(columns);
    const verdict = newVerdict(columns);
    for (let t = 0; t < Math.min(readyViews, 6000); t++) {
      feed(view, t, periodS, (_, to) => {
        for (let c = 0; c < columns; c++) {
          const value = c % 2 === 0 ? 3 : Number.NaN;
          [to.value[c], to.low[c], to.high[c], to.last[c]] = [value, value, value, value];
          to.residual[c] = Number.NaN;
          to.ageS[c] = c % 2 === 0 ? 0 : Infinity;
        }
      });
      detector.observe(state, view, verdict);
      if (!isSound(verdict) || isSpeaking(verdict)) expect([t, verdict]).toBe('calm');
    }
  });
}

function goesOn<S, O>({ columns, detector, create, stream, readyViews }: Bench<S, O>): void {
  test('from a snapshot it goes on to the same bits', () => {
    const cut = Math.min(readyViews, 4000);
    const normal = stream(51);
    const state = create();
    const view = newView(columns);
    const verdict = newVerdict(columns);
    for (let t = 0; t < cut; t++) {
      view.mode = t % 1500 < 1200 ? 0 : 1;
      feed(view, t, periodS, normal);
      detector.observe(state, view, verdict);
    }
    const copy = create();
    readValue(writeValue(state), copy);
    const other = newVerdict(columns);
    for (let t = cut; t < cut + 1500; t++) {
      view.mode = t % 500 < 400 ? 0 : 2;
      feed(view, t, periodS, normal);
      // From half way something is wrong.
      if (t > cut + 700) view.value[0] = view.value[0]! + 30;
      detector.observe(state, view, verdict);
      detector.observe(copy, view, other);
      if (bitsOf(other) !== bitsOf(verdict)) expect([t, other]).toEqual([t, verdict]);
    }
    expect(Buffer.from(writeValue(copy)).equals(Buffer.from(writeValue(state)))).toBe(true);
  });
}

function remembers<S, O>(bench: Bench<S, O>): void {
  const { columns, judged, detector, options, create, stream, readyViews } = bench;
  test('what it remembers is finite, and with it a new one is as ready and as calm at once', () => {
    const normal = stream(61);
    const state = create();
    const view = newView(columns);
    const verdict = newVerdict(columns);
    for (let t = 0; t < readyViews; t++) {
      feed(view, t, periodS, normal);
      detector.observe(state, view, verdict);
    }
    const memory = JSON.parse(JSON.stringify(detector.remember!(state))) as Record<string, number[]>;
    if (detector.needsS({ columns, modes, periodS }, options) > 0)
      expect(Object.keys(memory).length).toBeGreaterThan(0);
    expect(Object.values(memory).flat().every(Number.isFinite)).toBe(true);
    const next = create();
    detector.recall!(next, memory);
    const ready = verdict.readiness.slice(0, judged);
    for (let t = readyViews; t < readyViews + 600; t++) {
      feed(view, t, periodS, normal);
      detector.observe(next, view, verdict);
      if (isSpeaking(verdict)) expect([t, verdict]).toBe('calm');
    }
    for (let c = 0; c < judged; c++) if (ready[c] === 1) expect([c, verdict.readiness[c]]).toEqual([c, 1]);
  });

  test('a memory that does not fit is left out', () => {
    const memory = {
      a: [1, 2],
      '0.0': [],
      '0.1': [1, 2, 3],
      '1.0': [NaN],
      '0.2': Array(400).fill(1e300),
      '99.99': [0],
    };
    const state = create();
    detector.recall!(state, memory);
    const view = newView(columns);
    const [verdict, fresh] = [newVerdict(columns), newVerdict(columns)];
    const normal = stream(71);
    const other = create();
    for (let t = 0; t < 300; t++) {
      feed(view, t, periodS, normal);
      detector.observe(state, view, verdict);
      detector.observe(other, view, fresh);
      expect(bitsOf(verdict)).toBe(bitsOf(fresh));
    }
  });
}

function knowsOtherRates<S, O>({ columns, judged, detector, options, stream }: Bench<S, O>): void {
  test.each([0.001, 3600])('one view in %d s: it gets ready and stays calm', (otherS) => {
    // With one view an hour it may be wrong once in some ten thousand of them, in each column.
    let findings = 0;
    let was = false;
    const setup = { columns, modes, periodS: otherS };
    const needs = detector.needsS(setup, options);
    expect(needs).toBeGreaterThanOrEqual(0);
    expect(Number.isFinite(needs)).toBe(true);
    const state = detector.create(setup, options);
    const view = newView(columns);
    const verdict = newVerdict(columns);
    const normal = stream(81);
    const views = Math.min(20_000, Math.ceil((1.5 * needs) / otherS) + 1500);
    for (let t = 0; t < views; t++) {
      feed(view, t, otherS, normal);
      detector.observe(state, view, verdict);
      if (isSpeaking(verdict) && !was) findings++;
      was = isSpeaking(verdict);
    }
    expect(findings).toBeLessThanOrEqual(otherS < 1 ? 0 : 2);
    if (needs / otherS < 10_000) expect(Math.max(...verdict.readiness.subarray(0, judged))).toBe(1);
  });
}
