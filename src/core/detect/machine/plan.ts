// What of a machine is watched for what, and the conditions that come of it: from its model, its configuration and
// where its signals come from. Worked out once; constant.
import type { Condition } from '../../finding.ts';
import type { SignalSpec } from '../../model.ts';
import type { TrackPolicy } from '../../track.ts';
import type { ColumnLimit } from '../limits.ts';
import { type About, add, type Draft, newDraft, type PlanSetup } from './draft.ts';
import { limitsOf } from './limits.ts';
import type { SignalOrigin } from './options.ts';
import { jointRowsMax, type PlannedDetector } from './wanted.ts';
import { planWanted } from './wanted-plan.ts';
import { type WearLimit, wearLimitsOf } from './wear.ts';

/** A limit by row, and its condition. */
export interface RowLimit extends ColumnLimit {
  readonly condition: number;
}

/** A limit of wear, and its condition. */
export interface PlannedWear extends WearLimit {
  readonly condition: number;
}

/** Signals whose samples come together. */
export interface DeviceRows {
  readonly source: number;
  readonly rows: readonly number[];
  /** They come in the same message; else they only have their source in common. */
  readonly isOne: boolean;
  /** Of all of them; -1 where it is a single signal, which has one of its own. */
  readonly condition: number;
}

export interface DetectionPlan {
  readonly conditions: readonly Condition[];
  readonly limits: readonly RowLimit[];
  readonly wears: readonly PlannedWear[];
  readonly sources: readonly string[];
  /** By source: its condition, -1 for none. */
  readonly linkCondition: readonly number[];
  readonly devices: readonly DeviceRows[];
  /** By row: the condition, -1 where it is not watched for that. */
  readonly silent: Int32Array;
  readonly stuck: Int32Array;
  /** By output. */
  readonly spikes: Int32Array;
  readonly residual: Int32Array;
  /** Rows of vibrations, and their conditions. */
  readonly shaking: readonly number[];
  readonly shakes: Int32Array;
  /** Of the machine. */
  readonly divergence: number;
  readonly pattern: number;
  /** Whether the forest is asked too. */
  readonly hasForest: boolean;
  readonly wanted: readonly PlannedDetector[];
  /** By row: 1 for one that a stream of samples feeds. */
  readonly fed: Uint8Array;
}

export function planDetection(setup: PlanSetup): DetectionPlan {
  const { frame, origins, policies } = setup;
  const { signals } = frame.machine;
  const fed = Uint8Array.from(signals, (spec, row) => (isFed(spec, policies[row]) ? 1 : 0));
  const draft = newDraft(setup, fed);
  const limits = planLimits(draft);
  const wears = planWears(draft);
  const { sources, devices: found } = devicesOf(origins, fed);
  const linkCondition = sources.map((source) => planLink(draft, source));
  const devices = found.map((device) => planDevice(draft, sources, device));
  return {
    ...{ limits, wears, sources, linkCondition, devices, fed },
    ...planSensors(draft),
    ...planTwin(draft),
    ...planShakes(draft),
    wanted: planWanted(draft),
    hasForest: !draft.off.has('forest'),
    conditions: draft.conditions,
  };
}

function planLimits(draft: Draft): RowLimit[] {
  const { signals, frame, options } = draft;
  const rowOf = (name: string | undefined) => signals.findIndex((signal) => signal.name === name);
  return limitsOf(signals, frame.machine.model.limits ?? [], options).map((spec): RowLimit => {
    const [column, above] = [rowOf(spec.signal), rowOf(spec.above)];
    const { side, warning, trip, hysteresis, onDelayS, offDelayS, action } = spec;
    const what = `${above >= 0 ? 'rise' : 'limit'}${side === 'low' ? '-low' : ''}`;
    const about: About = {
      ...{ detector: 'limits', rows: above >= 0 ? [column, above] : [column] },
      ...(above >= 0 && {
        text: `{signal} is {value} {unit} above ${spec.above}, beyond the {level} limit of {bound} {unit}`,
        ...(signals[column]?.unit === 'degC' && { unit: 'K' }),
      }),
      ...(above < 0 &&
        side === 'low' && {
          text: '{signal} is {value} {unit}, below its {level} limit of {bound} {unit}',
        }),
      ...(action !== '' && { action }),
    };
    const policy = { onDelayS, offDelayS, tripSeverity: 'critical' } as const;
    const condition = add(draft, `${spec.signal}.${what}`, about, policy);
    return { column, ...(above >= 0 && { above }), side, warning, trip, hysteresis, condition };
  });
}

