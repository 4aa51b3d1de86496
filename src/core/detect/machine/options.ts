// What may be said of the detection of a machine, and where its signals come from. Nouns only.
import type { Condition } from '../../finding.ts';
import type { LimitSpec } from '../../model.ts';
import type { WantedDetector, WantedKind } from './wanted.ts';

/** What the configuration says of the detectors of a machine; by default all that are sensible are on. */
export interface DetectionOptions {
  readonly enabled: boolean;
  /** 1 is usual; 2 speaks of half of what 1 speaks of. */
  readonly sensitivity?: number;
  /** Kinds of detector that are not wanted. */
  readonly off?: readonly Condition['detector'][];
  /** By signal: what differs from the model's limit, limits of its own, or none. */
  readonly limits?: Readonly<Record<string, 'off' | LimitOption | readonly LimitOption[]>>;
  /** Detectors that are wanted beside those that every machine has. */
  readonly detectors?: { readonly [K in WantedKind]?: WantedDetector | undefined };
  /** By kind: signals that it says nothing of. */
  readonly ignore?: {
    readonly silent?: readonly string[];
    readonly stuck?: readonly string[];
    readonly residual?: readonly string[];
  };
}

export type LimitOption = { readonly [K in keyof Omit<LimitSpec, 'signal'>]?: LimitSpec[K] | undefined };

export interface SignalOrigin {
  readonly source: string;
  readonly device: string;
}
