// From samples in order of receipt to messages: by second of receipt, by machine, by signal. The same second gives the
// same messages whoever asks and however the answers of history are cut.
import type { MachineLayout } from '../../core/frame.ts';
import { isBad, Quality } from '../../core/quality.ts';
import type { SampleColumns } from '../../core/sample.ts';
import type { MissedSamples, MissedSignal } from '../../ports/catch-up.ts';
import type { ReceivedAnswer } from '../../ports/history.ts';
import type { TagFeed } from '../../ports.ts';
import type { Coverage } from './coverage.ts';
import { windowMs } from './windows.ts';

export interface CutOptions {
  readonly machines: readonly MachineLayout[];
  /** Ticks lie there: they say which sample came too late for its frame. */
  readonly startMs: number;
  readonly periodMs: number;
  readonly batchSamples: number;
}

export interface Cutter {
  /**
   * Takes the next answer; `feeds` by tag id. Gives the messages of the seconds that are complete with it, oldest
   * first. Of a second that was not missed, only samples whose frame did not have them, or did not arrive.
   */
  take(
    answer: ReceivedAnswer,
    feeds: ReadonlyMap<number, readonly TagFeed[]>,
    coverage: Pick<Coverage, 'missed' | 'wasLive'>,
  ): MissedSamples[];
  /** Forgets the second that is not complete. */
  reset(): void;
}

interface Columns {
  readonly name: string;
  readonly timeMs: number[];
  readonly value: number[];
  readonly quality: number[];
}

interface Part {
  readonly signals: Map<string, Columns>;
  samples: number;
}

export function createCutter(options: CutOptions): Cutter {
  const { machines, batchSamples } = options;
  const isShown = createShown(options);
  const empty = () => new Map<string, Part[]>(machines.map(({ id }) => [id, []]));
  let window = Number.NaN;
  let missed = true;
  let parts = empty();

  const finish = (into: MissedSamples[]) => {
    for (const [machine, all] of parts) {
      for (const [part, { signals, samples }] of all.entries()) {
        into.push({
          ...{ machine, seq: window, part, parts: all.length, late: !missed, samples },
          ...{ fromMs: window * windowMs, toMs: (window + 1) * windowMs },
          signals: [...signals.values()] satisfies MissedSignal[],
        });
      }
    }
    parts = empty();
    window = Number.NaN;
  };

  return {
    take({ samples, reachedMs }, feeds, coverage) {
      const done: MissedSamples[] = [];
      for (let i = 0; i < samples.length; i++) {
        const receiveMs = samples.receiveMs[i]!;
        const its = Math.ceil(receiveMs / windowMs) - 1;
        if (its !== window) {
          finish(done);
          window = its;
          missed = coverage.missed.has(window);
        }
        for (const feed of feeds.get(samples.tag[i]!) ?? []) {
          const all = parts.get(feed.machine);
          if (all === undefined) continue;
          if (!missed && isShown(feed.machine, samples.timeMs[i]!, receiveMs, coverage)) continue;
          put(columnsFor(all, feed.signal, batchSamples), feed, samples, i);
        }
      }
      if (reachedMs >= (window + 1) * windowMs) finish(done);
      return done;
    },
    reset() {
      parts = empty();
      window = Number.NaN;
    },
  };
}

/** A conversion may overflow; what is no number is Bad, as in a frame. */
function put(columns: Columns, { scale, offset }: TagFeed, samples: SampleColumns, i: number): void {
  const value = samples.value[i]! * scale + offset;
  const quality = samples.quality[i]!;
  columns.timeMs.push(samples.timeMs[i]!);
  columns.value.push(value);
  columns.quality.push(Number.isFinite(value) || isBad(quality) ? quality : Quality.badOutOfRange);
}

function columnsFor(parts: Part[], name: string, batchSamples: number): Columns {
  let part = parts.at(-1);
  if (part === undefined || part.samples >= batchSamples) {
    part = { signals: new Map(), samples: 0 };
    parts.push(part);
  }
  part.samples++;
  let columns = part.signals.get(name);
  if (columns === undefined) {
    columns = { name, timeMs: [], value: [], quality: [] };
    part.signals.set(name, columns);
  }
  return columns;
}

/** Of a second that was not missed: whether the first frame of or after a sample's time has it. */
function createShown({ machines, startMs, periodMs }: CutOptions) {
  const lags = new Map(machines.map(({ id, lagMs }) => [id, lagMs]));
  return (machine: string, timeMs: number, receiveMs: number, { wasLive }: Pick<Coverage, 'wasLive'>) => {
    const frameMs = startMs + Math.ceil((timeMs - startMs) / periodMs) * periodMs;
    if (receiveMs > frameMs + (lags.get(machine) ?? 0)) return false;
    // A stamp may be ahead: then its frame came after this second, and may be among those that were missed.
    return timeMs <= receiveMs || wasLive(frameMs);
  };
}
