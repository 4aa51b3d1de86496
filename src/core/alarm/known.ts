// Whether anything is known of what a condition is about: what nobody can see is not gone.
import type { Condition } from '../finding.ts';
import { type Frame, Origins } from '../frame.ts';
import { isGood } from '../quality.ts';

/** `fed`: by row of the frame, 1 for one that a sensor feeds, or what is computed of some; of the others the twin alone tells. */
export function knows({ detector, rows }: Condition, frame: Frame, fed: Uint8Array): boolean {
  if (detector === 'link' || rows.length === 0) return true;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    // That nothing comes is over with whatever comes.
    const known =
      detector === 'silent' ? Number.isFinite(frame.ageMs[row]!) : isSeen(frame, row, fed[row] === 1);
    if (known) return true;
  }
  return false;
}

function isSeen({ origin, quality, value }: Frame, row: number, isFed: boolean): boolean {
  if (!isFed) return true;
  const isHere = origin[row] !== Origins.missing && origin[row] !== Origins.predicted;
  return isHere && isGood(quality[row]!) && Number.isFinite(value[row]!);
}
