// What is to come of a machine: how far each component is worn and how long it will last under the load seen
// lately, with quantiles. A noun that sinks publish; `wear/outlook.ts` makes it.

export interface ComponentForecast {
  readonly component: string;
  /** 0 new to 1 worn out, and one standard deviation of what is known of it. */
  readonly wear: number;
  readonly wearSigma: number;
  /** Worn so far, it has to be exchanged. */
  readonly limit: number;
  /** Wear an hour under the load seen lately. */
  readonly ratePerH: number;
  /** Share of the time lately in which it wore. */
  readonly workShare: number;
  /** Hours until the limit by the calendar, with the share of work seen lately; Infinity: none is seen to come. */
  readonly rulHours: Quantiles;
  /** Of a component that is gauged: the wear in that unit. */
  readonly gauge?: { readonly unit: string; readonly value: number };
}

/** Of what is exchanged by number, most have never been in the machine: of those there is nothing to tell. */
export function isUsed({ wear, ratePerH, gauge }: ComponentForecast): boolean {
  return gauge === undefined || wear > 0 || ratePerH > 0;
}

/** low below 0.1, medium below 0.5, else high: of the likeliest failure within the horizon. */
export const riskLevels = ['low', 'medium', 'high'] as const;
export type RiskLevel = (typeof riskLevels)[number];

/** What a Monte Carlo over what is known of the machine and the load it has had lately says. */
export interface Risk {
  /** Of which it speaks: within so many hours. */
  readonly horizonH: number;
  readonly particles: number;
  readonly seed: number;
  /** When the state it starts from was. */
  readonly timeMs: number;
  readonly failures: readonly FailureForecast[];
  /** That any of them comes within the horizon. */
  readonly probability: number;
  readonly level: RiskLevel;
  /** The failure that is the first in most futures; undefined while none is seen to come. */
  readonly limiting: string | undefined;
  /** Of load that was seen, in hours: of less than an hour nobody should think much. */
  readonly loadHours: number;
  /** In words, what it leans on where little is known; empty when nothing. */
  readonly notes: readonly string[];
  /** To work it out, on the thread where that was done. */
  readonly tookMs?: number | undefined;
}

export interface FailureForecast {
  readonly failure: string;
  readonly about: string;
  readonly component?: string | undefined;
  readonly threshold: number;
  /** Within the horizon. */
  readonly probability: number;
  /** Hours until it first passes, by the calendar; Infinity: not in so large a share of the futures that were looked at. */
  readonly hours: Quantiles;
  /** The band of nine in ten. */
  readonly band90?: { readonly p05: number; readonly p95: number };
  /** Probability by hours from now, for whoever draws it: as long as the horizon, evenly. */
  readonly curve: readonly number[];
}

/** Of a tool that has never worked there is nothing to tell. */
export function seenFailures({ risk, components }: Forecast): readonly FailureForecast[] {
  const unused = new Set(components.filter((one) => !isUsed(one)).map(({ component }) => component));
  const failures = risk?.failures ?? [];
  return failures.filter(({ component, probability }) => probability > 0 || !unused.has(component ?? ''));
}

/** When to look after a component, before it fails. */
export interface MaintenanceWindow {
  readonly machine: string;
  /** The components, or failures, it is for. */
  readonly about: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  /** p10 of the earliest failure it comes before. */
  readonly beforeMs: number;
  readonly resources: readonly string[];
  readonly text: string;
  /** No window inside working hours was left before the failure: it is now, whatever the hour. */
  readonly urgent: boolean;
}

export interface Quantiles {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

export interface Forecast {
  readonly machine: string;
  readonly timeMs: number;
  readonly components: readonly ComponentForecast[];
  /** The one that ends first, by p10; undefined while nothing wears. */
  readonly limiting: string | undefined;
  readonly counters: readonly { readonly name: string; readonly unit: string; readonly value: number }[];
  /** How long the load was watched from which the rates are, in hours. */
  readonly watchedHours: number;
  /** Absent until the first was worked out, which takes a worker a moment. */
  readonly risk?: Risk | undefined;
  readonly maintenance?: readonly MaintenanceWindow[] | undefined;
}
