// Every parameter set a machine's twin has had: append-only, bounded, with what it was for and how much better it was.
// Version 1 is kept for ever: it is what the configuration said.
import { z } from 'zod';
import type { Model } from '../../core/model.ts';
import type { TwinNews } from '../../core/twin-command.ts';
import { seal, unseal } from './memory.ts';

const versionsForm = 1;
/** Besides the first. */
const versionsMax = 200;

const numbers = z.record(z.string(), z.number());
const span = z.object({ fromMs: z.number(), toMs: z.number() }).nullable();

const versionReasons = ['configured', 'recalibrated', 'rolled-back', 'set', 'inspected'] as const;

const versionSchema = z.object({
  version: z.int(),
  timeMs: z.number(),
  reason: z.enum(versionReasons),
  /** The calibration group, the component that was inspected, or the version that was gone back to. */
  group: z.string(),
  learnt: span,
  trial: span,
  /** RMS of the residuals over the trial, in sensor sigmas; null where there was none. */
  errorBefore: z.number().nullable(),
  errorAfter: z.number().nullable(),
  /** All parameters. */
  values: numbers,
  /** One standard deviation of those that were learnt. */
  sigma: numbers,
});

export type ParameterVersion = z.infer<typeof versionSchema>;

const fileSchema = z.object({
  gemel: z.literal('twin-versions'),
  v: z.literal(versionsForm),
  machine: z.string(),
  versions: z.array(versionSchema),
});

export function encodeVersions(machine: string, versions: readonly ParameterVersion[]): string {
  return seal({ gemel: 'twin-versions', v: versionsForm, machine, versions });
}

/** Undefined for a text that is damaged, or has no version. */
export function decodeVersions(text: string, file: string): ParameterVersion[] | undefined {
  const { success, data } = fileSchema.safeParse(unseal(text, versionsForm, file));
  return success && data.versions.length > 0 ? data.versions : undefined;
}

export type Change = Pick<ParameterVersion, 'timeMs' | 'reason'> & Partial<ParameterVersion>;

/** The list with one more, which has all that the newest had but for what is given. */
export function appendVersion(list: readonly ParameterVersion[], change: Change): ParameterVersion[] {
  const newest = list.at(-1);
  const next: ParameterVersion = {
    version: (newest?.version ?? 0) + 1,
    group: '',
    learnt: null,
    trial: null,
    errorBefore: null,
    errorAfter: null,
    ...change,
    values: { ...newest?.values, ...change.values },
    // Whoever goes back knows what was known then.
    sigma: change.reason === 'rolled-back' ? { ...change.sigma } : { ...newest?.sigma, ...change.sigma },
  };
  const [first, ...others] = [...list, next];
  return [first!, ...others.slice(-versionsMax)];
}

export interface NewsOf {
  readonly model: Model;
  readonly timeMs: number;
  /** Of parameters that were told: the version gone back to. */
  readonly rolledBackTo?: number | undefined;
}

/** The list after news of the core: as it was, where they leave the parameters alone. */
export function recordNews(
  list: readonly ParameterVersion[],
  news: TwinNews,
  of: NewsOf,
): readonly ParameterVersion[] {
  const change = changeOf(list, news, of);
  return change === undefined ? list : appendVersion(list, { timeMs: of.timeMs, ...change });
}

type Told = Omit<Change, 'timeMs'>;

function changeOf(
  list: readonly ParameterVersion[],
  news: TwinNews,
  { model, rolledBackTo }: NewsOf,
): Told | undefined {
  switch (news.kind) {
    case 'recalibrated': {
      const { group, values, sigma, learnt, trial } = news;
      const errors = { errorBefore: orNull(news.errorBefore), errorAfter: orNull(news.errorAfter) };
      return {
        reason: 'recalibrated',
        group,
        values: { ...values },
        sigma: { ...sigma },
        learnt,
        trial,
        ...errors,
      };
    }
    case 'inspected': {
      const { component, factorBefore, factor } = news;
      const name = model.wear?.find((wear) => wear.component === component)?.factor;
      if (name === undefined || factor === factorBefore) return undefined;
      return { reason: 'inspected', group: component, values: { [name]: factor } };
    }
    case 'parameters': {
      const values = { ...news.values };
      if (rolledBackTo === undefined) return { reason: 'set', values };
      const sigma = { ...findVersion(list, rolledBackTo)?.sigma };
      return { reason: 'rolled-back', group: `version ${rolledBackTo}`, values, sigma };
    }
    case 'diverged':
    case 'not-recalibrated':
    case 'replaced':
    case 'restored':
    case 'returned':
    case 'alarm':
    case 'link':
    case 'refused':
      return undefined;
  }
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

export function findVersion(
  list: readonly ParameterVersion[],
  version: number,
): ParameterVersion | undefined {
  return list.find((one) => one.version === version);
}

/** By parameter, what is another in `after` than in `before`. */
export function differences(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): { name: string; before: number | undefined; after: number }[] {
  return Object.entries(after).flatMap(([name, value]) =>
    before[name] === value ? [] : [{ name, before: before[name], after: value }],
  );
}
