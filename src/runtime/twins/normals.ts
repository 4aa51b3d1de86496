// What the detectors of a machine knew to be normal, kept over a restart: only for the very model, for the parameters it was
// learnt with, and for some weeks. Larger than all else and slow, so that it is written more rarely; at once with an alarm.
import { z } from 'zod';
import type { Model } from '../../core/model.ts';
import { seal, unseal } from './memory.ts';

const normalsForm = 1;
/** A machine that has stood for longer is to be learnt anew. */
const gapMaxMs = 30 * 86_400_000;
const clockToleranceMs = 2000;

const normalsSchema = z.object({
  gemel: z.literal('twin-normals'),
  v: z.literal(normalsForm),
  machine: z.string(),
  /** Wall time of writing. */
  timeMs: z.number(),
  model: z.string(),
  modelVersion: z.string(),
  /** The version of the parameters they go with. */
  version: z.int(),
  normals: z.record(z.string(), z.array(z.number())),
});

export type MachineNormals = Omit<z.infer<typeof normalsSchema>, 'gemel' | 'v'>;

export function encodeNormals(normals: Omit<MachineNormals, 'normals'> & Readable): string {
  return seal({ gemel: 'twin-normals', v: normalsForm, ...normals });
}

interface Readable {
  readonly normals: Readonly<Record<string, readonly number[]>>;
}

/** Undefined for a text that is damaged. */
export function decodeNormals(text: string, file: string): MachineNormals | undefined {
  const { success, data } = normalsSchema.safeParse(unseal(text, normalsForm, file));
  return success ? data : undefined;
}

/** Undefined where the detectors are to begin anew. */
export function usableNormals(
  normals: MachineNormals | undefined,
  model: Model,
  version: number,
  nowMs: number,
): MachineNormals['normals'] | undefined {
  if (normals === undefined || normals.model !== model.id || normals.modelVersion !== model.version) return;
  const elapsedMs = nowMs - normals.timeMs;
  const isRecent = elapsedMs >= -clockToleranceMs && elapsedMs <= gapMaxMs;
  return isRecent && normals.version === version ? normals.normals : undefined;
}

/** Of two the one that was written last. */
export function newerNormals(
  one: MachineNormals | undefined,
  other: MachineNormals | undefined,
): MachineNormals | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.timeMs > one.timeMs ? other : one;
}
