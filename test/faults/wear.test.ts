// kill -9 of a gateway whose machine wears: what was told of its wear never goes backwards, the time nobody watched is
// accounted for, and what was learnt is there again.
import { describe, expect, test } from 'vitest';
import { useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { fallsOf, flankFullUm, kill, killAhead, runBare, runGemel, wearHall } from './wear-hall.ts';

/** More of them: WEAR_KILLS=100. */
const kills = Number(process.env['WEAR_KILLS'] ?? 5);

/** Frames carry six digits of it. */
const sixDigits = 1e-6;

useCleanUp();

describe('kill -9', () => {
  test('again and again: wear that was told never falls, and a crash costs what was reserved', async () => {
    const hall = await wearHall(0);
    const bounds: number[] = [];
    const reserved: number[] = [];
    for (let round = 0; round < kills; round++) {
      await killAhead(hall, runGemel(hall).child);
      const { told, twin } = (await hall.memory())!;
      bounds.push(told['tool.3']!);
      reserved.push(told['tool.3']! - twin.state['tool.3.wear']!);
      expect(Math.max(...hall.told) / flankFullUm).toBeLessThanOrEqual(told['tool.3']! + sixDigits);
    }
    expect(fallsOf(hall.told)).toEqual([]);
    expect(hall.told.at(-1)).toBeGreaterThan(hall.told[0]!);
    expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
    // The last one is still to be told, and may be by the next run only.
    runGemel(hall);
    const restored = await poll('what each start had to say', () => {
      const all = hall.events.filter(({ kind }) => kind === 'restored');
      return all.length >= kills ? all : undefined;
    });
    expect(restored).toHaveLength(kills);
    expect(restored.every(({ text }) => text.includes('unknown gap'))).toBe(true);
    // Nothing is added for the time between here: what a crash costs is what was reserved.
    for (const [i, { details }] of restored.entries()) {
      expect(Number(details['tool.3'])).toBeCloseTo(reserved[i]!, 9);
    }
  });

  test('control: without a reserve it falls', async () => {
    const hall = await wearHall(0);
    for (let round = 0; round < 8 && fallsOf(hall.told).length === 0; round++) {
      await killAhead(hall, runBare(hall));
    }
    expect(fallsOf(hall.told)).not.toEqual([]);
  });

  test('the time between is integrated, and told', async () => {
    const hall = await wearHall(3600);
    await killAhead(hall, runGemel(hall).child);
    const before = (await hall.memory())!;
    await poll('a while', () => Date.now() > before.timeMs + 1500);
    const next = runGemel(hall);
    const event = await poll('the event', () => hall.events.find(({ kind }) => kind === 'restored'));
    expect(event.text).toContain('in which it is taken to have worked as before; wear added:');
    expect(event.details['gapS']).toBeGreaterThanOrEqual(1.5);
    const added = Number(event.details['tool.3']);
    const from = before.twin.state['tool.3.wear']!;
    expect(added).toBeGreaterThan(0);
    const first = await poll('a frame', () =>
      hall.told.findLast((um) => um >= (from + added) * flankFullUm - 1e-3),
    );
    expect(first).toBeGreaterThan(from * flankFullUm);
    expect(fallsOf(hall.told)).toEqual([]);
    await kill(next.child);
  });
});
