// Logs: JSON lines by pino, synchronous, so that the last line before an exit is not lost.
import { pino } from 'pino';
import type { Log } from '../ports.ts';
import type { LogConfig } from './schema.ts';

export interface RootLog extends Log {
  /** The log of one part; its name stands in every line. */
  component(name: string): Log;
}

export function createLog(config: LogConfig, descriptor = 1): RootLog {
  const destination = pino.destination({ dest: descriptor, sync: true });
  // A full disk or a closed pipe takes our lines; it does not take the gateway.
  destination.on('error', () => {});
  const root = pino(
    {
      level: config.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return Object.assign(Object.create(root) as Log, {
    component: (name: string): Log => root.child({ component: name }),
  });
}
