// A plan of what is watched, in the making: what is known of the machine, and the conditions so far, each with an id of
// its own.
import type { AlarmPolicy, Condition } from '../../finding.ts';
import type { Frame } from '../../frame.ts';
import type { SignalSpec } from '../../model.ts';
import type { TrackPolicy } from '../../track.ts';
import type { DetectionOptions, SignalOrigin } from './options.ts';

export interface PlanSetup {
  readonly frame: Frame;
  readonly origins: readonly SignalOrigin[];
  readonly options: DetectionOptions;
  /** By row: undefined for one that no tag feeds. */
  readonly policies: readonly (TrackPolicy | undefined)[];
}

const usual: AlarmPolicy = {
  ...{ severity: 'medium', tripSeverity: 'high', onDelayS: 2, offDelayS: 10 },
  ...{ latched: false, suppressedIn: [] },
};

const allKinds: readonly Condition['detector'][] = [
  ...(['limits', 'rate', 'cusum', 'robust-z', 'ewma', 'change-point', 'stuck', 'silent'] as const),
  ...(['pca', 'forest', 'spectrum', 'link', 'divergence', 'ensemble'] as const),
];

export type About = Omit<Condition, 'id' | 'policy' | 'text'> & { readonly text?: string };

/** A plan in the making. */
export interface Draft extends PlanSetup {
  readonly conditions: Condition[];
  readonly names: Set<string>;
  readonly off: ReadonlySet<string>;
  readonly fed: Uint8Array;
  readonly signals: readonly SignalSpec[];
  readonly inputs: number;
  /** What the machine does when nothing of it need be watched. */
  readonly atRest: readonly string[];
}

export function newDraft(setup: PlanSetup, fed: Uint8Array): Draft {
  const { frame, options } = setup;
  const { signals, model } = frame.machine;
  return {
    ...setup,
    ...{ conditions: [], names: new Set(), fed, signals, inputs: model.inputs.length },
    off: new Set(options.enabled ? options.off : allKinds),
    atRest: (model.behaviour?.names ?? []).filter((name) => name === 'off'),
  };
}

/** Its index, -1 where its kind is not wanted. */
export function add(
  { conditions, names, off }: Draft,
  id: string,
  about: About,
  policy: Partial<AlarmPolicy>,
): number {
  if (off.has(about.detector)) return -1;
  const plain = id.replaceAll(/[/+#\s]+/g, '.');
  let unique = plain;
  for (let n = 2; names.has(unique); n++) unique = `${plain}-${n}`;
  names.add(unique);
  return conditions.push({ text: '', ...about, id: unique, policy: { ...usual, ...policy } }) - 1;
}
