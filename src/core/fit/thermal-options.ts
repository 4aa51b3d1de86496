// What a thermal fit can be told: the chain of nodes, where heat enters and leaves, and what is known beforehand.
import type { FitProgress } from './fit.ts';

export interface ThermalSource {
  /** Names its parameters; the column when absent. */
  readonly name?: string;
  /** heat: gain·x. copper: R·x²·(1 + α(T − 25)), T of the node it enters. speed: loss·(|x|/reference)^exponent. */
  readonly kind: 'heat' | 'copper' | 'speed';
  readonly column: string;
  /** Nodes it enters, from 1; shares into the second and third are estimated. [1] when absent. */
  readonly into?: readonly number[];
  /** W per unit of heat, ohm of copper, W of loss at the reference speed. heat: 1 when absent; others: estimated. */
  readonly gain?: number | 'estimate';
  /** 1/K of copper, 0.00393 when absent. */
  readonly alpha?: number;
  /** Of speed; estimated when absent. */
  readonly exponent?: number | 'estimate';
  /** Of speed, in the unit of its column; when absent the highest in the record. */
  readonly reference?: number;
  /** previous: a value holds until the next row. linear when absent. */
  readonly between?: 'linear' | 'previous';
}

export interface ThermalVent {
  readonly node: number;
  /** The column of the temperature it leads to; the ambient one when absent. */
  readonly to?: string;
}

export interface ThermalOptions {
  /** auto: as few as predict (on validation data, else by BIC) as well as more would. */
  readonly nodes?: 1 | 2 | 3 | 'auto';
  /** When absent: the column `heat` in `heatUnit`, else copper loss of the column `current`. */
  readonly sources?: readonly ThermalSource[];
  /** Of the column `heat`; anything but W makes resistances per that unit. */
  readonly heatUnit?: string;
  /** Which nodes lose heat: the last, each, or these. */
  readonly vents?: 'last' | 'each' | readonly ThermalVent[];
  /** Column of the ambient temperature; `ambient` when absent, and estimated as a constant without one. */
  readonly ambient?: string;
  /** Columns by node; temp1 to temp3 when absent. */
  readonly measured?: readonly (string | undefined)[];
  /** Sensor offsets against the first sensor, with this standard deviation beforehand. */
  readonly offsetSigma?: number;
  /** By parameter name: not estimated. */
  readonly known?: Readonly<Record<string, number>>;
  /** By parameter name: between what it is sought. */
  readonly bounds?: Readonly<Record<string, { readonly min: number; readonly max: number }>>;
  readonly priors?: Readonly<Record<string, { readonly mean: number; readonly sigma: number }>>;
  /** Points the search looks at, and the final fit at most. */
  readonly pointsMax?: number;
  readonly starts?: number;
  readonly seed?: number;
  readonly huber?: number;
  readonly onProgress?: FitProgress;
}
