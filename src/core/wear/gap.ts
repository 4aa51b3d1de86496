// The time nobody watched: wear goes on at the rates seen lately, up to worn out, and is as uncertain as they are.
// While a twin holds still (absence.ts) that time is only counted; it is settled when the machine is back.
import { coolAtRest } from '../absence.ts';
import type { Twin } from '../twin.ts';
import type { TwinNews } from '../twin-command.ts';
import { cumulativeLoad, loadOf } from './load.ts';
import { lifeUsed, wearAt } from './shape.ts';
import { Seen, spreadPerWear, type WearWatch, watchWear, workedLately } from './watch.ts';

/** For so long a machine that was at work is taken to have worked on, unless the configuration says otherwise. */
export const usualGapMaxS = 3600;
/** A shorter one is made up for, and nobody is told. */
const toldS = 60;

/** After each step of the twin: watches what it did, or counts how long it held still. */
export function watchOrWait(
  watch: WearWatch,
  twin: Twin,
  dtS: number,
  gapMaxS: number,
  machine: number,
  news: TwinNews[],
): void {
  const { seen } = watch;
  const heldS = twin.offline[1]!;
  seen[Seen.heldS] = seen[Seen.heldS]! + heldS;
  if (dtS > heldS) watchWear(watch, twin, dtS - heldS, machine, news);
  if (twin.offline[0] === 0 && seen[Seen.heldS]! > 0) settle(watch, twin, gapMaxS, machine, news);
}

/** The machine is back. */
function settle(watch: WearWatch, twin: Twin, gapMaxS: number, machine: number, news: TwinNews[]): void {
  const gapS = watch.seen[Seen.heldS]!;
  watch.seen[Seen.heldS] = 0;
  const worked = workedLately(watch);
  const integrated = worked && gapS <= gapMaxS;
  const wear = integrated ? passGap(watch, twin, gapS) : {};
  if (!integrated) coolAtRest(twin, gapS);
  const gap = integrated ? 'integrated' : worked ? 'too long' : 'at rest';
  if (gapS >= toldS) news.push({ kind: 'returned', machine, gapS, gap, wear });
}

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
