// From a file (or text), the environment and options to one frozen configuration, or to every problem in it.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { GemError } from '../errors.ts';
import { crossCheck, type Finding, type ModelCatalog, preflight } from './cross-check.ts';
import { type ConfigDocument, readDocument } from './document.ts';
import { ourVariables, readEnvironment } from './environment.ts';
import { explainIssues } from './explain.ts';
import {
  dotted,
  formatProblem,
  type Path,
  type Place,
  type Problem,
  pathKey,
  sortProblems,
} from './problem.ts';
import { maskText, plainSecretWarnings, redact } from './redact.ts';
import { salvage } from './salvage.ts';
import { type Config, configSchema } from './schema.ts';
import { fileTrouble, resolveSecrets } from './secrets.ts';
import { setAt } from './set-at.ts';
import { childShape, configShape, isGroup, likelyShape, type Shape } from './shape.ts';

export interface LoadOptions {
  readonly env: NodeJS.ProcessEnv;
  /** From flags: dotted keys (`loop.periodMs`) or nested groups; they win over all else. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** With it, names across parts are checked too: signals, parameters, tags, units, ports. */
  readonly models?: ModelCatalog;
  /** Also what the parts would refuse when they start; a start leaves that to them. */
  readonly preflight?: boolean;
}

export interface LoadedConfig {
  /** Deep-frozen, with secrets in it: never print it. */
  readonly config: Config;
  readonly file: string;
  /** What relative paths in the file are relative to. */
  readonly dir: string;
  readonly warnings: readonly Problem[];
  /** The same with references in place of secrets: this may be printed. */
  readonly redacted: unknown;
  /** Any text with this configuration's secrets taken out. */
  mask(text: string): string;
}

export interface Inspection {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Present when there are no problems. */
  readonly loaded: LoadedConfig | undefined;
}

export function loadConfig(file: string, options: LoadOptions): LoadedConfig {
  return parseConfig(readConfigText(file), file, options);
}

export function readConfigText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    throw new GemError('GEM_CONFIG_UNREADABLE', { file, why: `it ${fileTrouble(error)}` }, error);
  }
}

export function parseConfig(text: string, file: string, options: LoadOptions): LoadedConfig {
  const { loaded, problems } = inspectConfig(text, file, options);
  if (loaded !== undefined) return loaded;
  const list = problems.map((problem) => `  ${formatProblem(problem)}`).join('\n');
  throw new GemError('GEM_CONFIG_INVALID', { count: problems.length, file, problems: list });
}

/** Never throws for what is in the text: it says it. */
export function inspectConfig(text: string, file: string, options: LoadOptions): Inspection {
  const document = readDocument(text);
  const problems: Problem[] = document.problems.map(({ line, column, text: what }) => ({
    place: { in: 'file', file, line, column },
    path: '',
    text: what,
  }));
  if (document.value === undefined)
    return { problems: sortProblems(problems), warnings: [], loaded: undefined };
  const written = applyOverrides(document.value, options);
  const report = reporter(document, file, written.places);
  const dir = dirname(resolve(file));
  const secrets = resolveSecrets(written.value, { env: options.env, dir });
  problems.push(
    ...written.problems,
    ...secrets.problems.map((problem) => report({ ...problem, which: 'value' })),
  );
  const judged = judge(written.value, secrets.value, options);
  const unresolved = new Set(secrets.problems.map(({ path }) => pathKey(path)));
  const mask = maskText(secrets.secrets);
  // Complaints quote values: a resolved one goes back to its reference.
  const said = judged.findings
    .filter(({ path }) => !unresolved.has(pathKey(path)))
    .map((finding) => ({ ...finding, text: mask(finding.text) }));
  problems.push(...said.filter(({ warning }) => !warning).map(report));
  const warnings = said.filter(({ warning }) => warning).map(report);
  warnings.push(...plainSecretWarnings(written.value, written.places).map(report));
  const sorted = { problems: sortProblems(problems), warnings: sortProblems(warnings) };
  if (sorted.problems.length > 0 || judged.config === undefined) return { ...sorted, loaded: undefined };
  const redacted = deepFreeze(redact(judged.config, written.value, written.places, mask));
  const config = deepFreeze(absoluteFiles(judged.config, configShape(), dir) as Config);
  return { ...sorted, loaded: { config, file, dir, warnings: sorted.warnings, redacted, mask } };
}

