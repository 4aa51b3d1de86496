// Which signals the detectors that the configuration asks for look at, and their conditions. Worked out once; constant.
import { type About, add, type Draft } from './draft.ts';
import {
  isJoint,
  jointRowsMax,
  type PlannedDetector,
  type WantedDetector,
  type WantedKind,
  wantedKinds,
} from './wanted.ts';

export function planWanted(draft: Draft): PlannedDetector[] {
  return wantedKinds.flatMap((kind): PlannedDetector[] => {
    const wanted = draft.options.detectors?.[kind] ?? usualOf(draft, kind);
    if (wanted === undefined || draft.off.has(kind)) return [];
    const found = rowsWanted(draft, wanted);
    const rows = isJoint(kind) ? found.slice(0, jointRowsMax) : found;
    if (rows.length < (isJoint(kind) ? 2 : 1)) return [];
    const { severity = 'low', onDelayS = 10, offDelayS = 60 } = wanted;
    const policy = { severity, onDelayS, offDelayS, suppressedIn: draft.atRest } as const;
    const conditions = isJoint(kind)
      ? [add(draft, `machine.${kind}`, { detector: kind, rows }, policy)]
      : rows.map((row) =>
          add(draft, `${draft.signals[row]!.name}.${kind}`, aboutOne(draft, kind, row), policy),
        );
    return [{ kind, wanted, rows, conditions }];
  });
}

/**
 * On by itself is PCA over what is measured and no twin predicts: among the model's own signals, which heat makes slow, it
 * would be too sure of too little to see two sensors of one place part.
 */
function usualOf({ signals, fed, inputs, frame }: Draft, kind: WantedKind): WantedDetector | undefined {
  if (kind !== 'pca') return undefined;
  const others = signals.filter(
    ({ kind: of }, row) => row >= inputs + frame.residual.length && fed[row] === 1 && of !== 'enum',
  );
  return others.length < 2 ? undefined : { signals: others.map(({ name }) => name) };
}

/** Of those that are named all that there are; else all that are measured or derived as numbers. */
function rowsWanted({ signals, fed }: Draft, { signals: names }: WantedDetector): number[] {
  const isOne = (row: number) => {
    const { name, kind, derived } = signals[row]!;
    return names === undefined
      ? kind !== 'enum' && (fed[row] === 1 || derived !== undefined)
      : names.includes(name);
  };
  return [...signals.keys()].filter(isOne);
}

/** Without a twin it is the value that is summed up; and a spectrum is not of a bearing by itself. */
function aboutOne(draft: Draft, kind: PlannedDetector['kind'], row: number): About {
  const { signals, inputs, frame } = draft;
  const o = row - inputs;
  const hasTwin = o >= 0 && o < frame.residual.length && signals[row]!.sigma !== undefined;
  const text = {
    rate: '{signal} changes by {value} {unit} a second, faster than {bound} {unit} a second',
    cusum: '{signal} has moved away from what is usual and stays there',
    spectrum: '{signal} swings more than is usual in what {machine} does',
  };
  const own = kind === 'rate' || kind === 'spectrum' || (kind === 'cusum' && !hasTwin);
  return { detector: kind, rows: [row], ...(own && { text: text[kind] }) };
}
