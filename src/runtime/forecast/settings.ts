// What the forecast of one machine is made by. Data only.
import type { FailureSpec } from '../../core/model.ts';

export interface ForecastSettings {
  readonly enabled: boolean;
  readonly everyS: number;
  readonly horizonH: number;
  readonly particles: number;
  readonly failures: readonly FailureSpec[];
}

/** What differs when somebody asks. */
export interface ForecastWish {
  readonly horizonH?: number | undefined;
  readonly particles?: number | undefined;
  readonly seed?: number | undefined;
}

/** Follows from the machine and the time, so that whoever knows both can have the same futures again. */
export function seedOf(machine: string, timeMs: number): number {
  let hash = 0x811c9dc5;
  for (const sign of `${machine}@${timeMs}`) hash = Math.imul(hash ^ sign.codePointAt(0)!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
