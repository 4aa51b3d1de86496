// From a request to a command for the core, and from what came of it to the answer. Shared by a gateway that runs and
// by the command line when none does.
import type { TwinCommand, TwinNews } from '../../core/twin-command.ts';
import type { TwinAnswer, TwinRequest, TwinWish } from './request.ts';
import { differences, findVersion, type ParameterVersion } from './versions.ts';

export interface Fulfilment {
  readonly command: TwinCommand;
  /** Of a rollback: the version that is gone back to. */
  readonly rolledBackTo?: number;
}

/** Alarms have a desk of their own. */
export type AboutTwin<R extends { kind: string }> = Exclude<R, { kind: 'alarm' | 'alarms' }>;

/** Words where it cannot be done. `parameters` are the twin's, as they are. */
export function commandOf(
  request: AboutTwin<TwinRequest> | AboutTwin<TwinWish>,
  versions: readonly ParameterVersion[],
  parameters: Readonly<Record<string, number>>,
): Fulfilment | string {
  const { machine } = request;
  switch (request.kind) {
    case 'rollback':
      return rollback(machine, request.to, versions, parameters);
    case 'set':
      return { command: { kind: 'parameters', machine, values: request.values, sigma: request.sigma } };
    case 'inspected': {
      const { component, wear, sigma } = request;
      return { command: { kind: 'inspected', machine, component, wear, sigma } };
    }
    case 'replaced':
      return { command: { kind: 'replaced', machine, component: request.component } };
    case 'forecast':
      return 'only a gateway that runs can be asked for a forecast';
  }
}

function rollback(
  machine: string,
  to: number | undefined,
  versions: readonly ParameterVersion[],
  parameters: Readonly<Record<string, number>>,
): Fulfilment | string {
  const wanted = to === undefined ? versions.at(-2) : findVersion(versions, to);
  if (wanted === undefined) {
    if (to === undefined) return `${machine} has only one version of its parameters`;
    return `${machine} has no version ${to}; it has ${versions.map(({ version }) => version).join(', ')}`;
  }
  // What is the same is left alone: whoever learns from it need not begin again.
  const values = Object.fromEntries(
    differences(parameters, wanted.values).map(({ name, after }) => [name, after]),
  );
  if (Object.keys(values).length === 0)
    return `the parameters of ${machine} are those of version ${wanted.version} already`;
  const sigma = Object.fromEntries(Object.entries(wanted.sigma).filter(([name]) => name in values));
  return { command: { kind: 'parameters', machine, values, sigma }, rolledBackTo: wanted.version };
}

export interface Outcome {
  readonly news: TwinNews;
  /** What people are told of it. */
  readonly text: string;
  readonly parametersBefore: Readonly<Record<string, number>>;
  readonly parameters: Readonly<Record<string, number>>;
  readonly version: number;
}

export function answerOf({ news, text, parametersBefore, parameters, version }: Outcome): TwinAnswer {
  if (news.kind === 'refused') return { ok: false, why: news.why };
  const wear =
    news.kind === 'inspected'
      ? [{ name: `${news.component}.wear`, before: news.wearBefore, after: news.wear }]
      : news.kind === 'replaced'
        ? [{ name: `${news.component}.wear`, before: news.wear, after: 0 }]
        : [];
  const changed = differences(parametersBefore, parameters);
  const changes = changed.map(({ name, before, after }) => ({ name, before: before ?? null, after }));
  return { ok: true, text, changes: [...wear, ...changes], version };
}
