// What is said of the clocks of the sources: their worst for a report, and an event when one goes wrong or
// is right again. Looks now and then, for a clock is not wrong for a tick; and says little, whatever happens.
import { clockFinding } from '../core/clock/finding.ts';
import { type ClockModel, clockDriftPpm, clockOffsetMs, isAbsurd } from '../core/clock-model.ts';
import { type ClockFinding, clockFindings } from '../core/sample.ts';
import { futureMs } from '../core/stamp.ts';
import type { GatewayEvent } from '../ports/event.ts';
import type { Clock, SourceReport } from '../ports.ts';
import type { SourceAccount } from './account.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

const lookEveryMs = 1000;
/** So many are looked at in one tick: of ten thousand all at once would delay it by milliseconds. */
const clocksPerLook = 256;
/** A clock whose finding comes and goes is told of once in so long. */
const sameClockMs = 60_000;
/** Of one source: a hundred devices that start at once are not a hundred events. */
const perSource = { samplesPerS: 0.1, burst: 10 };
/** A clock that has not been heard for so long is nobody's concern while others are. */
const silentMs = 600_000;

/** A clock that may be slewed, and says so. */
export type SlewedClock = Clock & { readonly slewPpm?: number };

/** The part of a report that is about clocks. */
export function reportClocks(
  { clocks }: SourceAccount,
  nowMs: number,
  slewPpm = 0,
): Pick<SourceReport, 'clockOffsetMs' | 'clockDriftPpm' | 'clockFinding'> {
  let worst: ClockModel | undefined;
  let farMs = -1;
  let rank = clockFindings.indexOf('none');
  for (const clock of clocks.values()) {
    if (nowMs - clock.lastMs > silentMs && clocks.size > 1) continue;
    rank = Math.min(rank, clockFindings.indexOf(clockFinding(clock, nowMs, slewPpm)));
    const awayMs = Math.abs(clockOffsetMs(clock));
    if (awayMs > farMs) {
      farMs = awayMs;
      worst = clock;
    }
  }
  return {
    clockOffsetMs: worst === undefined ? Number.NaN : clockOffsetMs(worst),
    clockDriftPpm: worst === undefined ? Number.NaN : clockDriftPpm(worst),
    clockFinding: clockFindings[rank]!,
  };
}

interface Told {
  finding: ClockFinding;
  atMs: number;
}

export interface ClockNews {
  /** Tells of the clocks of one source that have changed since they were last told of. */
  look(source: string, account: SourceAccount, emit: (event: GatewayEvent) => void): void;
}

/** Where the round through the clocks of a source is, and how much may still be said of them. */
interface Round {
  readonly bucket: TokenBucket;
  clocks: MapIterator<[string, ClockModel]>;
  /** The clock that could not be told of; the round goes on from it. */
  waiting: [string, ClockModel] | undefined;
  dueMs: number;
}

export function createClockNews(time: SlewedClock): ClockNews {
  const told = new Map<ClockModel, Told>();
  const rounds = new Map<string, Round>();

  const roundOf = (source: string, clocks: SourceAccount['clocks']): Round => {
    let round = rounds.get(source);
    if (round === undefined) {
      const dueMs = Number.NEGATIVE_INFINITY;
      round = { bucket: createTokenBucket(perSource), clocks: clocks.entries(), waiting: undefined, dueMs };
      rounds.set(source, round);
    }
    return round;
  };

  return {
    look(source, { clocks }, emit) {
      const monotonicMs = time.monotonicMs();
      const round = roundOf(source, clocks);
      if (monotonicMs < round.dueMs) return;
      const nowMs = time.nowMs();
      for (let looked = 0; looked < clocksPerLook; looked++) {
        const next = round.waiting ?? round.clocks.next().value;
        round.waiting = undefined;
        if (next === undefined) {
          round.clocks = clocks.entries();
          round.dueMs = monotonicMs + lookEveryMs;
          return;
        }
        const [name, clock] = next;
        const finding = clockFinding(clock, nowMs, time.slewPpm);
        const before = told.get(clock);
        if (finding === (before?.finding ?? 'none')) continue;
        if (before !== undefined && monotonicMs - before.atMs < sameClockMs) continue;
        // Waits rather than forgets: what is still so when its turn comes is told then.
        if (!round.bucket.take(monotonicMs)) {
          round.waiting = next;
          return;
        }
        told.set(clock, { finding, atMs: monotonicMs });
        emit(eventOf(source, name, clock, finding, nowMs));
      }
    },
  };
}

function eventOf(
  source: string,
  name: string,
  clock: ClockModel,
  finding: ClockFinding,
  timeMs: number,
): GatewayEvent {
  const whose = name === '' || name === source ? `source ${source}` : `${name} (source ${source})`;
  const [offsetMs, driftPpm] = [Math.round(clockOffsetMs(clock)), Math.round(clockDriftPpm(clock))];
  const text = `the clock of ${whose} ${wording(finding, clock, name)}`;
  const details: Record<string, number | string> = { finding };
  if (name !== '') details['clock'] = name;
  if (Number.isFinite(offsetMs)) details['offsetMs'] = offsetMs;
  if (Number.isFinite(driftPpm)) details['driftPpm'] = driftPpm;
  if (finding === 'shared') details['apartMs'] = Math.round(clock.rival!.apartMs);
  return { kind: 'clock-finding', source, timeMs, text, details };
}

function wording(finding: ClockFinding, clock: ClockModel, name: string): string {
  const [offsetMs, driftPpm] = [clockOffsetMs(clock), clockDriftPpm(clock)];
  const then = outcome(clock, offsetMs);
  switch (finding) {
    case 'unsynced':
      return 'is not set: the time of receipt is used';
    case 'quantised':
      return 'stands still, or is told in steps of minutes (a float32 on the way?): the time of receipt is used';
    case 'backward':
      return 'runs backwards: the time of receipt is used';
    case 'shared':
      return (
        `looks like two clocks under one name, ${spanOf(clock.rival!.apartMs)} apart: ` +
        (name === ''
          ? 'give each device a source of its own'
          : 'set time.clock, so that each device has its own')
      );
    case 'stepped':
      return 'was set';
    case 'drifting':
      return Number.isFinite(driftPpm)
        ? `drifts by ${Math.round(driftPpm)} ppm; ${then}`
        : 'drifts by more than a clock does, and is not corrected';
    case 'offset':
      return `is ${spanOf(Math.abs(offsetMs))} ${offsetMs > 0 ? 'behind' : 'ahead'}; ${then}`;
    case 'none':
      return 'is in order again';
  }
}

/** What becomes of its samples. */
function outcome(clock: ClockModel, offsetMs: number): string {
  if (isAbsurd(clock)) return 'values from so far ahead are Bad';
  if (!clock.trusted) return 'corrected';
  return offsetMs < -futureMs ? 'the time of receipt is used' : 'its stamps are taken as they are';
}

const longer: readonly (readonly [unitMs: number, unit: string])[] = [
  [86_400_000, 'days'],
  [3_600_000, 'h'],
  [60_000, 'min'],
];

/** In the greatest unit of which there are ten. */
function spanOf(ms: number): string {
  const found = longer.find(([unitMs]) => ms >= 10 * unitMs);
  return found === undefined
    ? `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
    : `${Math.round(ms / found[0])} ${found[1]}`;
}
