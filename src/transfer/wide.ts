// Samples as a wide table: a row every so often, a column a tag, each with what it was worth then. Must not make a value
// up: where a tag was Bad, or unheard of for too long, the cell is empty.
import { isBad } from '../core/quality.ts';
import type { Series } from '../core/sample.ts';
import type { HistoryReader, TimeRange } from '../ports/history.ts';
import { exactOf, isExact } from './long.ts';
import { pageOf } from './merged.ts';
import type { Batch, Column, Table } from './table.ts';
import { type ChosenTag, converted, referenceOf } from './tag-choice.ts';

export interface WideOptions {
  readonly everyMs: number;
  /** previous: what the last sample said. linear: between two Good or Uncertain ones on the line between them. */
  readonly align: 'previous' | 'linear';
  /** After so long without a sample a value is no longer known; Infinity: never. */
  readonly staleMs: number;
}

const batchRows = 2048;
/** Beyond the range, to have something to draw the last line to. */
const aheadMaxMs = 60_000;

export function wideTable(
  reader: HistoryReader,
  tags: readonly ChosenTag[],
  range: TimeRange,
  options: WideOptions,
  onTime: (timeMs: number) => void,
): Table {
  const columns: Column[] = [{ name: 'time', kind: 'time' }, ...namesOf(tags)];
  return { columns, batches: wideBatches(reader, tags, range, options, onTime) };
}

/** As `gemel replay` looks for them. What has one name in two units is told apart. */
function namesOf(tags: readonly ChosenTag[]): Column[] {
  const references = tags.map(({ tag }) => referenceOf(tag));
  return tags.map(({ unit, tag }, at) => {
    const name = references[at]!;
    const unique = references.filter((other) => other === name).length === 1;
    const told = unique ? name : `${name} [${unit}] ${tag.kind} ${tag.tier}`;
    return { name: told, kind: 'value', unit };
  });
}

async function* wideBatches(
  reader: HistoryReader,
  tags: readonly ChosenTag[],
  { fromMs, toMs }: TimeRange,
  options: WideOptions,
  onTime: (timeMs: number) => void,
): AsyncGenerator<Batch> {
  const { everyMs } = options;
  const page = pageOf(tags.length);
  const tracks = tags.map((chosen) => createTrack(reader, chosen, { fromMs, toMs }, options, page));
  const firstStep = Math.ceil(fromMs / everyMs);
  const lastStep = Math.floor(toMs / everyMs);
  // By step, not by adding up: a hundred thousand times 0.1 is not ten thousand.
  for (let begin = firstStep; begin <= lastStep; begin += batchRows) {
    const length = Math.min(batchRows, lastStep - begin + 1);
    const times = Float64Array.from({ length }, (_, row) => (begin + row) * everyMs);
    const cells = [];
    for (const track of tracks) cells.push(await track.column(times));
    yield { length, cells: [{ numbers: times }, ...cells] };
    onTime(times[length - 1]!);
  }
}

interface Track {
  /** Of moments that come after those of the call before. */
  column(times: Float64Array): Promise<{
    numbers: Float64Array;
    exact: (bigint | undefined)[] | undefined;
  }>;
}

interface Known {
  readonly timeMs: number;
  readonly value: number;
  readonly exact: bigint | undefined;
  readonly bad: boolean;
}

function createTrack(
  reader: HistoryReader,
  chosen: ChosenTag,
  range: TimeRange,
  { align, staleMs }: WideOptions,
  samplesMax: number,
): Track {
  const { tag } = chosen;
  const aheadMs = align === 'linear' ? Math.min(staleMs, aheadMaxMs) : 0;
  const bounds = { fromMs: range.fromMs, toMs: range.toMs + aheadMs };
  const linear = align === 'linear' && tag.kind === 'number';
  let known: Known | undefined;
  let series: Series | undefined;
  let at = 0;
  let next: string | undefined;

  const sampleAt = (row: number): Known => ({
    timeMs: series!.timeMs[row]!,
    value: series!.value[row]!,
    exact: exactOf(series!, row, tag.kind),
    bad: isBad(series!.quality[row]!) || Number.isNaN(series!.value[row]!),
  });
  const begin = async () => {
    const before = await reader.at({ tag: tag.id, timeMs: range.fromMs, align: 'previous' });
    if (before.origin !== 'missing') known = knownOf(before, tag.kind);
    await turn(undefined);
  };
  const turn = async (after: string | undefined) => {
    const query = { tag: tag.id, ...bounds, samplesMax };
    const answer = await reader.raw(after === undefined ? query : { ...query, after });
    ({ series, next } = answer);
    at = 0;
  };
  /** Until the next sample is later than `timeMs`; undefined: there is no later one. */
  const advance = async (timeMs: number): Promise<Known | undefined> => {
    for (;;) {
      const { length, timeMs: stamps } = series!;
      let last = at - 1;
      while (last + 1 < length && stamps[last + 1]! <= timeMs) last++;
      if (last >= at) known = sampleAt(last);
      at = last + 1;
      if (at < length) return linear ? sampleAt(at) : undefined;
      if (next === undefined) return undefined;
      await turn(next);
    }
  };
  return {
    async column(times) {
      if (series === undefined) await begin();
      const numbers = new Float64Array(times.length);
      const exact: (bigint | undefined)[] = [];
      for (const [row, timeMs] of times.entries()) {
        const upcoming = isAhead(series!, at, timeMs, linear) ? undefined : await advance(timeMs);
        const value = worth(known, upcoming, timeMs, staleMs);
        numbers[row] = converted(value, chosen);
        exact.push(Number.isNaN(value) ? undefined : known?.exact);
      }
      return { numbers, exact: isExact(tag.kind) ? exact : undefined };
    },
  };
}

/** The short way: what is known stays what it is. */
function isAhead({ length, timeMs }: Series, at: number, now: number, linear: boolean): boolean {
  return !linear && at < length && timeMs[at]! > now;
}

function knownOf({ timeMs, ageMs, value, exact, quality }: Before, kind: string): Known {
  const bad = isBad(quality) || Number.isNaN(value);
  const whole = exact === undefined || bad || !isExact(kind) ? undefined : exact;
  return { timeMs: timeMs - ageMs, value, bad, exact: kind === 'uint64' ? unsigned(whole) : whole };
}

type Before = Awaited<ReturnType<HistoryReader['at']>>;

function unsigned(exact: bigint | undefined): bigint | undefined {
  return exact === undefined ? undefined : BigInt.asUintN(64, exact);
}

function worth(
  known: Known | undefined,
  upcoming: Known | undefined,
  timeMs: number,
  staleMs: number,
): number {
  if (known === undefined || known.bad || timeMs - known.timeMs > staleMs) return Number.NaN;
  if (upcoming === undefined || upcoming.bad || known.timeMs === timeMs) return known.value;
  const spanMs = upcoming.timeMs - known.timeMs;
  if (spanMs > staleMs) return known.value;
  return known.value + ((upcoming.value - known.value) * (timeMs - known.timeMs)) / spanMs;
}
