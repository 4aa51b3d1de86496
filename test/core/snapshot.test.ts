// A snapshot of a core: whoever goes on from it does so to the same bits, with all that there is in a core, and with what
// will be there one day. What does not fit is refused, with the place.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bindTag } from '../../src/core/align.ts';
import { applyCommand } from '../../src/core/command.ts';
import { restoreCore, snapshotCore } from '../../src/core/snapshot.ts';
import { snapshotForm } from '../../src/core/snapshot-form.ts';
import { readValue, SnapshotMismatch } from '../../src/core/snapshot-read.ts';
import { writeValue } from '../../src/core/snapshot-write.ts';
import { type Core, stateHash, step } from '../../src/core/step.ts';
import { createInbox } from '../../src/runtime/inbox.ts';
import { newStand } from '../plant/stand.ts';
import { type Recording, runLive, setUpHall } from '../sim/machine-hall.ts';
import { coreOfMill, cutting, run as runCore, setInputs } from './core-of-mill.ts';

/** The ticks of a recording, one at a time, on a core that a test may replace by another. */
function player(recording: Recording) {
  const inbox = createInbox(recording.samples.length + 1);
  for (const s of recording.samples) inbox.push(s.tag, s.value, s.quality, s.timeMs, s.receiveMs, s.rawMs);
  let at = 0;
  return {
    get left() {
      return recording.ticks.length - at;
    },
    to(cores: readonly Core[], ticks: number) {
      for (let i = 0; i < ticks; i++) {
        const k = recording.ticks[at++]!;
        const samples = inbox.drain(recording.startMs + k * 100);
        for (const core of cores) step(core, k, samples);
      }
    },
  };
}

const rough = (random: () => number) => (random() < 0.01 ? 150 + random() * 400 : random() * 8);

/**
 * Where two cores differ: an oracle that knows nothing of snapshots. Bits of a NaN are the engine's affair; which tag
 * feeds what is made anew, and so is the stack of a program, before each use.
 */
function differences(a: unknown, b: unknown, path = 'core', seen = new Set<unknown>()): string[] {
  if (typeof a === 'function' || seen.has(a)) return [];
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null)
    return Object.is(a, b) ? [] : [`${path}: ${String(a)}, ${String(b)}`];
  seen.add(a);
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  const fields = (of: object) => of as Record<string, unknown>;
  return [...keys].flatMap((key) =>
    key === 'byTag' || key === 'stack'
      ? []
      : differences(fields(a)[key], fields(b)[key], `${path}.${key}`, seen),
  );
}

/** Tags that have been named since feed the copy's tracks as they feed the original's. */
function wire(from: Core, to: Core): void {
  from.alignment.byTag.forEach((feeders, tag) => {
    if (feeders === undefined || to.alignment.byTag[tag] !== undefined) return;
    for (const { track, scale, offset } of feeders) {
      const signal = from.alignment.tracks[0]!.indexOf(track);
      bindTag(to.alignment, { tag, machine: 0, signal, scale, offset, stepped: track.stepped });
    }
  });
}

