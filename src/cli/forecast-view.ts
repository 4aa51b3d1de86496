// A forecast as text for people: a row for each way to fail, with a bar. Pure.
import type { FailureForecast, Quantiles, Risk } from '../core/forecast.ts';
import { textTable } from './text-table.ts';

export interface Shown {
  readonly machine: string;
  readonly running: boolean;
  readonly risk: Risk;
}

const barWidth = 20;

export function riskText({ machine, running, risk }: Shown, { width }: { readonly width: number }): string {
  const { level, probability, horizonH, failures, limiting, notes } = risk;
  const head = `${machine}: ${level} risk, ${percent(probability)} for a failure within ${plain(horizonH)} h\n`;
  const sorted = failures.toSorted((a, b) => b.probability - a.probability || a.hours.p10 - b.hours.p10);
  const rows = sorted.map((each) => rowOf(each, limiting));
  const titles = ['failure', `in ${plain(horizonH)} h`, '', 'p10', 'p50', 'p90', 'of', ''];
  const table =
    rows.length === 0
      ? `\n  nothing is configured that could fail\n`
      : `\n${textTable([titles, ...rows], { right: [1, 3, 4, 5], width, indent: '  ' })}`;
  return `${head}${table}\n${[...footOf(risk, running), ...notes].map((line) => `${line}\n`).join('')}`;
}

function rowOf(each: FailureForecast, limiting: string | undefined): string[] {
  const { failure, probability, hours, component, threshold } = each;
  const first = failure === limiting ? '← the first in most futures' : '';
  const of = component === undefined ? `passes ${plain(threshold)}` : `${component} at ${plain(threshold)}`;
  return [failure, percent(probability), bar(probability), ...quantiles(hours), of, first];
}

function quantiles({ p10, p50, p90 }: Quantiles): string[] {
  return [p10, p50, p90].map((hours) => (Number.isFinite(hours) ? duration(hours) : '-'));
}

export function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  // What is possible is seen.
  const shown = share > 0 ? Math.max(1, full) : 0;
  return '█'.repeat(shown) + '░'.repeat(barWidth - shown);
}

function footOf({ particles, seed, timeMs, loadHours, tookMs }: Risk, running: boolean): string[] {
  const time = new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ');
  const took = tookMs === undefined ? '' : ` in ${duration(tookMs / 3_600_000)}`;
  const futures = `${particles.toLocaleString('en')} futures${took}, seed ${seed}, from ${time} UTC`;
  const load = `after ${duration(loadHours)} of load`;
  const whose = running ? [] : ['No gateway runs here: it is of what was kept when the last one wrote it.'];
  return [`${futures}, ${load}. p10: one in ten has failed by then; -: not in so many.`, ...whose];
}

function percent(share: number): string {
  const value = share * 100;
  if (value === 0 || value >= 10) return `${value.toFixed(0)} %`;
  return value < 0.1 ? '<0.1 %' : `${value.toFixed(1)} %`;
}

export function duration(hours: number): string {
  if (hours < 1 / 3600) return hours === 0 ? '0 h' : `${(hours * 3_600_000).toFixed(0)} ms`;
  if (hours < 1 / 60) return `${(hours * 3600).toFixed(1)} s`;
  if (hours < 1) return `${(hours * 60).toFixed(0)} min`;
  if (hours < 72) return `${hours.toFixed(hours < 10 ? 1 : 0)} h`;
  return `${(hours / 24).toFixed(hours < 240 ? 1 : 0)} d`;
}

function plain(value: number): string {
  return String(Number(value.toPrecision(4)));
}