/** Nobody has measured it: even worn out it is no reason to stop at once. */
function planWears(draft: Draft): PlannedWear[] {
  const { signals, policies, options, frame } = draft;
  const measured = (row: number) => policies[row] !== undefined || signals[row]?.derived !== undefined;
  return wearLimitsOf(frame.machine.model, options, measured).map((limit): PlannedWear => {
    const { component, row, unit, action, onDelayS, offDelayS } = limit;
    const about: About = {
      ...{ detector: 'limits', rows: row < 0 ? [] : [row] },
      text: `${component} is worn to {value} ${unit} by the twin's reckoning, beyond its {level} limit of {bound} ${unit}`,
      ...(action !== '' && { action }),
    };
    const policy = { onDelayS, offDelayS, tripSeverity: 'high' } as const;
    return { ...limit, condition: add(draft, `${component}.worn`, about, policy) };
  });
}

function planLink(draft: Draft, source: string): number {
  const rows = [...draft.origins.keys()].filter((row) => draft.origins[row]?.source === source);
  const about: About = { detector: 'link', rows, text: `the source ${source} is away` };
  return add(draft, `${source}.link`, about, { onDelayS: 3, offDelayS: 5 });
}

function planDevice(draft: Draft, sources: readonly string[], { source, device, rows }: Device): DeviceRows {
  const watched = rows.filter((row) => !isIgnored(draft, 'silent', row));
  const of = device === '' ? `the source ${sources[source]}` : device;
  const about: About = {
    ...{ detector: 'silent', rows: watched, text: `nothing comes any more from ${of}` },
    action: `Look at the cable, the power and the network of ${of}.`,
  };
  const name = device === '' ? sources[source]! : device;
  const policy = { onDelayS: 3, suppressedIn: draft.atRest };
  const condition = watched.length < 2 ? -1 : add(draft, `${name}.silent`, about, policy);
  return { source, rows: watched, isOne: device !== '', condition };
}

function planSensors(draft: Draft): Pick<DetectionPlan, 'silent' | 'stuck' | 'spikes'> {
  const { signals, fed, inputs, atRest: suppressedIn, frame } = draft;
  const rows = [...signals.keys()];
  const silent = byRow(rows, (row) => {
    if (fed[row] === 0 || isIgnored(draft, 'silent', row)) return -1;
    const about: About = { detector: 'silent', rows: [row] };
    return add(draft, `${signals[row]!.name}.silent`, about, { onDelayS: 3, suppressedIn });
  });
  const stuck = byRow(rows, (row) => {
    if (fed[row] === 0 || isIgnored(draft, 'stuck', row) || !isMeasured(signals[row]!, row, inputs))
      return -1;
    const about: About = { detector: 'stuck', rows: [row] };
    return add(draft, `${signals[row]!.name}.stuck`, about, { onDelayS: 0, suppressedIn });
  });
  const spikes = byRow([...frame.residual.keys()], (o) => {
    if (!isCompared(draft, o)) return -1;
    const about: About = {
      ...{ detector: 'robust-z', rows: [inputs + o] },
      text: '{signal} has samples that stand out by {value} {unit} and are gone with the next',
      action: 'Look at the sensor of {signal}, its plugs and its cable, and what runs beside it.',
    };
    const policy = { severity: 'low', onDelayS: 0, offDelayS: 30, suppressedIn } as const;
    return add(draft, `${signals[inputs + o]!.name}.spikes`, about, policy);
  });
  return { silent, stuck, spikes };
}

