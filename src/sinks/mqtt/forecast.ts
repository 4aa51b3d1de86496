// What is to come of a machine, retained for whoever comes later. What is not known or not in sight is null: never a
// large number that looks like one. A tool that has never worked is left out.
import {
  type ComponentForecast,
  type FailureForecast,
  type Forecast,
  isUsed,
  type MaintenanceWindow,
  type Risk,
  seenFailures,
} from '../../core/forecast.ts';
import { isoTime } from './encode.ts';

export function encodeForecast(forecast: Forecast): string {
  const { machine, timeMs, components, limiting, counters, watchedHours, risk, maintenance } = forecast;
  return JSON.stringify({
    v: 1,
    machine,
    time: isoTime(timeMs),
    watchedHours: six(watchedHours),
    limiting: limiting ?? null,
    components: Object.fromEntries(components.filter(isUsed).map((each) => [each.component, worn(each)])),
    counters: Object.fromEntries(
      counters.map(({ name, unit, value }) => [name, { value: six(value), unit }]),
    ),
    risk: risk === undefined ? null : risky(risk, seenFailures(forecast)),
    maintenance: maintenance?.map(windowed) ?? null,
  });
}

/** The windows alone, for whoever plans: empty when there is nothing to do. */
export function encodeMaintenance(
  machine: string,
  timeMs: number,
  windows: readonly MaintenanceWindow[],
): string {
  return JSON.stringify({ v: 1, machine, time: isoTime(timeMs), windows: windows.map(windowed) });
}

/** `time` is of the state it starts from: what is old says so. */
function risky(risk: Risk, failures: readonly FailureForecast[]) {
  const { level, probability, horizonH, limiting, timeMs, particles, seed, loadHours, notes } = risk;
  return {
    time: isoTime(timeMs),
    level,
    probability: six(probability),
    horizonHours: horizonH,
    limiting: limiting ?? null,
    failures: Object.fromEntries(failures.map((each) => [each.failure, failing(each)])),
    loadHours: six(loadHours),
    notes,
    particles,
    seed,
  };
}

function failing({ about, component, threshold, probability, hours, curve }: FailureForecast) {
  return {
    about,
    ...(component === undefined ? {} : { component }),
    threshold,
    probability: six(probability),
    hours: { p10: six(hours.p10), p50: six(hours.p50), p90: six(hours.p90) },
    curve: curve.map((each) => Math.round(each * 1e4) / 1e4),
  };
}

function windowed({ about, startMs, endMs, beforeMs, resources, text, urgent }: MaintenanceWindow) {
  const before = isoTime(Math.round(beforeMs));
  return { about, start: isoTime(startMs), end: isoTime(endMs), before, resources, text, urgent };
}

function worn({ wear, wearSigma, limit, ratePerH, workShare, rulHours, gauge }: ComponentForecast) {
  return {
    wear: six(wear),
    sigma: six(wearSigma),
    limit,
    ratePerHour: six(ratePerH),
    workShare: six(workShare),
    rulHours: { p10: six(rulHours.p10), p50: six(rulHours.p50), p90: six(rulHours.p90) },
    ...(gauge === undefined ? {} : { gauge: { value: six(gauge.value), unit: gauge.unit } }),
  };
}

/** JSON has no Infinity. */
function six(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}
