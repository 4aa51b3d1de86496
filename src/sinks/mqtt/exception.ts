// Publishing by exception: which signals of a frame have changed enough to be worth a message.
import type { Frame, MachineLayout } from '../../core/frame.ts';

export interface ExceptionRules {
  /** Percent of the signal's span, where the signal has no deadband of its own. */
  readonly deadband: number;
  readonly minIntervalMs: number;
  readonly maxIntervalS: number;
}

export interface Exceptions {
  /** Calls `publish` with the index of each signal that is due, and takes it as published. */
  due(frame: Frame, publish: (signal: number) => void): void;
  /** All are due at the next frame: the subscriber side has forgotten. */
  reset(): void;
}

export function createExceptions({ signals }: MachineLayout, rules: ExceptionRules): Exceptions {
  const { deadband: percent, minIntervalMs, maxIntervalS } = rules;
  const value = new Float64Array(signals.length);
  const quality = new Uint32Array(signals.length);
  const timeMs = new Float64Array(signals.length).fill(Number.NEGATIVE_INFINITY);

  /** Without a span the last value gives the scale. */
  const band = (i: number): number =>
    signals[i]!.deadband ?? (percent / 100) * (signals[i]!.span ?? Math.abs(value[i]!));

  const isDue = (frame: Frame, i: number): boolean => {
    const elapsedMs = frame.timeMs - timeMs[i]!;
    if (elapsedMs >= maxIntervalS * 1000) return true;
    // The low 16 bits are flags, not quality.
    if (frame.quality[i]! >>> 16 !== quality[i]! >>> 16) return true;
    const now = frame.value[i]!;
    const before = value[i]!;
    if (Number.isNaN(now) || Number.isNaN(before)) return Number.isNaN(now) !== Number.isNaN(before);
    return now !== before && Math.abs(now - before) >= band(i) && elapsedMs >= minIntervalMs;
  };

  return {
    due(frame, publish) {
      for (let i = 0; i < signals.length; i++) {
        if (!isDue(frame, i)) continue;
        value[i] = frame.value[i]!;
        quality[i] = frame.quality[i]!;
        timeMs[i] = frame.timeMs;
        publish(i);
      }
    },
    reset() {
      timeMs.fill(Number.NEGATIVE_INFINITY);
    },
  };
}
