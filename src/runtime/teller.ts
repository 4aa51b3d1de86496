// Says what happens to whoever should hear it: the log and every sink.
import type { AlarmChange } from '../core/alarm.ts';
import type { Forecast } from '../core/forecast.ts';
import type { DeadLetter, GatewayEvent } from '../ports/event.ts';
import type { Clock, Health, Log, TickResult } from '../ports.ts';
import { alarmEvent, isGraveAlarm } from './alarm-event.ts';
import type { Listener } from './history-part.ts';
import type { LoopListener } from './loop.ts';
import { createRejectNews } from './reject-news.ts';

export interface Teller {
  readonly tick: (result: TickResult) => void;
  readonly event: (event: GatewayEvent) => void;
  readonly alarm: (change: AlarmChange) => void;
  readonly health: (health: Health) => void;
  readonly forecast: (forecast: Forecast) => void;
  readonly deadLetter: (letter: DeadLetter) => void;
}

const warnings = new Set<GatewayEvent['kind']>([
  'clock-stepped',
  'source-down',
  'ticks-missed',
  'unit-changed',
  'clock-finding',
  'flooded',
  'diverged',
  'not-recalibrated',
  'history-full',
  'history-quarantined',
  'history-failed',
]);
/** A fault of a sink is said once in so many. */
const complainEvery = 1000;

/** A sink that throws is a defect of that sink; the others and the loop go on. */
export function createTeller(
  sinks: readonly Listener[],
  log: Log,
  onForecast?: (forecast: Forecast) => void,
): Teller {
  const rejectNews = createRejectNews(log);
  let faults = 0;
  const each = (call: (sink: Listener) => void) => {
    for (const sink of sinks) {
      try {
        call(sink);
      } catch (error) {
        if (faults++ % complainEvery === 0)
          log.error({ sink: sink.name, err: error, faults }, 'a sink failed');
      }
    }
  };
  const tell = (event: GatewayEvent) => {
    const { kind, source, machine, details } = event;
    const mended = details?.['finding'] === 'none' || details?.['over'] === 'yes';
    const grave = (warnings.has(kind) && !mended) || isGraveAlarm(event);
    log[grave ? 'warn' : 'info']({ kind, source, machine, ...details }, event.text);
    each((sink) => sink.event(event));
  };
  return {
    event: tell,
    tick(result) {
      rejectNews.look(result.timeMs);
      each((sink) => sink.tick(result));
    },
    alarm(change) {
      each((sink) => sink.alarm(change));
      const event = alarmEvent(change);
      if (event !== undefined) tell(event);
    },
    health: (health) => each((sink) => sink.health(health)),
    forecast(forecast) {
      each((sink) => sink.forecast(forecast));
      onForecast?.(forecast);
    },
    deadLetter(letter) {
      rejectNews.refused(letter);
      each((sink) => sink.deadLetter(letter));
    },
  };
}

/** Missed ticks are told together, at most so often. */
const missedEveryMs = 10_000;

/** What the loop has to say beside its ticks. */
export function loopNews(
  teller: Teller,
  clock: Clock,
  log: Log,
): Pick<LoopListener, 'onMissed' | 'onClockStep' | 'onFault'> {
  let missed = 0;
  let worstMs = 0;
  let toldMs = Number.NEGATIVE_INFINITY;
  return {
    onMissed(count, latenessMs) {
      missed += count;
      worstMs = Math.max(worstMs, latenessMs);
      if (clock.monotonicMs() - toldMs < missedEveryMs) return;
      toldMs = clock.monotonicMs();
      const text = `${missed} tick(s) missed: the loop was up to ${Math.round(worstMs)} ms late`;
      teller.event({ kind: 'ticks-missed', timeMs: clock.nowMs(), text, details: { count: missed } });
      missed = 0;
      worstMs = 0;
    },
    onClockStep(stepMs) {
      const text = `the wall clock stepped by ${Math.round(stepMs)} ms; gateway time goes on and follows slowly`;
      teller.event({
        kind: 'clock-stepped',
        timeMs: clock.nowMs(),
        text,
        details: { stepMs: Math.round(stepMs) },
      });
    },
    onFault(error) {
      log.error({ err: error }, 'a tick failed; the loop goes on');
    },
  };
}
