// What the learners of a machine knew, kept over a restart: only for the parameters they belong to, only for a while, and
// only for the very model.
import { z } from 'zod';
import type { Model } from '../../core/model.ts';
import { seal, unseal } from './memory.ts';

const filtersForm = 1;
/** A machine that has stood for longer may have been changed by somebody. */
const gapMaxMs = 3_600_000;
const clockToleranceMs = 2000;

const filtersSchema = z.object({
  gemel: z.literal('twin-filters'),
  v: z.literal(filtersForm),
  machine: z.string(),
  /** Wall time of writing. */
  timeMs: z.number(),
  model: z.string(),
  modelVersion: z.string(),
  /** The version of the parameters they go with. */
  version: z.int(),
  groups: z.record(z.string(), z.array(z.number())),
});

export type MachineFilters = Omit<z.infer<typeof filtersSchema>, 'gemel' | 'v'>;

export function encodeFilters(filters: MachineFilters): string {
  return seal({ gemel: 'twin-filters', v: filtersForm, ...filters });
}

/** Undefined for a text that is damaged. */
export function decodeFilters(text: string, file: string): MachineFilters | undefined {
  const { success, data } = filtersSchema.safeParse(unseal(text, filtersForm, file));
  return success ? data : undefined;
}

/** Undefined where the learners are to begin anew. */
export function usableFilters(
  filters: MachineFilters | undefined,
  model: Model,
  version: number,
  nowMs: number,
): MachineFilters['groups'] | undefined {
  if (filters === undefined || filters.model !== model.id || filters.modelVersion !== model.version) return;
  const elapsedMs = nowMs - filters.timeMs;
  const isRecent = elapsedMs >= -clockToleranceMs && elapsedMs <= gapMaxMs;
  return isRecent && filters.version === version ? filters.groups : undefined;
}
