// Works out, beside the ticks, how likely each machine is to fail: notes its load at each tick, hands a job to the lab
// when its turn has come, and keeps the risk that comes back for the next forecast that is told. A tick pays for the
// noting, and now and then for the hand-over; what the lab does never reaches it.
import { rememberTwin } from '../../core/command.ts';
import { type LoadBook, newLoadBook, noteLoad, packLoad } from '../../core/forecast/load-book.ts';
import type { Forecast, Risk } from '../../core/forecast.ts';
import type { Frame } from '../../core/frame.ts';
import type { Core } from '../../core/step.ts';
import { GemError } from '../../errors.ts';
import type { Log, TickResult } from '../../ports.ts';
import type { GatewayClock } from '../clock.ts';
import type { Lab, PackedForecastJob } from '../lab.ts';
import type { Part } from '../lifecycle.ts';
import { type Disk, hostDisk } from '../twins/sealed-file.ts';
import { createLoadKeeper } from './load-keeper.ts';
import { type ForecastSettings, type ForecastWish, seedOf } from './settings.ts';

export interface Forecaster {
  /** Reads what is kept of the load, and writes it when it stops. Around the loop, within the twins. */
  readonly part: Part;
  /** After each tick, when the twins have been followed. */
  tick(result: Pick<TickResult, 'frames'>): void;
  /** What it was worked out from is another: its turn comes at once. */
  changed(machine: string): void;
  /** The same, with the risk of its machine where there is one that is not old. */
  join(forecast: Forecast): Forecast;
  /** Now, for somebody who asks. Rejects with a GemError of the lab, or GEM_USAGE for an unknown machine. */
  ask(machine: string, wish: ForecastWish): Promise<Risk>;
}

export interface ForecasterParts {
  readonly core: Pick<Core, 'frames' | 'twins' | 'watches' | 'calibrators' | 'periodMs'>;
  /** By machine. */
  readonly settings: readonly ForecastSettings[];
  readonly lab: Pick<Lab, 'run'>;
  readonly clock: Pick<GatewayClock, 'nowMs' | 'monotonicMs'>;
  readonly stateDir: string;
  readonly log: Log;
  /** A risk has come: the machine's forecast is to be told anew. */
  readonly onRisk: (machine: number) => void;
  readonly tuning?: { readonly disk?: Disk; readonly firstMs?: number };
}

/** So long after the start the first is made: by then the twins have seen a frame or two. */
const firstMsUsual = 5000;
/** Who asks waits no longer. */
const askDeadlineMs = 15_000;
/** A risk that is older than so many rounds is no risk of now. */
const roundsMax = 5;
const oldMs = 600_000;

interface Place {
  readonly machine: number;
  readonly settings: ForecastSettings;
  book: LoadBook;
  dueMs: number;
  running: boolean;
  lastMs: number;
  risk: Risk | undefined;
  /** Monotonic time at which the risk came. */
  riskMs: number;
  /** The last try failed, and people have been told. */
  failed: boolean;
}

export function createForecaster(parts: ForecasterParts): Forecaster {
  const { core, settings, clock, log } = parts;
  const { disk = hostDisk, firstMs = firstMsUsual } = parts.tuning ?? {};
  const over = new AbortController();
  const places = settings.map((each, m) => newPlace(each, core, m));
  const placeOf = (machine: string) => places[core.frames.findIndex((frame) => frame.machine.id === machine)];
  const turns = createTurns(places, firstMs, createWork(parts, over.signal));
  const keeper = createLoadKeeper({
    ...{ disk, log, stateDir: parts.stateDir, clock, machines: places.length },
    kept: (m) => keptOf(parts, m, places[m]!),
    restore: (m, book) => {
      places[m]!.book = book;
    },
    model: (m) => core.twins[m]!.model,
    id: (m) => core.frames[m]!.machine.id,
    periodS: core.periodMs / 1000,
  });

  return {
    part: {
      name: 'forecast',
      start: () => keeper.load(),
      async stop() {
        over.abort();
        await keeper.last();
      },
    },
    tick({ frames }) {
      for (let m = 0; m < places.length; m++) note(core, m, places[m]!, frames[m]!);
      const nowMs = clock.monotonicMs();
      turns.look(nowMs);
      keeper.look(nowMs);
    },
    changed(machine) {
      const place = placeOf(machine);
      if (place !== undefined) place.dueMs = Math.min(place.dueMs, clock.monotonicMs());
    },
    join(forecast) {
      const place = placeOf(forecast.machine);
      if (place?.risk === undefined) return forecast;
      const ageMs = clock.monotonicMs() - place.riskMs;
      const isOld = ageMs > Math.max(oldMs, roundsMax * place.settings.everyS * 1000);
      return isOld ? forecast : { ...forecast, risk: place.risk };
    },
    async ask(machine, wish) {
      const place = placeOf(machine);
      if (place === undefined) throw new GemError('GEM_USAGE', { why: `there is no machine ${machine}` });
      return run(parts, place, wish, { signal: over.signal, deadlineMs: askDeadlineMs });
    },
  };
}

