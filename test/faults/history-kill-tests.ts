// What a gateway that is killed at any moment under QoS 1 load must show: what was acknowledged is stored, once. A kill
// does not take what the system has already; that a commit is on the disk itself rests on synchronous=FULL, which is
// asserted where the file is opened.
import { describe, expect, test } from 'vitest';
import { unexplained } from '../../src/runtime/ledger.ts';
import { runKills, seedOfRun } from './history-kill.ts';

/** The control loses some in a few kills already. */
export function killTests(cycles: number, controlCycles: number): void {
  const timeoutMs = 60_000 + cycles * 10_000;
  const seed = seedOfRun();

  describe('kill -9 of the gateway', () => {
    test(
      `${cycles} times: nothing that was acknowledged is lost, nothing is there twice (seed ${seed})`,
      async () => {
        const after = await runKills({ cycles, seed });
        const { ledger, readyMs } = after;
        const p99Ms = readyMs[Math.min(readyMs.length - 1, Math.floor(readyMs.length * 0.99))];
        process.stdout.write(
          `history: ${cycles} kills, seed ${seed}: ${after.sent} samples sent, ${after.acknowledged} acknowledged, ${after.stored} stored, ${ledger.rejected.duplicate} repetitions; ready p50 ${Math.round(readyMs[readyMs.length >> 1] ?? 0)} ms, p99 ${Math.round(p99Ms ?? 0)} ms\n`,
        );
        expect(after.acknowledged).toBe(after.sent);
        expect(after.lost).toEqual([]);
        expect(after.twice).toEqual([]);
        expect(after.integrity).toBe('ok');
        expect(after.stored).toBe(after.sent);
        expect(unexplained(ledger)).toBe(0);
        expect(ledger.stored).toBe(after.stored);
        expect(ledger.pending).toBe(0);
        if (cycles >= 100) expect(p99Ms).toBeLessThan(3000);
      },
      timeoutMs,
    );

    test(
      `control: acknowledged before the commit, some of it is lost (seed ${seed})`,
      async () => {
        const { lost, twice } = await runKills({ cycles: controlCycles, seed, early: true });
        expect(lost.length).toBeGreaterThan(0);
        expect(twice).toEqual([]);
      },
      timeoutMs,
    );
  });
}
