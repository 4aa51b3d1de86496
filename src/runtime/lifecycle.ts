// Starts parts in order and stops them in the reverse, each under a deadline. A part that will not stop is
// left behind and named, so that one slow peer never keeps the others from their goodbye.
import { type GemCode, GemError } from '../errors.ts';
import type { Log } from '../ports.ts';

export interface Part {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface Lifecycle {
  /**
   * Starts the parts in order; when one fails, those that run are stopped and the failure is thrown. A signal
   * meanwhile ends the starting after the part it is at.
   */
  start(signal?: AbortSignal): Promise<void>;
  /** Stops what runs, last first. Resolves to the names of parts left behind. */
  stop(): Promise<string[]>;
}

export interface Deadlines {
  readonly startMs: number;
  readonly stopMs: number;
}

export function createLifecycle(parts: readonly Part[], deadlines: Deadlines, log: Log): Lifecycle {
  const running: Part[] = [];

  const stop = async () => {
    const left: string[] = [];
    for (let part = running.pop(); part !== undefined; part = running.pop()) {
      try {
        await within(part.stop(), deadlines.stopMs, 'GEM_STOP_TIMEOUT', part.name);
        log.debug({ part: part.name }, 'stopped');
      } catch (error) {
        left.push(part.name);
        log.error({ part: part.name, err: error }, error instanceof Error ? error.message : String(error));
      }
    }
    return left;
  };

  return {
    stop,
    async start(signal) {
      for (const part of parts) {
        if (signal?.aborted === true) return;
        // Counted as running before it is: a start that fails half-way still wants its stop.
        running.push(part);
        try {
          await within(part.start(), deadlines.startMs, 'GEM_START_TIMEOUT', part.name);
          log.debug({ part: part.name }, 'started');
        } catch (error) {
          await stop();
          throw error;
        }
      }
    },
  };
}

async function within(work: Promise<void>, deadlineMs: number, code: GemCode, part: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new GemError(code, { part, deadlineMs })), deadlineMs);
  });
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
