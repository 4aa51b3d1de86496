// What takes several samples of a tag to see, for the few tags whose configuration asks for it.
import { JumpVerdict, type JumpWatch, newJumpWatch, watchJump } from './jump.ts';
import type { TagSpec } from './sample.ts';
import { isStuck, newStuckWatch, type StuckWatch } from './stuck.ts';

/** As bits, beside those of `Found`. */
export const Doubt = {
  stuck: 0x1000,
  /** This value looks like another unit's. */
  unitJump: 0x2000,
  /** Once, with the sample that makes it sure, and once with the one that ends it. */
  unitChanged: 0x4000,
  unitBack: 0x8000,
} as const;

export interface Doubts {
  readonly stuck: StuckWatch | undefined;
  readonly jump: JumpWatch | undefined;
}

export function newDoubts(spec: TagSpec): Doubts | undefined {
  const { stuckSamples, unitJump = false, unit } = spec;
  if (stuckSamples === undefined && !unitJump) return undefined;
  return {
    stuck: stuckSamples === undefined ? undefined : newStuckWatch(stuckSamples),
    jump: unitJump ? newJumpWatch(unit) : undefined,
  };
}

/** Takes the values in order of time, the bad ones left out; they neither change nor stay the same. */
export function watchDoubts({ stuck, jump }: Doubts, value: number): number {
  let found = stuck !== undefined && isStuck(stuck, value) ? Doubt.stuck : 0;
  if (jump === undefined) return found;
  const verdict = watchJump(jump, value);
  if (verdict === JumpVerdict.over) return found | Doubt.unitBack;
  if (verdict === JumpVerdict.found) found |= Doubt.unitChanged;
  return verdict === JumpVerdict.none ? found : found | Doubt.unitJump;
}
