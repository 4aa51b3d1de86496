// From what the configuration says of derived signals to what the core computes: names become rows of the frame
// and tracks beside them, in an order in which everything is there when it is needed.
import type { DerivationSetup, DeriveStep } from '../core/derive/derivation.ts';
import { orderOf } from '../core/derive/order.ts';
import { type DerivedPlan, isTagName, needsOf } from '../core/derive/plan.ts';
import type { TrackPolicy } from '../core/track.ts';
import { convertUnit } from '../core/unit.ts';

/** A model's signal that a derived one feeds. */
export interface DerivedFeed {
  readonly signal: string;
  readonly derived: string;
}

/** A track that a tag is to feed, beside those of the rows. */
export interface SideTrack {
  readonly tag: string;
  /** Empty: as the tag has it. */
  readonly unit: string;
  readonly drained: boolean;
  readonly name: string;
}

export interface DerivedSetup {
  readonly derivation: DerivationSetup;
  /** Their tracks follow those of the rows, in this order. */
  readonly side: readonly SideTrack[];
}

interface Rows {
  /** Names in the order of the frame's rows, and their units. */
  readonly rows: readonly { readonly name: string; readonly unit: string }[];
  readonly derived: ReadonlyMap<string, DerivedPlan>;
  readonly feeds: readonly DerivedFeed[];
}

export function setUpDerived({ rows, derived, feeds }: Rows): DerivedSetup {
  const side: SideTrack[] = [];
  const track = (wanted: SideTrack): number => {
    const known = side.findIndex(
      ({ tag, unit, drained }) => tag === wanted.tag && unit === wanted.unit && drained === wanted.drained,
    );
    return rows.length + (known < 0 ? side.push(wanted) - 1 : known);
  };
  const hidden: number[] = [];
  const hide = (tag: string, name: string): number => {
    const index = track({ tag, unit: '', drained: false, name });
    return hidden.includes(index) ? hidden.indexOf(index) : hidden.push(index) - 1;
  };
  const row = (name: string): number => rows.findIndex((each) => each.name === name);
  const needs = new Map([
    ...[...derived].map(([name, plan]): [string, readonly string[]] => [name, needsOf(plan.from)]),
    ...feeds.map((feed): [string, readonly string[]] => [feed.signal, [feed.derived]]),
  ]);
  const order = orderOf(needs);
  if (order.ring !== undefined)
    throw new RangeError(`derived signals form a ring: ${order.ring.join(' ← ')}`);
  const steps = order.names.map((name): DeriveStep => {
    const feed = feeds.find(({ signal }) => signal === name);
    if (feed !== undefined) return copyStep(row(name), row(feed.derived), rows);
    return stepOf(name, derived.get(name)!, {
      row,
      hide,
      stream: track,
      unit: (of) => rows[row(of)]?.unit ?? '',
    });
  });
  return { derivation: { steps, hidden }, side };
}

/** Of a shaft's speed whose unit nobody knows. */
const perRpm = 1 / 60;

interface Places {
  readonly row: (name: string) => number;
  readonly hide: (tag: string, name: string) => number;
  readonly stream: (wanted: SideTrack) => number;
  readonly unit: (name: string) => string;
}

function stepOf(name: string, { from, unit }: DerivedPlan, places: Places): DeriveStep {
  const { row, hide, stream } = places;
  const own = row(name);
  if (from.kind === 'expression') {
    const operands = from.program.names.map((each) => (isTagName(each) ? -1 - hide(each, name) : row(each)));
    return { kind: 'expression', row: own, program: from.program, operands: Int32Array.from(operands) };
  }
  // A rate has a unit of its own, which says nothing of the tag's.
  const converted = from.kind === 'window' && from.statistic === 'rate' ? '' : unit;
  const streamOf = () => stream({ tag: from.of, unit: converted, drained: true, name });
  if (from.kind === 'band') return { kind: 'band', row: own, policy: from.policy, stream: streamOf() };
  if (from.kind === 'envelope') {
    const { policy, speed } = from;
    const speedRow = speed === '' ? -1 : row(speed);
    const perTurnHz = convertUnit(places.unit(speed), 'Hz')?.scale ?? perRpm;
    return { kind: 'envelope', row: own, policy, stream: streamOf(), speedRow, perTurnHz };
  }
  const { statistic, windowMs } = from;
  const of = isTagName(from.of) ? { stream: streamOf() } : { row: row(from.of) };
  return { kind: 'window', row: own, statistic, windowMs, of };
}

function copyStep(row: number, from: number, rows: Rows['rows']): DeriveStep {
  const conversion = convertUnit(rows[from]!.unit, rows[row]!.unit);
  return { kind: 'copy', row, from, ...(conversion ?? { scale: 1, offset: 0 }) };
}

/** How the samples for derived signals are kept: those an expression reads age like those of a signal. */
export function sidePolicy({ drained }: SideTrack, samplesMax: number): TrackPolicy {
  return { align: 'linear', staleMs: 1000, missingMs: 5000, samplesMax, drained };
}
