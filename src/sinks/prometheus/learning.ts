// Keeps, between two scrapes, what the gateway has told of its twins. Bounded by the machines there are.
import type { Forecast } from '../../core/forecast.ts';
import type { GatewayEvent } from '../../ports/event.ts';
import type { SinkContext } from '../../ports.ts';
import { type Learnt, type RecalibrationOutcome, recalibrationOutcomes } from './outlook.ts';

export interface Learning {
  event(event: GatewayEvent): void;
  forecast(forecast: Forecast): void;
  readonly of: (machine: string) => Learnt;
}

const outcomes: Partial<Record<GatewayEvent['kind'], RecalibrationOutcome>> = {
  recalibrated: 'adopted',
  'not-recalibrated': 'rejected',
  'parameters-rolled-back': 'rolled_back',
};

export function createLearning({ machines, parameters }: SinkContext): Learning {
  const forecasts = new Map<string, Forecast>();
  const recalibrations = new Map(machines.map(({ id }) => [id, noRecalibrations()]));
  return {
    event({ kind, machine = '' }) {
      const outcome = outcomes[kind];
      const counts = recalibrations.get(machine);
      if (outcome !== undefined && counts !== undefined) counts[outcome]++;
    },
    forecast(forecast) {
      if (recalibrations.has(forecast.machine)) forecasts.set(forecast.machine, forecast);
    },
    of: (machine) => ({
      forecast: forecasts.get(machine),
      parameterVersion: parameters?.(machine)?.version,
      recalibrations: recalibrations.get(machine) ?? noRecalibrations(),
    }),
  };
}

/** Every outcome from the first scrape on, so that a rate over the first one is right. */
function noRecalibrations(): Record<RecalibrationOutcome, number> {
  const none = recalibrationOutcomes.map((outcome) => [outcome, 0] as const);
  return Object.fromEntries(none) as Record<RecalibrationOutcome, number>;
}
