// What is kept of a machine's load over a restart, beside its twin's memory, and what a forecast needs besides when no
// gateway runs. A damaged file is a load that is seen anew, never a reason not to start.
import { join } from 'node:path';
import { z } from 'zod';
import { seal, unseal } from '../twins/memory.ts';

const loadForm = 1;

const failure = z.object({
  name: z.string(),
  about: z.string(),
  of: z.union([z.object({ component: z.string() }), z.object({ output: z.string() })]),
  threshold: z.number(),
});

const fileSchema = z.object({
  gemel: z.literal('load'),
  v: z.literal(loadForm),
  machine: z.string(),
  model: z.string(),
  /** Gateway time of writing, and of the frame whose inputs these are. */
  timeMs: z.number(),
  input: z.record(z.string(), z.number()),
  horizonH: z.number(),
  particles: z.int(),
  failures: z.array(failure),
  /** As `packLoad` packs it. */
  load: z.string(),
});

export type LoadMemory = Omit<z.infer<typeof fileSchema>, 'gemel' | 'v' | 'load'> & {
  readonly load: Uint8Array;
};

export function loadFile(stateDir: string, machine: string): string {
  return join(stateDir, 'twins', `${machine}.load`);
}

export function encodeLoad({ load, ...rest }: LoadMemory): string {
  const bytes = Buffer.from(load.buffer, load.byteOffset, load.byteLength);
  return seal({ gemel: 'load', v: loadForm, ...rest, load: bytes.toString('base64') });
}

/** Undefined for a text that is damaged. */
export function decodeLoad(text: string, file: string): LoadMemory | undefined {
  const { success, data } = fileSchema.safeParse(unseal(text, loadForm, file));
  if (!success) return undefined;
  const { load, gemel: _, v: __, ...rest } = data;
  return { ...rest, load: new Uint8Array(Buffer.from(load, 'base64')) };
}