interface Written {
  readonly value: unknown;
  /** Places of values that are not from the file, by path. */
  readonly places: ReadonlyMap<string, Place>;
  readonly problems: readonly Problem[];
}

function applyOverrides(fromFile: unknown, options: LoadOptions): Written {
  const places = new Map<string, Place>();
  const variables = ourVariables(options.env).length > 0;
  const environment = variables
    ? readEnvironment(options.env, configShape(), fromFile)
    : { overrides: [], problems: [] };
  let value = fromFile;
  for (const { path, value: item, variable } of environment.overrides) {
    value = setAt(value, path, item);
    places.set(pathKey(path), { in: 'environment', variable });
  }
  for (const [path, item] of flatten(options.overrides ?? {}, [])) {
    value = setAt(value, path, item);
    places.set(pathKey(path), { in: 'option', option: dotted(path) });
  }
  return { value, places, problems: environment.problems };
}

function flatten(group: Readonly<Record<string, unknown>>, base: Path): [Path, unknown][] {
  return Object.entries(group).flatMap(([key, value]): [Path, unknown][] => {
    const path = [...base, ...(base.length === 0 ? key.split('.') : [key])];
    if (value === undefined) return [];
    return isGroup(value) ? flatten(value, path) : [[path, value]];
  });
}

interface Judged {
  readonly config: Config | undefined;
  readonly findings: readonly Finding[];
}

/** zod first; then the checks across parts, also on what is left of a wrong file, so that all is said at once. */
function judge(written: unknown, resolved: unknown, options: LoadOptions): Judged {
  const result = configSchema.safeParse(resolved);
  if (result.success) return { config: result.data, findings: judgeWhole(result.data, [], options) };
  const { issues } = result.error;
  const version = issues.filter(({ path, code }) => path[0] === 'version' && code === 'invalid_value');
  const otherFormat = isGroup(written) && typeof written['version'] === 'number' && version.length > 0;
  const values = { written, resolved };
  const explained = explainIssues(otherFormat ? version : issues, configShape(), values);
  const rest = otherFormat ? undefined : salvage(resolved);
  const across = rest === undefined ? [] : judgeWhole(rest.config, rest.unsure, options);
  return {
    config: undefined,
    findings: [...explained.map((item) => ({ ...item, warning: false })), ...across],
  };
}

function judgeWhole(config: Config, unsure: readonly Path[], options: LoadOptions): Finding[] {
  return [
    ...(options.models === undefined ? [] : crossCheck(config, options.models, unsure)),
    // On a salvaged rest a safeguard may only be missing because it was misspelt.
    ...(options.preflight === true && unsure.length === 0 ? preflight(config) : []),
  ];
}

function reporter(document: ConfigDocument, file: string, places: ReadonlyMap<string, Place>) {
  return ({ path, which, text }: Pick<Finding, 'path' | 'which' | 'text'>): Problem => {
    for (let length = path.length; length > 0; length--) {
      const place = places.get(pathKey(path.slice(0, length)));
      if (place !== undefined) return { place, path: dotted(path), text };
    }
    return { place: { in: 'file', file, ...document.locate(path, which) }, path: dotted(path), text };
  };
}

/** Paths of files start at the folder of the configuration, wherever gemel was started. */
function absoluteFiles(value: unknown, shape: Shape | undefined, dir: string): unknown {
  if (shape === undefined) return value;
  if (typeof value === 'string') return likelyShape(shape, value).file === true ? resolve(dir, value) : value;
  if (Array.isArray(value)) {
    return value.map((item, index) => absoluteFiles(item, childShape(shape, index, value), dir));
  }
  if (!isGroup(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      absoluteFiles(item, childShape(shape, key, value), dir),
    ]),
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