describe('a core that goes on from a snapshot', () => {
  test('has the same bits in all of it, then and at each moment after, of any run at any tick', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (seed, share) => {
          const { recording } = await runLive(seed, 8, rough);
          const play = player(recording);
          const one = setUpHall(recording.startMs);
          play.to([one], Math.floor(share * (play.left - 2)));
          const data = snapshotCore(one);
          const two = setUpHall(recording.startMs);
          restoreCore(two, data);
          expect(snapshotCore(two)).toEqual(data);
          expect(differences(one, two)).toEqual([]);
          while (play.left > 0) {
            play.to([one, two], Math.min(7, play.left));
            expect(stateHash(two)).toBe(stateHash(one));
            expect(differences(one.frames, two.frames)).toEqual([]);
          }
          expect(differences(one, two)).toEqual([]);
        },
      ),
      { numRuns: 6 },
    );
  }, 60_000);

  test('learns on as the one it is of: a plant whose bearing wears, while a candidate is on trial', () => {
    let copies: Core[] = [];
    const stand = newStand({
      seed: 4,
      faults: [{ fault: 'bearing', atS: 30 }],
      onBatch(tick, samples) {
        for (const copy of copies) {
          wire(stand.core, copy);
          step(copy, tick, samples);
        }
      },
    });
    const phases = new Set<string>();
    for (const seconds of [75.3, 70, 61.7, 70]) {
      stand.run(seconds);
      for (const { phase } of stand.core.calibrators[0]!.answers) phases.add(phase);
      const copy = newStand({ seed: 4 }).core;
      restoreCore(copy, snapshotCore(stand.core));
      copies = [...copies, copy];
    }
    stand.run(60);
    for (const copy of copies) {
      expect(stateHash(copy)).toBe(stateHash(stand.core));
      expect(differences({ ...copy, news: [] }, { ...stand.core, news: [] })).toEqual([]);
    }
    expect(phases).toContain('trial');
  }, 60_000);

  test('has the news that nobody has taken yet', () => {
    const one = coreOfMill();
    applyCommand(one, { kind: 'replaced', machine: 'mill-1', component: 'bearing' });
    applyCommand(one, { kind: 'inspected', machine: 'mill-1', component: 'tool.3', wear: 0.3, sigma: 0.05 });
    const two = coreOfMill();
    restoreCore(two, snapshotCore(one));
    expect(two.news).toEqual(one.news);
    expect(two.news).toHaveLength(2);
  });

  test('leaves the one it is of alone', () => {
    const one = coreOfMill();
    const two = coreOfMill();
    setInputs(one, cutting);
    runCore(one, 20);
    restoreCore(two, snapshotCore(one));
    const before = stateHash(one);
    runCore(two, 20);
    expect(stateHash(one)).toBe(before);
    expect(stateHash(two)).not.toBe(before);
  });

  test('control: any single number that were forgotten would be noticed', async () => {
    const { recording } = await runLive(3, 20, rough);
    const play = player(recording);
    const one = setUpHall(recording.startMs);
    play.to([one], play.left);
    const two = setUpHall(recording.startMs);
    restoreCore(two, snapshotCore(one));
    const whole = snapshotCore(two);
    let changed = 0;
    for (const place of numbersOf(two)) {
      const before = place.get();
      place.set(before === 12.5 ? 13.5 : 12.5);
      const other = snapshotCore(two);
      if (other.length !== whole.length || !Buffer.from(other).equals(whole)) changed++;
      else throw new Error(`nothing tells that ${place.path} is another`);
      place.set(before);
    }
    expect(changed).toBeGreaterThan(100);
  }, 60_000);
});

interface Place {
  readonly path: string;
  get(): number;
  set(value: number): void;
}

/** A scalar of each part, and the first and the last of each column: every few of them, or it takes minutes. */
function numbersOf(core: Core): Place[] {
  const places: Place[] = [];
  const seen = new Set<object>();
  const walk = (value: object, path: string) => {
    if (seen.has(value)) return;
    seen.add(value);
    const keys = ArrayBuffer.isView(value) ? ['0'] : Object.keys(value);
    for (const key of keys) {
      if (key === 'byTag' || constantParts.has(key)) continue;
      const fields = value as Record<string, unknown>;
      const each = fields[key];
      if (typeof each === 'number')
        places.push({
          path: `${path}.${key}`,
          get: () => fields[key] as number,
          set: (next) => {
            fields[key] = next;
          },
        });
      else if (typeof each === 'object' && each !== null) walk(each, `${path}.${key}`);
    }
  };
  walk(core, 'core');
  return places.filter((place, i) => i % 23 === 0 && !(place.get() % 1 === 0 && place.path.endsWith('.0')));
}

/** What models and configurations say. */
const constantParts = new Set([
  ...['machine', 'model', 'policy', 'group', 'groups', 'program'],
  ...['conditions', 'settings', 'kinship', 'plan', 'origins'],
]);

