// The lab: work that takes long, on threads of its own that give way to all others. Bounded: more jobs than may wait are
// refused, each has a deadline, and a thread that dies fails the job it had and nothing else. Must never cost a tick
// more than the hand-over, nor a start anything: no thread runs before the first job.
import type { Piscina } from 'piscina';
import type { ForecastJob } from '../core/forecast/job.ts';
import type { Risk } from '../core/forecast.ts';
import { GemError } from '../errors.ts';
import type { Part } from './lifecycle.ts';

/** The load as `packLoad` packs it: it is handed over whole, and unpacked where there is time. */
export type PackedForecastJob = Omit<ForecastJob, 'load'> & { readonly load: Uint8Array };

/** What can be asked of it, and what comes back. */
export interface LabWork {
  readonly forecast: { readonly job: PackedForecastJob; readonly answer: Risk };
}

export type LabKind = keyof LabWork;

export interface LabTask<K extends LabKind = LabKind> {
  readonly kind: K;
  readonly job: LabWork[K]['job'];
}

export interface LabAnswer<K extends LabKind = LabKind> {
  readonly answer: LabWork[K]['answer'];
  /** On the thread; waiting not counted. */
  readonly tookMs: number;
}

export interface LabReport {
  readonly waiting: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly threads: number;
}

export interface Lab {
  /** Stops what runs; starts nothing. */
  readonly part: Part;
  /** Rejects with a GemError of the lab. */
  run<K extends LabKind>(kind: K, job: LabWork[K]['job'], options?: RunOptions): Promise<LabAnswer<K>>;
  report(): LabReport;
}

export interface RunOptions {
  /** Whoever asked is gone. */
  readonly signal?: AbortSignal | undefined;
  /** From now on, waiting included. */
  readonly deadlineMs?: number | undefined;
}

export interface LabOptions {
  /** The module that works: lab-thread.ts. */
  readonly entry: URL;
  readonly threads: number;
  /** Jobs that may wait for a thread. */
  readonly waitingMax?: number;
  readonly deadlineMs?: number;
  /** Of the heap of a thread, in MB; columns of numbers are not in it. */
  readonly heapMaxMb?: number;
}

/** The name of what the entry exports. */
export const labHandler = 'doLabTask';

const waitingMaxUsual = 64;
const deadlineMsUsual = 120_000;
/** A thread without work for so long ends: its memory is worth more than the start of another. */
const idleMs = 300_000;
const heapMaxMbUsual = 256;

export function createLab(options: LabOptions): Lab {
  const { threads, waitingMax = waitingMaxUsual } = options;
  const ended = new AbortController();
  const count = { done: 0, failed: 0 };
  const turns = createTurns(threads);
  let pool: Promise<Piscina> | undefined;

  return {
    report: () => ({ ...count, running: turns.taken, waiting: turns.waiting, threads }),
    part: {
      name: 'lab',
      async start() {},
      async stop() {
        ended.abort();
        await (await pool?.catch(() => undefined))?.destroy();
      },
    },
    async run(kind, job, { signal: asker, deadlineMs = options.deadlineMs ?? deadlineMsUsual } = {}) {
      if (ended.signal.aborted) throw stopped(kind, theGateway);
      if (asker?.aborted === true) throw stopped(kind, theAsker);
      if (turns.waiting >= waitingMax) throw new GemError('GEM_LAB_BUSY', { kind, waiting: turns.waiting });
      const late = AbortSignal.timeout(deadlineMs);
      const signal = AbortSignal.any([late, ended.signal, ...(asker === undefined ? [] : [asker])]);
      try {
        await turns.take(signal);
        try {
          pool ??= openPool(options);
          const answer = await hand(await pool, { kind, job }, signal);
          count.done++;
          return answer;
        } finally {
          turns.giveBack();
        }
      } catch (error) {
        count.failed++;
        throw explained(error, kind, { late, ended: ended.signal, asker, deadlineMs });
      }
    },
  };
}

/**
 * Whoever waits, waits here: the pool is never given more than it has threads, for what waits in it is stranded when the
 * thread before it dies.
 */
function createTurns(most: number) {
  const queue: (() => void)[] = [];
  let taken = 0;
  return {
    get taken() {
      return taken;
    },
    get waiting() {
      return queue.length;
    },
    async take(signal: AbortSignal): Promise<void> {
      if (taken < most) {
        taken++;
        return;
      }
      await new Promise<void>((resolve, reject) => {
        const gone = () => {
          queue.splice(queue.indexOf(turn), 1);
          reject(signal.reason as Error);
        };
        const turn = () => {
          signal.removeEventListener('abort', gone);
          resolve();
        };
        signal.addEventListener('abort', gone, { once: true });
        queue.push(turn);
      });
    },
    /** The one that waited longest has the turn. */
    giveBack(): void {
      const next = queue.shift();
      if (next === undefined) taken--;
      else next();
    },
  };
}

const theGateway = 'the gateway stops';
const theAsker = 'who asked is gone';

interface Reasons {
  readonly late: AbortSignal;
  readonly ended: AbortSignal;
  readonly asker: AbortSignal | undefined;
  readonly deadlineMs: number;
}

/** What is large is given away, not copied. */
async function hand<K extends LabKind>(
  pool: Piscina,
  task: LabTask<K>,
  signal: AbortSignal,
): Promise<LabAnswer<K>> {
  const transferList = [task.job.load.buffer as ArrayBuffer];
  const answer: unknown = await pool.run(task, { signal, transferList });
  return answer as LabAnswer<K>;
}

function explained(error: unknown, kind: LabKind, { late, ended, asker, deadlineMs }: Reasons): GemError {
  if (ended.aborted) return stopped(kind, theGateway, error);
  if (asker?.aborted === true) return stopped(kind, theAsker, error);
  if (late.aborted) return new GemError('GEM_LAB_LATE', { kind, seconds: deadlineMs / 1000 }, error);
  const why = error instanceof Error ? error.message : String(error);
  return new GemError('GEM_LAB_FAILED', { kind, why }, error);
}

function stopped(kind: LabKind, why: string, cause?: unknown): GemError {
  return new GemError('GEM_LAB_STOPPED', { kind, why }, cause);
}

/** Loaded when it is first needed: a start has other things to do. */
async function openPool({ entry, threads, heapMaxMb = heapMaxMbUsual }: LabOptions): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  const pool = new Piscina({
    filename: entry.href,
    name: labHandler,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: idleMs,
    concurrentTasksPerWorker: 1,
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: heapMaxMb },
  });
  // A thread that ends while it has nothing to do: the next job has another.
  pool.on('error', () => undefined);
  return pool;
}