/** Also where none is made by itself: somebody may ask. */
function note(core: ForecasterParts['core'], m: number, place: Place, frame: Frame): void {
  const first = Number.isNaN(place.lastMs);
  const dtS = first ? core.periodMs / 1000 : (frame.timeMs - place.lastMs) / 1000;
  place.lastMs = frame.timeMs;
  if (dtS > 0) noteLoad(place.book, core.twins[m]!, core.watches[m]!, frame.timeMs, dtS, frame);
}

/** When each machine is due: spread over the time between two, and no two at one tick. */
function createTurns(places: readonly Place[], firstMs: number, work: (place: Place) => Promise<void>) {
  let begun = false;
  let turn = 0;
  const begin = (nowMs: number) => {
    begun = true;
    for (const [m, place] of places.entries())
      place.dueMs = nowMs + firstMs + (m / places.length) * place.settings.everyS * 500;
  };
  return {
    look(nowMs: number): void {
      if (!begun) begin(nowMs);
      for (let i = 0; i < places.length; i++) {
        turn = (turn + 1) % places.length;
        const place = places[turn]!;
        if (!place.settings.enabled || place.running || place.dueMs > nowMs) continue;
        place.dueMs = Math.max(place.dueMs + place.settings.everyS * 1000, nowMs + 1000);
        void work(place);
        return;
      }
    },
  };
}

/** One forecast; what is in its way is told once, until it works again. */
function createWork(parts: ForecasterParts, signal: AbortSignal): (place: Place) => Promise<void> {
  const { clock, log, core } = parts;
  return async (place) => {
    const machine = core.frames[place.machine]!.machine.id;
    place.running = true;
    try {
      place.risk = await run(parts, place, {}, { signal, deadlineMs: deadlineOf(place) });
      place.riskMs = clock.monotonicMs();
      if (place.failed) log.info({ machine }, 'its failures are forecast again');
      place.failed = false;
      parts.onRisk(place.machine);
    } catch (error) {
      if (signal.aborted || place.failed) return;
      place.failed = true;
      log.warn({ machine, why: (error as Error).message }, 'its failures cannot be forecast now');
    } finally {
      place.running = false;
    }
  };
}

function newPlace(settings: ForecastSettings, core: ForecasterParts['core'], m: number): Place {
  return {
    machine: m,
    settings,
    book: newLoadBook(core.twins[m]!.model, core.periodMs / 1000),
    ...{ dueMs: Number.POSITIVE_INFINITY, running: false, lastMs: Number.NaN, failed: false },
    ...{ risk: undefined, riskMs: Number.NaN },
  };
}

/** A job may take as long as the pause between two, but not for ever. */
function deadlineOf({ settings: { everyS } }: Place): number {
  return Math.min(Math.max(everyS, 30), 600) * 1000;
}

async function run(
  parts: ForecasterParts,
  place: Place,
  wish: ForecastWish,
  options: { readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<Risk> {
  const { answer, tookMs } = await parts.lab.run('forecast', jobOf(parts, place, wish), options);
  return { ...answer, tookMs };
}

function jobOf({ core }: ForecasterParts, place: Place, wish: ForecastWish): PackedForecastJob {
  const m = place.machine;
  const twin = core.twins[m]!;
  const { timeMs, machine } = core.frames[m]!;
  const { failures, horizonH, particles } = place.settings;
  return {
    ...{ machine: machine.id, model: twin.model.id, memory: rememberTwin(core, m), timeMs, failures },
    input: twin.input.slice(),
    load: packLoad(place.book),
    horizonH: wish.horizonH ?? horizonH,
    particles: wish.particles ?? particles,
    seed: wish.seed ?? seedOf(machine.id, timeMs),
  };
}

function keptOf({ core, clock }: ForecasterParts, m: number, { settings, book }: Place) {
  const { model, input } = core.twins[m]!;
  const { failures, horizonH, particles } = settings;
  return {
    ...{ machine: core.frames[m]!.machine.id, model: model.id, timeMs: clock.nowMs() },
    ...{ horizonH, particles, failures: [...failures] },
    input: Object.fromEntries(model.inputs.map(({ name }, i) => [name, input[i]!])),
    load: packLoad(book),
  };
}
