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
}
