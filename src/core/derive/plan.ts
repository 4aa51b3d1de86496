// What a derived signal is, by names: as the configuration says it, before names become rows and tracks.
import type { Statistic } from './aggregate.ts';
import type { BandPolicy } from './band.ts';
import type { Program } from './program.ts';

/** A name is a signal of the machine; one with a slash is a tag, "<source>/<tag>". */
export type DerivedFrom =
  | { readonly kind: 'expression'; readonly program: Program }
  | { readonly kind: 'window'; readonly statistic: Statistic; readonly of: string; readonly windowMs: number }
  | { readonly kind: 'band'; readonly of: string; readonly policy: BandPolicy };

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
  return from.kind === 'expression' ? from.program.names : [from.of];
}