describe('whatever may be in a core one day', () => {
  const later = () => ({
    count: 0,
    text: '',
    flag: false,
    maybe: undefined as { depth: number } | undefined,
    gone: { depth: 1 } as { depth: number } | undefined,
    table: new Map<string, { n: number }>(),
    queue: [] as { kind: string; at: number }[],
    grows: new Float64Array(2),
    bits: new BigUint64Array(1),
    none: null as number | null,
    twice: undefined as object | undefined,
    call: () => 1,
  });

  test('is in the snapshot without anybody having thought of it', () => {
    const from = later();
    Object.assign(from, { count: -0, text: 'ä𝄞', flag: true, maybe: { depth: 3 }, gone: undefined, none: 7 });
    from.table.set('a', { n: 1 }).set('b', { n: 2 });
    from.queue.push({ kind: 'x', at: 1 }, { kind: 'y', at: 2 });
    from.grows = Float64Array.of(1, Number.NaN, -0, 5e-324);
    from.bits[0] = 2n ** 64n - 1n;
    from.twice = from.queue[1];
    const into = later();
    into.table.set('old', { n: 9 });
    const { call } = into;
    readValue(writeValue(from), into);
    expect({ ...into, call: 0 }).toEqual({ ...from, call: 0 });
    expect(Object.is(into.count, -0)).toBe(true);
    expect(into.call).toBe(call);
    // One part stays one.
    expect(into.twice).toBe(into.queue[1]);
  });

  test('and what no snapshot can be taken of is an error, not an omission', () => {
    expect(() => writeValue({ when: new Date(0) })).toThrow('core.when is of a kind');
    expect(() => writeValue({ of: { all: new Set([1]) } })).toThrow('core.of.all is of a kind');
    expect(() => writeValue({ n: 1n })).toThrow('core.n is a bigint');
  });
});

describe('what does not fit is refused', () => {
  const data = () => {
    const core = coreOfMill();
    runCore(core, 3);
    return snapshotCore(core);
  };

  test('a core of other parameters, with the place', () => {
    expect(() => restoreCore(coreOfMill({ 'wear.tool.life': 7 }), data())).toThrow(
      new SnapshotMismatch('at core.frames[0].machine: it said something else'),
    );
  });

  test('another number of machines', async () => {
    const { recording } = await runLive(1, 1, () => 0);
    expect(() => restoreCore(setUpHall(recording.startMs), data())).toThrow(SnapshotMismatch);
  });

  test('a field that is no longer there, or is new', () => {
    expect(() => readValue(writeValue({ a: { b: 1, c: 2 } }), { a: { b: 1 } })).toThrow(
      'at core.a: it had b, c; here it has b',
    );
    expect(() => readValue(writeValue({ a: 1 }), { a: 1, b: 2 })).toThrow(
      'at core: it had a; here it has a, b',
    );
    expect(() => readValue(writeValue({ a: new Float64Array(2) }), { a: new Int32Array(2) })).toThrow(
      'another kind of number',
    );
  });

  test('another form, no snapshot at all, and one that is cut off or changed anywhere', () => {
    const whole = data();
    const other = whole.slice();
    other[4] = snapshotForm + 1;
    expect(() => restoreCore(coreOfMill(), other)).toThrow(`it is of form ${snapshotForm + 1}`);
    expect(() => restoreCore(coreOfMill(), whole.subarray(1))).toThrow('it is no snapshot');
    for (const length of [0, 7, 9, 100, whole.length - 1])
      expect(() => restoreCore(coreOfMill(), whole.subarray(0, length))).toThrow(SnapshotMismatch);
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, by) => {
          const damaged = whole.slice();
          damaged[at] = damaged[at]! ^ by;
          try {
            restoreCore(coreOfMill(), damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(SnapshotMismatch);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a core that has stepped', () => {
    const core = coreOfMill();
    runCore(core, 1);
    expect(() => restoreCore(core, data())).toThrow('has not stepped');
  });
});
