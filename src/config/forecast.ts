// Configuration of one machine's forecast: what differs from the top-level `forecast`, and its ways to fail. Pure.
import { z } from 'zod';
import type { FailureSpec, Model } from '../core/model.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import { dotted, type Path } from './problem.ts';

/** It becomes a label of metrics and a key of topics. */
const failureName = z
  .string()
  .regex(/^[A-Za-z0-9][\w-]{0,62}$/, 'expected letters, digits, - and _, at most 63');

const failureSchema = z.strictObject({
  component: z.string().min(1).optional().describe('A component that is worn to the threshold.'),
  output: z.string().min(1).optional().describe('An output of the model that passes the threshold.'),
  threshold: z
    .number()
    .optional()
    .describe('Of a component a share of wear (default: its limit), of an output in its unit.'),
  about: z.string().max(200).optional().describe('One line for people.'),
});

export const machineForecastSchema = z.strictObject({
  enabled: z.boolean().optional().describe('Default: forecast.enabled.'),
  everyS: z.number().min(10).max(86_400).optional().describe('Default: forecast.everyS.'),
  horizonH: z.number().min(0.1).max(8760).optional().describe('Default: forecast.horizonH.'),
  particles: z.int().min(100).max(100_000).optional().describe('Default: forecast.particles.'),
  failures: z
    .record(failureName, z.union([z.literal('off'), z.literal(false), z.number(), failureSchema]))
    .default({})
    .describe(
      'Ways to fail, by name: a number is another threshold of one the model has, off leaves it out, an object is one of your own. See docs/forecast.md.',
    ),
});

export type MachineForecastConfig = z.infer<typeof machineForecastSchema>;

/** What the forecast of a machine is made by. */
export interface ForecastPlan {
  readonly enabled: boolean;
  readonly everyS: number;
  readonly horizonH: number;
  readonly particles: number;
  readonly failures: readonly FailureSpec[];
}

export function planForecast(
  machine: MachineForecastConfig,
  all: Omit<ForecastPlan, 'failures'>,
  model: Model,
): ForecastPlan {
  const {
    enabled = all.enabled,
    everyS = all.everyS,
    horizonH = all.horizonH,
    particles = all.particles,
  } = machine;
  return {
    enabled: enabled && all.enabled,
    everyS,
    horizonH,
    particles,
    failures: failuresOf(machine, model),
  };
}

/** The model's in their order, then those of the configuration. What makes no sense was complained about and is left out. */
export function failuresOf({ failures }: MachineForecastConfig, model: Model): FailureSpec[] {
  const own = (model.failures ?? []).flatMap((spec): FailureSpec[] => {
    const said = Object.hasOwn(failures, spec.name) ? failures[spec.name] : undefined;
    if (said === undefined) return [spec];
    if (said === 'off' || said === false) return [];
    if (typeof said === 'number') return [{ ...spec, threshold: said }];
    const of = targetOf(said) ?? spec.of;
    const threshold = said.threshold ?? (targetOf(said) === undefined ? spec.threshold : limitOf(model, of));
    return threshold === undefined
      ? []
      : [{ name: spec.name, about: said.about ?? spec.about, of, threshold }];
  });
  const known = new Set((model.failures ?? []).map(({ name }) => name));
  const added = Object.entries(failures).flatMap(([name, said]): FailureSpec[] => {
    if (known.has(name) || typeof said !== 'object') return [];
    const of = targetOf(said);
    const threshold = said.threshold ?? (of && limitOf(model, of));
    if (of === undefined || threshold === undefined) return [];
    return [{ name, about: said.about ?? aboutOf(of, threshold, model), of, threshold }];
  });
  return [...own, ...added];
}

type Written = z.infer<typeof failureSchema>;

function targetOf({ component, output }: Written): FailureSpec['of'] | undefined {
  if (component !== undefined) return { component };
  return output === undefined ? undefined : { output };
}

function limitOf(model: Model, of: FailureSpec['of']): number | undefined {
  if (!('component' in of)) return undefined;
  return model.wear?.find(({ component }) => component === of.component)?.limit;
}

function aboutOf(of: FailureSpec['of'], threshold: number, model: Model): string {
  if ('component' in of) return `${of.component} is worn to ${threshold}`;
  const unit = model.outputs.find(({ name }) => name === of.output)?.unit ?? '';
  return `${of.output} passes ${threshold}${unit === '' ? '' : ` ${unit}`}`;
}

export interface ForecastComplaint {
  readonly path: Path;
  readonly which: 'key' | 'value';
  readonly text: string;
}

/** What the failures of a machine name must be there. */
export function checkForecast(
  path: Path,
  { failures }: MachineForecastConfig,
  model: Model,
): ForecastComplaint[] {
  return Object.entries(failures).flatMap(([name, said]) => {
    const at = [...path, 'failures', name];
    return complaintsOf(name, said, model).map(({ key, text }) => ({
      path: key === undefined ? at : [...at, key],
      which: key === undefined ? ('key' as const) : ('value' as const),
      text: `${dotted(at)}: ${text}`,
    }));
  });
}

interface Complaint {
  readonly key?: string;
  readonly text: string;
}

function complaintsOf(
  name: string,
  said: MachineForecastConfig['failures'][string],
  model: Model,
): Complaint[] {
  const known = (model.failures ?? []).map((spec) => spec.name);
  const isKnown = known.includes(name);
  if (typeof said !== 'object') {
    if (isKnown) return [];
    const hint = didYouMean(name, known) || `; it has ${known.join(', ') || 'none'}`;
    return [
      {
        text: `the model "${model.id}" has no failure "${name}"${hint}; one of your own names a component or an output`,
      },
    ];
  }
  const { component, output, threshold } = said;
  if (component !== undefined && output !== undefined)
    return [{ text: 'it is of a component or of an output, not of both' }];
  if (component === undefined && output === undefined)
    return isKnown ? [] : [{ text: 'expected component or output: what fails' }];
  if (component !== undefined) {
    const components = (model.wear ?? []).map((spec) => spec.component);
    return components.includes(component)
      ? []
      : [{ key: 'component', text: unknown('component', component, components) }];
  }
  const outputs = model.outputs.map((spec) => spec.name);
  if (!outputs.includes(output!)) return [{ key: 'output', text: unknown('output', output!, outputs) }];
  return threshold === undefined ? [{ text: 'an output needs a threshold' }] : [];
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const hint = didYouMean(name, known) || `; there is ${known.join(', ') || 'none'}`;
  return `unknown ${what} "${name}"${hint}`;
}
