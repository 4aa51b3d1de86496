// What a twin has learnt of its machine, for a scrape: wear, remaining life, counters, the version of its parameters.
// What is not in sight has no series. Of tools only those that have ever worked have one.
import { type Forecast, isUsed, riskLevels, seenFailures } from '../../core/forecast.ts';
import { type Family, newFamily } from './exposition.ts';

/** What became of a set of parameters: taken, found no better, or taken back by somebody. */
export const recalibrationOutcomes = ['adopted', 'rejected', 'rolled_back'] as const;
export type RecalibrationOutcome = (typeof recalibrationOutcomes)[number];

/** What is known of a machine besides its frame. */
export interface Learnt {
  readonly forecast?: Forecast | undefined;
  readonly parameterVersion?: number | undefined;
  readonly recalibrations: Readonly<Record<RecalibrationOutcome, number>>;
}

export function newOutlookFamilies() {
  const gauge = (name: string, help: string, ...labels: readonly string[]): Family =>
    newFamily(`gemel_${name}`, 'gauge', help, labels);
  const counter = (name: string, help: string, ...labels: readonly string[]): Family =>
    newFamily(`gemel_${name}`, 'counter', help, labels);
  const of = ['machine', 'component'];
  return {
    wear: gauge('wear_ratio', 'How far a component is worn: 0 new, 1 worn out.', ...of),
    wearSigma: gauge('wear_sigma_ratio', 'Standard deviation of what is known of the wear.', ...of),
    wearLimit: gauge('wear_limit_ratio', 'Worn so far, a component has to be exchanged.', ...of),
    // Promised by this name and label, though promtool would have seconds, and `quantile` for summaries.
    rul: gauge(
      'rul_hours',
      'Hours until the limit of wear under the load seen lately; absent while none is in sight.',
      ...of,
      'quantile',
    ),
    limiting: gauge('rul_limiting', '1 for the component that ends first.', ...of),
    watched: gauge(
      'load_watched_seconds',
      'How long the load was watched that the rates are from.',
      'machine',
    ),
    failure: gauge(
      'failure_probability',
      'That the failure comes within the horizon of the forecast.',
      'machine',
      'failure',
    ),
    failureAny: gauge('failure_any_probability', 'That any of them does.', 'machine'),
    riskLevel: gauge('risk_level', 'Risk of a failure: 0 low, 1 medium, 2 high.', 'machine'),
    riskAge: gauge('forecast_age_seconds', 'Age of the state that the newest risk started from.', 'machine'),
    riskTook: gauge('forecast_duration_seconds', 'Time that the newest risk took on its thread.', 'machine'),
    riskHorizon: gauge('forecast_horizon_seconds', 'How far the newest risk looks.', 'machine'),
    windows: gauge('maintenance_windows', 'Windows in the maintenance plan.', 'machine'),
    maintenance: gauge(
      'maintenance_start_timestamp_seconds',
      'When the next maintenance window of the plan begins; absent while there is none.',
      'machine',
      'urgent',
    ),
    time: counter(
      'machine_time_seconds_total',
      'Time the machine has spent so, over restarts.',
      'machine',
      'doing',
    ),
    counts: counter('machine_count_total', 'What is counted of the machine, over restarts.', 'machine', 'of'),
    parameterVersion: gauge(
      'twin_parameter_version',
      'Version of the parameters of the twin; 1 is the configuration.',
      'machine',
    ),
    recalibrations: counter(
      'twin_recalibrations_total',
      'Sets of parameters that were learnt, by what became of them.',
      'machine',
      'outcome',
    ),
  };
}

type OutlookFamilies = ReturnType<typeof newOutlookFamilies>;

const quantiles = { p10: '0.1', p50: '0.5', p90: '0.9' } as const;

export function outlookSeries({ forecast }: Learnt): number {
  const own = 1 + recalibrationOutcomes.length;
  if (forecast === undefined) return own;
  const perComponent = 3 + Object.keys(quantiles).length;
  const worn = perComponent * forecast.components.filter(isUsed).length;
  const risky = forecast.risk === undefined ? 0 : riskSeries + seenFailures(forecast).length;
  return (
    own +
    2 +
    forecast.counters.length +
    worn +
    risky +
    (forecast.maintenance === undefined ? 0 : forecast.maintenance.length > 0 ? 2 : 1)
  );
}

/** Beside those by failure. */
const riskSeries = 5;

export function addOutlook(
  families: OutlookFamilies,
  machine: string,
  learnt: Learnt,
  nowMs = Number.NaN,
): void {
  families.parameterVersion.add(learnt.parameterVersion ?? Number.NaN, machine);
  for (const outcome of recalibrationOutcomes) {
    families.recalibrations.add(learnt.recalibrations[outcome], machine, outcome);
  }
  if (learnt.forecast === undefined) return;
  addForecast(families, learnt.forecast);
  addRisk(families, learnt.forecast, nowMs);
  families.windows.add(learnt.forecast.maintenance?.length ?? Number.NaN, machine);
  const next = learnt.forecast.maintenance?.toSorted((a, b) => a.startMs - b.startMs)[0];
  if (next !== undefined) families.maintenance.add(next.startMs / 1000, machine, String(next.urgent));
}

function addRisk(families: OutlookFamilies, forecast: Forecast, nowMs: number): void {
  const { machine, risk } = forecast;
  if (risk === undefined) return;
  for (const { failure, probability } of seenFailures(forecast)) {
    families.failure.add(probability, machine, failure);
  }
  families.failureAny.add(risk.probability, machine);
  families.riskLevel.add(riskLevels.indexOf(risk.level), machine);
  families.riskAge.add((nowMs - risk.timeMs) / 1000, machine);
  families.riskTook.add((risk.tookMs ?? Number.NaN) / 1000, machine);
  families.riskHorizon.add(risk.horizonH * 3600, machine);
}

function addForecast(families: OutlookFamilies, forecast: Forecast): void {
  const { machine, components, counters, limiting, watchedHours } = forecast;
  for (const { component, wear, wearSigma, limit, rulHours } of components.filter(isUsed)) {
    families.wear.add(wear, machine, component);
    families.wearSigma.add(wearSigma, machine, component);
    families.wearLimit.add(limit, machine, component);
    for (const p of ['p10', 'p50', 'p90'] as const) {
      families.rul.add(rulHours[p], machine, component, quantiles[p]);
    }
  }
  if (limiting !== undefined) families.limiting.add(1, machine, limiting);
  families.watched.add(watchedHours * 3600, machine);
  for (const { name, unit, value } of counters) {
    if (unit === 's' || unit === 'h') families.time.add(unit === 'h' ? value * 3600 : value, machine, name);
    else families.counts.add(value, machine, name);
  }
}
