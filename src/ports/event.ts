// What the gateway tells of itself as it happens, and what it refused. Interfaces only.
import type { RejectReason } from '../core/sample.ts';

export interface GatewayEvent {
  readonly kind:
    | 'started'
    | 'stopping'
    | 'clock-stepped'
    | 'source-up'
    | 'source-down'
    | 'ticks-missed'
    | 'unit-changed'
    | 'clock-finding'
    | 'flooded'
    | 'diverged'
    | 'recalibrated'
    | 'not-recalibrated'
    | 'parameters-rolled-back'
    | 'parameters-set'
    | 'inspected'
    | 'replaced'
    | 'restored'
    | 'history-full'
    | 'history-quarantined'
    | 'history-failed'
    | 'history-recovered'
    | 'alarm';
  readonly timeMs: number;
  readonly machine?: string;
  readonly source?: string;
  readonly text: string;
  readonly details?: Readonly<Record<string, number | string>>;
}

export interface DeadLetter {
  readonly source: string;
  readonly reason: RejectReason;
  readonly timeMs: number;
  /** At most 1 KiB of what came. */
  readonly excerpt: string;
  /** So many at once, of which this is one; absent: one. */
  readonly count?: number;
}
