// From what the configuration says of a machine to what the core steps, and the wiring of tags to signals.
import type { AlarmOptions } from '../core/alarm/policy.ts';
import { type Alignment, bindTag } from '../core/align.ts';
import type { CalibrationOptions } from '../core/calibrate/calibrator.ts';
import type { DerivedPlan } from '../core/derive/plan.ts';
import type { DetectionOptions, SignalOrigin } from '../core/detect/detection.ts';
import type { MachineLayout } from '../core/frame.ts';
import type { AlignPolicy, Model, SignalKind, SignalSpec } from '../core/model.ts';
import type { TagSpec } from '../core/sample.ts';
import type { MachineSetup } from '../core/step.ts';
import type { TrackPolicy } from '../core/track.ts';
import { parametersOf } from '../core/twin.ts';
import { convertUnit } from '../core/unit.ts';
import type { Log, TagFeed } from '../ports.ts';
import { type DerivedFeed, setUpDerived, sidePolicy } from './derived.ts';

export interface SignalPlan {
  readonly source: string;
  readonly tag: string;
  readonly align?: AlignPolicy | undefined;
  readonly staleMs: number;
  readonly missingMs: number;
  readonly sigma?: number | undefined;
  readonly deadband?: number | undefined;
  readonly kind?: SignalKind | undefined;
  readonly period?: number | undefined;
  readonly from?: number | undefined;
  /** What of its source sends it; absent: the source is one device. */
  readonly device?: string;
  /** Without it the twin is offline. */
  readonly required?: boolean;
}

/** A signal of the machine that is not the model's. */
export interface ExtraPlan extends SignalPlan {
  readonly unit: string;
  readonly about: string;
}

export interface MachinePlan {
  readonly id: string;
  readonly model: Model;
  readonly lagMs: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly calibration?: CalibrationOptions;
  readonly detection?: DetectionOptions;
  readonly alarms?: AlarmOptions;
  readonly signals: ReadonlyMap<string, SignalPlan>;
  readonly extra?: ReadonlyMap<string, ExtraPlan>;
  readonly derived?: ReadonlyMap<string, DerivedPlan>;
  /** Signals of the model that derived ones feed. */
  readonly feeds?: readonly DerivedFeed[];
}

/** The fastest signal a track holds whole over its lag. */
const samplesPerMs = 20;
/** Stamps may be so far ahead before they are corrected. */
const aheadMs = 5000;

/** Frames lie on the ticks, so the lag is rounded up to whole ones. */
export function setUpMachine(plan: MachinePlan, periodMs: number): MachineSetup {
  const { id, model, parameters } = plan;
  const lagMs = Math.ceil(plan.lagMs / periodMs) * periodMs;
  const samplesMax = powerOfTwo((lagMs + 2 * periodMs + aheadMs) * samplesPerMs);
  const signals = rowsOf(plan);
  const layout: MachineLayout = { id, model, lagMs, signals, parameters: parametersOf(model, parameters) };
  const { derivation, side } = sideOf(plan, signals);
  const policies = [
    ...signals.map((spec) => rowPolicy(spec, mappingOf(plan, spec.name), samplesMax)),
    ...side.map((track) => sidePolicy(track, samplesMax)),
  ];
  const required = signals.map(({ name }) => mappingOf(plan, name)?.required === true);
  const { calibration, detection, alarms } = plan;
  return {
    ...{ layout, policies, required, origins: signals.map(({ name }) => originOf(mappingOf(plan, name))) },
    ...(derivation.steps.length > 0 && { derivation }),
    ...(calibration !== undefined && { calibration }),
    ...(detection !== undefined && { detection }),
    ...(alarms !== undefined && { alarms }),
  };
}

function originOf(mapped: SignalPlan | undefined): SignalOrigin {
  return { source: mapped?.source ?? '', device: mapped?.device ?? '' };
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}

/** The model's inputs and outputs, then what the configuration adds, then what is derived. */
function rowsOf(plan: MachinePlan): SignalSpec[] {
  const { model, extra = new Map<string, ExtraPlan>(), derived = new Map<string, DerivedPlan>() } = plan;
  const feeds = new Map(plan.feeds?.map((feed) => [feed.signal, feed.derived]));
  const plain = { align: 'linear', initial: Number.NaN } as const;
  return [
    ...[...model.inputs, ...model.outputs].map((spec) => {
      const from = feeds.get(spec.name);
      return { ...detail(spec, plan.signals.get(spec.name)), ...(from !== undefined && { derived: from }) };
    }),
    ...[...extra].map(([name, { unit, about, ...rest }]) => detail({ name, unit, about, ...plain }, rest)),
    ...[...derived].map(([name, { unit, text, deadband }]) => ({
      ...{ name, unit, about: text, derived: text, ...plain },
      ...(deadband !== undefined && { deadband }),
    })),
  ];
}

