// The memory of repetitions: exact for as many samples of a tag as it says, whatever other tags do, and lean.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growRecent, keepSeen, newRecent, type Recent, wasSeen } from '../../src/core/recent.ts';

const start = Date.UTC(2026, 10, 20);
const depth = 32;

/** As the intake uses it: kept unless it was seen. */
function take(recent: Recent, tag: number, sourceMs: number, value: number, mark = 0): boolean {
  const seen = wasSeen(recent, tag, sourceMs, value, mark);
  if (!seen) keepSeen(recent, tag, sourceMs, value, mark);
  return seen;
}

const bytesOf = ({ rooms, ring, next, inOrder, newestMs }: Recent) =>
  [ring, next, inOrder, newestMs, ...rooms.flatMap(({ timeMs, print }) => [timeMs, print])]
    .map(({ byteLength }) => byteLength)
    .reduce((sum, bytes) => sum + bytes, 0);

describe('it knows the last 32 of a tag', () => {
  const value = fc.oneof(fc.constantFrom(0, -0, 1.5, Number.NaN, 1e-300, -1e300), fc.double());
  const sample = fc.record({
    tag: fc.nat(40),
    ms: fc.nat(60),
    value,
    mark: fc.constantFrom(0, 0x40000000, 0x80000000),
  });

  it('as a list of them does, in any order', () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 400 }), (samples) => {
        let recent = newRecent(1);
        const lists = Array.from({ length: 41 }, (): string[] => []);
        for (const { tag, ms, value, mark } of samples) {
          if (tag >= recent.ring.length)
            recent = growRecent(recent, Math.max(tag + 1, 2 * recent.ring.length));
          const list = lists[tag]!;
          const key = `${ms} ${value} ${mark}`;
          const known = list.includes(key);
          expect(take(recent, tag, start + ms, value, mark)).toBe(known);
          if (!known) list.push(key);
          if (list.length > depth) list.shift();
        }
      }),
      { seed: 11 },
    );
  });

  it('of a run that is sent again each, and no other', () => {
    const recent = newRecent(1);
    for (let i = 0; i < 100; i++) expect(take(recent, 0, start + i, i)).toBe(false);
    for (let i = 100 - depth; i < 100; i++) expect(take(recent, 0, start + i, i)).toBe(true);
    expect(take(recent, 0, start + 99 - depth, 99 - depth)).toBe(false);
  });

  it('apart from each other where only a bit of value or mark differs', () => {
    const recent = newRecent(1);
    const bits = new DataView(new ArrayBuffer(8));
    for (let bit = 0; bit < 32; bit++) {
      bits.setFloat64(0, 1.5);
      const at = bit < 16 ? 4 : 0;
      bits.setUint32(at, bits.getUint32(at) ^ (1 << (bit % 16)));
      expect(take(recent, 0, start + bit, 1.5)).toBe(false);
      expect(take(recent, 0, start + bit, bits.getFloat64(0))).toBe(false);
      expect(take(recent, 0, start + bit, 1.5, 1 << bit)).toBe(false);
      expect(take(recent, 0, start + bit, 1.5)).toBe(true);
    }
  });
});

it('says when a stamp goes back', () => {
  const recent = newRecent(1);
  expect([5, 5, 7, 6, 7, 8].map((ms, i) => keepSeen(recent, 0, start + ms, i, 0))).toEqual([
    ...[true, true, true, false, true, true],
  ]);
});

describe('a tag takes', () => {
  const tags = 1024;
  it('nearly nothing before its first stamp', () => {
    expect(bytesOf(newRecent(tags)) / tags).toBeLessThan(16);
  });
  it('under 400 bytes from then on, and the tables of all grow without the rings', () => {
    let recent = newRecent(1);
    for (let tag = 0; tag < tags; tag++) {
      if (tag >= recent.ring.length) recent = growRecent(recent, 2 * tag);
      for (let i = 0; i < 50; i++) keepSeen(recent, tag, start + i, i, 0);
    }
    expect(bytesOf(recent) / tags).toBeLessThan(400);
  });
});
