// What is kept of one machine's twin over a restart, and its text: a line with the checksum of all that follows, then
// JSON. A text of which one bit is another is no memory; one of a later form is told apart from a damaged one.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TwinMemory } from '../../core/twin-command.ts';
import { GemError } from '../../errors.ts';
import { alarmMemorySchema } from '../alarms/alarm-form.ts';

const memoryForm = 1;

const numbers = z.record(z.string(), z.number());

const memorySchema = z.object({
  machine: z.string(),
  /** Wall time of writing: the next run knows no other. */
  timeMs: z.number(),
  /** Written by a stop in order: nothing was told that is not in it. */
  clean: z.boolean(),
  /** Wear had grown not long before. */
  working: z.boolean(),
  /** For how long work may be taken to have gone on, by the configuration then. */
  gapMaxS: z.number(),
  /** By component: the most wear that could be told before the next writing. */
  told: numbers,
  /** The parameters by configuration and model when it was written. */
  configured: numbers,
  /** The newest version of the parameters when it was written. */
  version: z.int(),
  /** Counts the writings of this machine, over all runs: of two the higher is the newer, whatever the clocks said. */
  writing: z.int().optional(),
  /** All samples received up to then are in it (gateway time). */
  upToMs: z.number().optional(),
  twin: z.object({
    model: z.string(),
    modelVersion: z.string(),
    state: numbers,
    input: numbers.optional(),
    parameters: numbers,
    sigma: numbers,
    wear: z.record(z.string(), z.array(z.number())),
    // What is not understood of alarms is not to cost wear and parameters.
    alarms: alarmMemorySchema.optional().catch(undefined),
    normals: z.record(z.string(), z.array(z.number())).optional().catch(undefined),
  }),
});

const fileSchema = z.object({
  gemel: z.literal('twin-memory'),
  v: z.literal(memoryForm),
  memory: memorySchema,
});

export interface MachineMemory extends Omit<z.infer<typeof memorySchema>, 'twin'> {
  readonly twin: TwinMemory;
}

export function encodeMemory(memory: MachineMemory): string {
  return seal({ gemel: 'twin-memory', v: memoryForm, memory });
}

/** Undefined for a text that is damaged. */
export function decodeMemory(text: string, file: string): MachineMemory | undefined {
  const { success, data } = fileSchema.safeParse(unseal(text, memoryForm, file));
  return success ? data.memory : undefined;
}

export function seal(content: object): string {
  const body = `${JSON.stringify(content)}\n`;
  return `${checksum(body)}\n${body}`;
}

/** Undefined for a text that is not whole; throws for one that is, and is of a later form than `form`. */
export function unseal(text: string, form: number, file: string): unknown {
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  if (end < 0 || text.slice(0, end) !== checksum(body)) return undefined;
  const content: unknown = JSON.parse(body);
  const found = (content as { v?: unknown } | null)?.v;
  if (typeof found === 'number' && found > form)
    throw new GemError('GEM_MEMORY_NEWER', { file, found, form });
  return content;
}

function checksum(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
