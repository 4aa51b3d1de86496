// What a derived signal is, by names: as the configuration says it, before names become rows and tracks.
import type { Statistic } from './aggregate.ts';
import type { BandPolicy } from './band.ts';
import type { EnvelopePolicy } from './envelope.ts';
import type { Program } from './program.ts';

/** A name is a signal of the machine; one with a slash is a tag, "<source>/<tag>". */
export type DerivedFrom =
  | { readonly kind: 'expression'; readonly program: Program }
  | { readonly kind: 'window'; readonly statistic: Statistic; readonly of: string; readonly windowMs: number }
  | { readonly kind: 'band'; readonly of: string; readonly policy: BandPolicy }
  /** `speed`: the signal of the shaft; empty where the policy has it. */
  | {
      readonly kind: 'envelope';
      readonly of: string;
      readonly policy: EnvelopePolicy;
      readonly speed: string;
    };

export interface DerivedPlan {
  readonly unit: string;
  /** From what, in words. */
  readonly text: string;
  readonly deadband: number | undefined;
  readonly from: DerivedFrom;
}

export function isTagName(name: string): boolean {
  return name.includes('/');
}

/** What a derived signal is made of. */
export function needsOf(from: DerivedFrom): readonly string[] {
  if (from.kind === 'expression') return from.program.names;
  return from.kind === 'envelope' && from.speed !== '' ? [from.of, from.speed] : [from.of];
}
