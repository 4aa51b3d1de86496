// The log of a source on a thread of its own: its lines are written by the gateway, in the order of its samples. What
// cannot be handed to another thread becomes words.
import type { Log } from '../../ports.ts';
import type { Line } from './message.ts';

export function createFarLog(tell: (line: Line) => void): Log {
  const at = (level: keyof Log) => (fields: object, message: string) =>
    tell({ level, fields: portable(fields), message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function portable(fields: object): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
}

/** An error keeps its stack; of anything else what cannot be copied is lost, not the line. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'function' || typeof value === 'symbol' ? String(value) : value;
  }
  if (value instanceof Error) {
    const { message, stack } = value;
    return Object.assign(new Error(message), { stack });
  }
  try {
    return structuredClone(value);
  } catch {
    return 'a value that cannot be shown';
  }
}
