// The time nobody watched: wear goes on at the rates seen lately, up to worn out, and is as uncertain as they are.
import type { Twin } from '../twin.ts';
import { cumulativeLoad, loadOf } from './load.ts';
import { lifeUsed, wearAt } from './shape.ts';
import { spreadPerWear, type WearWatch } from './watch.ts';

/** Adds the wear of `gapS` to the twin. By component that was worn: how much. */
export function passGap(watch: WearWatch, twin: Twin, gapS: number): Record<string, number> {
  const added: Record<string, number> = {};
  if (!(gapS > 0)) return added;
  (watch.model.wear ?? []).forEach(({ component, limit }, c) => {
    const { mean, variance } = cumulativeLoad(loadOf(watch, c), gapS);
    const state = watch.state[c]!;
    const before = twin.state[state]!;
    const usedBefore = lifeUsed(watch.shapes, c, before);
    const after = Math.min(wearAt(watch.shapes, c, usedBefore + mean), Math.max(1, limit, before));
    watch.last[c] = before;
    if (!(after > before)) return;
    twin.state[state] = after;
    watch.last[c] = after;
    const used = lifeUsed(watch.shapes, c, after) - usedBefore;
    watch.grown[c] = watch.grown[c]! + used;
    // Capped, the load that would have been makes it no more uncertain than the part that counted.
    const share = used / mean;
    watch.spread[c] = watch.spread[c]! + used * spreadPerWear + variance * share * share;
    added[component] = after - before;
  });
  return added;
}
