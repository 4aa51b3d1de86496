// What is to come of a machine, in one line of the terminal view: what ends first and when, and how far all is worn.
import { type ComponentForecast, type Forecast, isUsed } from '../core/forecast.ts';

export function outlookLine({ components, limiting, watchedHours }: Forecast): string {
  const used = components.filter(isUsed).toSorted((a, b) => a.rulHours.p10 - b.rulHours.p10);
  const first = used.find(({ component }) => component === limiting);
  const end =
    first === undefined
      ? `no end in sight after ${span(watchedHours)} of watching`
      : `${first.component} ends first, ${when(first)}`;
  return [end, ...used.map(worn)].join(' · ');
}

function when({ rulHours: { p10, p50, p90 } }: ComponentForecast): string {
  if (p90 === 0) return 'and is over';
  const range = Number.isFinite(p90) ? `${span(p10)} to ${span(p90)}` : `${span(p10)} or more`;
  return Number.isFinite(p50) ? `in ${span(p50)} (${range})` : `in ${range}`;
}

function worn({ component, wear, gauge }: ComponentForecast): string {
  const share = wear * 100;
  const text =
    gauge === undefined ? `${share.toFixed(share < 1 ? 3 : 1)} %` : `${gauge.value.toFixed(0)} ${gauge.unit}`;
  return `${component} ${text}`;
}

function span(hours: number): string {
  if (hours < 1 / 60) return `${(hours * 3600).toFixed(0)} s`;
  if (hours < 1) return `${(hours * 60).toFixed(0)} min`;
  if (hours < 72) return `${hours.toFixed(hours < 10 ? 1 : 0)} h`;
  return `${(hours / 24).toFixed(0)} d`;
}