function planTwin(draft: Draft): Pick<DetectionPlan, 'residual' | 'divergence' | 'pattern'> {
  const { signals, fed, inputs, atRest: suppressedIn, frame } = draft;
  const outputs = [...frame.residual.keys()];
  const residual = byRow(outputs, (o) => {
    if (!isCompared(draft, o)) return -1;
    const about: About = {
      ...{ detector: 'cusum', rows: [inputs + o] },
      text: '{signal} has moved {value} {unit} away from what the twin says and stays there',
    };
    return add(draft, `${signals[inputs + o]!.name}.residual`, about, {
      onDelayS: 2,
      offDelayS: 60,
      suppressedIn,
    });
  });
  const compared = outputs.filter((o) => isCompared(draft, o)).map((o) => inputs + o);
  const late = { severity: 'low', onDelayS: 20, offDelayS: 60 } as const;
  const apart: About = { detector: 'divergence', rows: compared };
  const divergence = compared.length === 0 ? -1 : add(draft, 'twin.divergence', apart, late);
  const all = [...signals.keys()].filter((row) => fed[row] === 1 && signals[row]!.kind !== 'enum');
  const joined = all.slice(0, jointRowsMax);
  const together: About = { detector: 'ensemble', rows: joined };
  // A forest alone never speaks.
  const pattern =
    joined.length < 2 || draft.off.has('pca')
      ? -1
      : add(draft, 'machine.pattern', together, { ...late, onDelayS: 30 });
  return { residual, divergence, pattern };
}

/** What is measured or derived of vibrations as a size; the wave itself is none. */
function planShakes(draft: Draft): Pick<DetectionPlan, 'shaking' | 'shakes'> {
  const { signals, fed, atRest: suppressedIn } = draft;
  const shaking = [...signals.keys()].filter((row) => {
    const { name, unit, derived } = signals[row]!;
    const isSize = derived !== undefined || (fed[row] === 1 && name.startsWith('vibration'));
    return isSize && ['m/s²', 'm/s2', 'g'].includes(unit);
  });
  const shakes = byRow(shaking, (row) => {
    const about: About = {
      ...{ detector: 'spectrum', rows: [row] },
      text: '{signal} is {value} {unit}, and {bound} {unit} is usual in what {machine} does',
    };
    return add(draft, `${signals[row]!.name}.grown`, about, { onDelayS: 5, offDelayS: 60, suppressedIn });
  });
  return { shaking, shakes };
}

function isIgnored({ options, signals }: Draft, what: 'silent' | 'stuck' | 'residual', row: number): boolean {
  return options.ignore?.[what]?.includes(signals[row]!.name) === true;
}

/** An output that a sensor can contradict. */
function isCompared(draft: Draft, o: number): boolean {
  const { fed, signals, inputs } = draft;
  const { sigma, kind } = signals[inputs + o]!;
  return (
    fed[inputs + o] === 1 &&
    sigma !== undefined &&
    kind !== 'enum' &&
    !isIgnored(draft, 'residual', inputs + o)
  );
}

interface Device {
  readonly source: number;
  readonly device: string;
  readonly rows: number[];
}

function byRow(rows: readonly number[], condition: (row: number) => number): Int32Array {
  return Int32Array.from(rows, condition);
}

/** What comes as events, when something changes, is never silent and never stuck. */
function isFed({ derived }: SignalSpec, policy: TrackPolicy | undefined): boolean {
  return derived === undefined && policy !== undefined && policy.align !== 'previous';
}

/**
 * A sensor has noise, so that it can be known to stand still: outputs, temperatures, what the configuration adds. What a
 * control says of its own setpoints and encoders may well be the same for hours.
 */
function isMeasured({ kind, unit }: SignalSpec, row: number, inputs: number): boolean {
  return kind !== 'enum' && (row >= inputs || unit === 'degC');
}

function devicesOf(origins: readonly SignalOrigin[], fed: Uint8Array) {
  const sources: string[] = [];
  const devices: Device[] = [];
  for (const [row, { source, device }] of origins.entries()) {
    if (source === '') continue;
    if (!sources.includes(source)) sources.push(source);
    if (fed[row] === 0) continue;
    const at = sources.indexOf(source);
    const known = devices.find((one) => one.source === at && one.device === device);
    if (known === undefined) devices.push({ source: at, device, rows: [row] });
    else known.rows.push(row);
  }
  return { sources, devices };
}
