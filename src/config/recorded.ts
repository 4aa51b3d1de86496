// A configuration as the history keeps it with each run, for whoever replays it: without secrets.
import { redact } from './redact.ts';
import { type Config, configSchema } from './schema.ts';

export function recordedConfig(config: Config): string {
  return JSON.stringify(redact(config, config, new Map(), (text) => text));
}

/** Undefined for a text that is none. What is not shown in it is of no matter to a replay. */
export function readRecordedConfig(text: string): Config | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { success, data } = configSchema.safeParse(read);
  if (success) return data;
  // A secret that is hidden may be no valid one; all else was checked when that gateway started.
  const hasParts = ['machines', 'sources', 'loop', 'memory'].every(
    (part) => typeof (read as Record<string, unknown> | null)?.[part] === 'object',
  );
  return hasParts ? (read as Config) : undefined;
}
