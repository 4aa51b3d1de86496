// What is to come of a machine, retained for whoever comes later. What is not known or not in sight is null: never a
// large number that looks like one. A tool that has never worked is left out.
import { type ComponentForecast, type Forecast, isUsed } from '../../core/forecast.ts';
import { isoTime } from './encode.ts';

export function encodeForecast({
  machine,
  timeMs,
  components,
  limiting,
  counters,
  watchedHours,
}: Forecast): string {
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
  });
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
