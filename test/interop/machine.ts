// What the machine under the tests took for itself: where it was busy, a process that ought to run waits for a core, and
// the host of a virtual machine takes whole cores away. No excuse for anything else: on an idle machine it is nothing.
import { readFileSync } from 'node:fs';
import type { RunningGateway } from '../running-gateway.ts';

export interface Machine {
  /** How long the process was kept waiting for a core, from the call of `watchMachine` on. */
  takenMs(): number;
}

const tickMs = 100;
/** Of /proc/stat. */
const jiffyMs = 10;

/** Of another process, or of this one. */
export function watchMachine({ pid }: { readonly pid?: number | undefined }): Machine {
  const from = waitedMs(pid);
  return { takenMs: () => waitedMs(pid) - from };
}

/** Resolves with how many ticks a gateway has missed since now that the machine did not take from it. */
export async function watchTicks(gateway: RunningGateway): Promise<() => Promise<number>> {
  const missed = () => gateway.metric('gemel_ticks_missed_total');
  const machine = watchMachine(gateway.child);
  const before = await missed();
  return async () => Math.max(0, (await missed()) - before - Math.round(machine.takenMs() / tickMs));
}

/** Its main thread was ready to run and waited, and the host had the cores. */
function waitedMs(pid: number | undefined): number {
  const inQueueNs = Number(textOf(`/proc/${pid}/schedstat`).split(' ')[1] ?? 0);
  const stolen = Number(/^cpu +(?:\d+ ){7}(\d+)/.exec(textOf('/proc/stat'))?.[1] ?? 0);
  return inQueueNs / 1e6 + stolen * jiffyMs;
}

/** A kernel that does not tell has taken nothing. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