function mappingOf(plan: MachinePlan, signal: string): SignalPlan | undefined {
  return plan.signals.get(signal) ?? plan.extra?.get(signal);
}

function sideOf({ derived = new Map(), feeds = [] }: MachinePlan, rows: readonly SignalSpec[]) {
  return setUpDerived({ rows, derived, feeds });
}

function rowPolicy(
  { align, period, from }: SignalSpec,
  mapped: SignalPlan | undefined,
  samplesMax: number,
): TrackPolicy | undefined {
  if (mapped === undefined) return undefined;
  const { staleMs, missingMs } = mapped;
  const turn = period === undefined ? {} : { period, from: from ?? 0 };
  return { align, staleMs, missingMs, samplesMax, ...turn };
}

/** What the model says of a signal, but for what the configuration says otherwise. */
function detail(spec: SignalSpec, plan: SignalPlan | undefined): SignalSpec {
  const { align, sigma, deadband, kind = spec.kind, period, from } = plan ?? {};
  // There is nothing between two states.
  const stepped = kind === 'enum' && spec.align === 'linear' ? 'hold' : undefined;
  const aligned = align ?? stepped;
  const turn = kind === 'angle' ? (period ?? spec.period ?? turnOf(spec.unit)) : undefined;
  return {
    ...spec,
    ...(kind !== undefined && { kind }),
    ...(turn !== undefined && { period: turn }),
    ...(from !== undefined && { from }),
    ...(aligned !== undefined && { align: aligned }),
    ...(sigma !== undefined && { sigma }),
    ...(deadband !== undefined && { deadband }),
  };
}

/** A full turn in a unit of angles. */
function turnOf(unit: string): number | undefined {
  const conversion = convertUnit('deg', unit);
  return conversion === undefined ? undefined : 360 * conversion.scale;
}

/** Called once for each new tag; feeds its samples to the signals that want it. */
export type Binder = (source: string, tag: number, spec: TagSpec) => void;

interface Wanted {
  readonly machine: number;
  readonly signal: number;
  readonly unit: string;
  readonly name: string;
}

export function createBinder(plans: readonly MachinePlan[], alignment: Alignment, log: Log): Binder {
  const wanted = new Map<string, Wanted[]>();
  const want = (tag: string, place: Wanted) => {
    const places = wanted.get(tag) ?? [];
    places.push(place);
    wanted.set(tag, places);
  };
  for (const [machine, plan] of plans.entries()) {
    const rows = rowsOf(plan);
    for (const [signal, { name, unit }] of rows.entries()) {
      const mapped = mappingOf(plan, name);
      if (mapped === undefined) continue;
      want(`${mapped.source}/${mapped.tag}`, { machine, signal, unit, name: `${plan.id}.${name}` });
    }
    for (const [index, { tag, unit, name }] of sideOf(plan, rows).side.entries()) {
      want(tag, { machine, signal: rows.length + index, unit, name: `${plan.id}.${name}` });
    }
  }
  return (source, tag, spec) => {
    const stepped = spec.kind === 'boolean' || spec.kind === 'enum';
    for (const { machine, signal, unit, name } of wanted.get(`${source}/${spec.name}`) ?? []) {
      const conversion = conversionOf(spec.unit, unit);
      if (conversion === undefined) {
        log.error(
          { tag: `${source}/${spec.name}`, signal: name },
          `cannot turn ${spec.unit} into ${unit}; not fed`,
        );
        continue;
      }
      bindTag(alignment, { tag, machine, signal, ...conversion, stepped });
      log.info({ tag: `${source}/${spec.name}`, signal: name }, 'signal is fed');
    }
  };
}

/** What a tag of history feeds, by the same rules as a live one. Derived signals have no samples of their own. */
export function createFeeds(
  plans: readonly MachinePlan[],
): (source: string, tag: string, unit: string) => readonly TagFeed[] {
  const places = new Map<string, { machine: string; signal: string; unit: string }[]>();
  for (const plan of plans) {
    for (const { name: signal, unit } of rowsOf(plan)) {
      const mapped = mappingOf(plan, signal);
      if (mapped === undefined) continue;
      const tag = `${mapped.source}/${mapped.tag}`;
      places.set(tag, [...(places.get(tag) ?? []), { machine: plan.id, signal, unit }]);
    }
  }
  return (source, tag, from) =>
    (places.get(`${source}/${tag}`) ?? []).flatMap(({ machine, signal, unit }) => {
      const conversion = conversionOf(from, unit);
      return conversion === undefined ? [] : [{ machine, signal, ...conversion }];
    });
}

/** A tag without a unit is taken to be in the signal's, a signal without one in the tag's. */
function conversionOf(from: string, to: string) {
  return from === '' || to === '' ? { scale: 1, offset: 0 } : convertUnit(from, to);
}
