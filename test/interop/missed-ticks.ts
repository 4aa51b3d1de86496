// Ticks that a gateway in a process of its own has missed, without those that the machine under the tests took from it.
import type { RunningGateway } from '../running-gateway.ts';
import { watchKept } from '../stopwatch.ts';

const tickMs = 100;

/** Resolves with how many it has missed since now. */
export async function watchTicks(gateway: RunningGateway): Promise<() => Promise<number>> {
  const missed = () => gateway.metric('gemel_ticks_missed_total');
  const kept = watchKept(gateway.child.pid);
  const before = await missed();
  return async () => Math.max(0, (await missed()) - before - Math.round(kept() / tickMs));
}
