// Says what happens to whoever should hear it: the log and every sink.
import type { Clock, DeadLetter, GatewayEvent, Log, Sink } from '../ports.ts';
import type { LoopListener } from './loop.ts';

export interface Teller {
  readonly event: (event: GatewayEvent) => void;
  readonly deadLetter: (letter: DeadLetter) => void;
}

const warnings = new Set<GatewayEvent['kind']>(['clock-stepped', 'source-down', 'ticks-missed']);

export function createTeller(sinks: readonly Sink[], log: Log): Teller {
  return {
    event(event) {
      const { kind, source, machine, details } = event;
      log[warnings.has(kind) ? 'warn' : 'info']({ kind, source, machine, ...details }, event.text);
      for (const sink of sinks) sink.event(event);
    },
    deadLetter(letter) {
      for (const sink of sinks) sink.deadLetter(letter);
    },
  };
}

/** What the loop has to say beside its ticks. */
export function loopNews(
  teller: Teller,
  clock: Clock,
  log: Log,
): Pick<LoopListener, 'onMissed' | 'onClockStep' | 'onFault'> {
  return {
    onMissed(count, latenessMs) {
      const text = `${count} tick(s) missed: the loop was ${Math.round(latenessMs)} ms late`;
      teller.event({ kind: 'ticks-missed', timeMs: clock.nowMs(), text, details: { count } });
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
