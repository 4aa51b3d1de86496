// A thread of the lab that does what its job's machine is called, for tests of what becomes of it.
import type { LabAnswer, LabTask } from '../../src/runtime/lab.ts';

export function doLabTask({ job }: LabTask): LabAnswer {
  const { machine, seed } = job;
  if (machine === 'dies') process.exit(3);
  if (machine === 'throws') throw new Error('no such future');
  if (machine === 'hoards') hoard();
  for (const endMs = performance.now() + (machine === 'hangs' ? 1e9 : 0); performance.now() < endMs; );
  const risk = { horizonH: 24, particles: 1, seed, timeMs: 0, failures: [], probability: 0 } as const;
  return { answer: { ...risk, level: 'low', limiting: undefined, loadHours: 0, notes: [] }, tookMs: 1 };
}

function hoard(): void {
  const all: number[][] = [];
  for (;;) all.push(Array.from({ length: 100_000 }, (_, i) => i + all.length));
}
