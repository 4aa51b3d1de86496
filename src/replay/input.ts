// Which column of a file is which tag of the configuration: by a replay source of it, by the names of the tags
// its machines want, or by what the caller says.
import { resolve } from 'node:path';
import { resolveExtra, resolveSignal } from '../config/machine.ts';
import type { Config } from '../config/schema.ts';
import { checkTag } from '../config/tag-reference.ts';
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import { tagSpecOf, valueRuleOf } from '../formats/tag.ts';
import { type Field, fieldsOf } from '../sources/replay/field.ts';
import { type ReplaySourceConfig, replaySourceSchema } from '../sources/replay/schema.ts';

export interface InputWishes {
  readonly file: string;
  readonly source: string | undefined;
  /** `<tag>=<column>`, or `<source>/<tag>=<column>`. */
  readonly map: readonly string[];
  /** Parts of a replay source's configuration that the caller states. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

export interface ReplayInput {
  readonly config: ReplaySourceConfig;
  /** With names `<source>/<tag>`. */
  readonly fields: readonly Field[];
  /** Whose tags they are. */
  readonly sources: readonly string[];
}

export function planInput(config: Config, wishes: InputWishes): ReplayInput {
  const named = wishes.source ?? onlyReplaySource(config, wishes);
  const source = named === undefined ? undefined : config.sources[named];
  if (named !== undefined && source === undefined) {
    const names = Object.keys(config.sources);
    const hint = didYouMean(named, names) || `; there is ${names.join(', ') || 'none'}`;
    throw new GemError('GEM_USAGE', { why: `no source is called "${named}"${hint}` });
  }
  const input =
    source?.type === 'replay' ? configured(named!, source, wishes) : byNames(config, named, wishes);
  return { ...input, fields: remap(input.fields, wishes.map) };
}

/** The one, or the one whose file this is; a caller who maps columns needs none. */
function onlyReplaySource(config: Config, { file, map }: InputWishes): string | undefined {
  const all = Object.entries(config.sources).flatMap(([name, source]) =>
    source.type === 'replay' ? [{ name, file: source.file }] : [],
  );
  const same = all.find((source) => source.file === resolve(file));
  if (same !== undefined) return same.name;
  if (all.length > 1 && map.length === 0) {
    const names = all.map(({ name }) => name).join(', ');
    throw new GemError('GEM_USAGE', { why: `say with --source which one it is for: ${names}` });
  }
  return all[0]?.name;
}

function configured(name: string, source: ReplaySourceConfig, wishes: InputWishes): ReplayInput {
  const config = parsed({ ...source, ...wishes.overrides, file: wishes.file });
  const fields = fieldsOf(config.tags).map((field) => ({
    ...field,
    spec: { ...field.spec, name: `${name}/${field.spec.name}` },
  }));
  return { config, fields, sources: [name] };
}

/** Columns that are called as the tags that the machines want; a file need not have them all. */
function byNames(config: Config, only: string | undefined, wishes: InputWishes): ReplayInput {
  const wanted = wantedTags(config).filter(({ source }) => only === undefined || source === only);
  if (wanted.length === 0) {
    const why = `no machine has a signal fed by ${only === undefined ? 'any source' : `the source "${only}"`}`;
    throw new GemError('GEM_USAGE', { why });
  }
  const fields = wanted.map(({ source, tag }): Field => {
    const reference = `${source}/${tag}`;
    const unique = wanted.filter((other) => other.tag === tag).length === 1;
    const unit = checkTag(reference, config.sources, false).units[0] ?? '';
    return {
      spec: tagSpecOf(reference, { unit }),
      columns: unique ? [reference, tag] : [reference],
      required: false,
      rule: valueRuleOf({ coerce: true }),
      scale: 1,
      offset: 0,
    };
  });
  const sources = [...new Set(wanted.map(({ source }) => source))];
  // Which tags there are is told by the fields.
  const replay = parsed({ type: 'replay', file: wishes.file, tags: { any: 'any' }, ...wishes.overrides });
  return { config: replay, fields, sources };
}

/** What the machines of a configuration are fed by. */
export function wantedTags(config: Pick<Config, 'machines'>): { source: string; tag: string }[] {
  const references = Object.values(config.machines)
    .flatMap(tagsOf)
    .filter((name) => name.includes('/'));
  return [...new Set(references)].map((reference) => {
    const slash = reference.indexOf('/');
    return { source: reference.slice(0, slash), tag: reference.slice(slash + 1) };
  });
}

/** Every text that may name a tag: of signals, and of what is computed. */
function tagsOf({ signals, extra, derived }: Config['machines'][string]): string[] {
  const mapped = [
    ...Object.values(signals).map(resolveSignal),
    ...Object.values(extra).map((entry) => resolveExtra(entry)),
  ];
  const computed = Object.values(derived).flatMap(({ expression = '', ...others }) => [
    // A unit may have a slash in it, and is no tag.
    ...Object.entries(others).flatMap(([key, operand]) =>
      key !== 'unit' && typeof operand === 'string' ? [operand] : [],
    ),
    ...[...expression.matchAll(/\[([^\]]+)\]/g)].map(([, name = '']) => name.trim()),
  ]);
  return [...mapped.flatMap((signal) => ('tag' in signal ? [signal.tag] : [])), ...computed];
}

function remap(fields: readonly Field[], map: readonly string[]): Field[] {
  const columns = new Map<string, string | number>();
  for (const entry of map) {
    const equals = entry.indexOf('=');
    if (equals <= 0) throw new GemError('GEM_USAGE', { why: `--map ${entry}: expected <tag>=<column>` });
    const name = entry.slice(0, equals);
    const column = entry.slice(equals + 1);
    const field = fields.find(({ spec }) => spec.name === name || spec.name.endsWith(`/${name}`));
    if (field === undefined) {
      const known = fields.map(({ spec }) => spec.name);
      const hint = didYouMean(name, known) || `; there is ${known.slice(0, 8).join(', ')}`;
      throw new GemError('GEM_USAGE', { why: `--map: no tag "${name}" is wanted${hint}` });
    }
    if (columns.has(field.spec.name)) {
      const why = `--map names the tag "${name}" twice: a tag has one column`;
      throw new GemError('GEM_USAGE', { why });
    }
    columns.set(field.spec.name, /^[1-9]\d*$/.test(column) ? Number(column) : column);
  }
  return fields.map((field) => {
    const column = columns.get(field.spec.name);
    return column === undefined ? field : { ...field, columns: [column], required: true };
  });
}

function parsed(value: Record<string, unknown>): ReplaySourceConfig {
  const result = replaySourceSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = String(issue?.path[0]);
  throw new GemError('GEM_USAGE', { why: `${options[key] ?? issue?.path.join('.')}: ${issue?.message}` });
}

/** What a key is called on the command line. */
const options: Readonly<Record<string, string>> = { start: '--start', rateHz: '--rate', time: '--time' };
