// What `gemel check` says: problems with their lines, or what a configuration would do. Prints no secret.
import { stringify } from 'yaml';
import type { ModelCatalog } from '../config/cross-check.ts';
import type { Inspection, LoadedConfig } from '../config/load.ts';
import { formatProblem, type Problem } from '../config/problem.ts';
import { type Config, declaredTags, listens } from '../config/schema.ts';
import { printable } from '../formats/excerpt.ts';
import type { TagTrial, Trial } from './connect.ts';

/** `source` is the text of the file, when its lines are to be shown. */
export function checkText(
  file: string,
  { loaded, problems, warnings }: Inspection,
  source: string | undefined,
  models: ModelCatalog | undefined,
): string {
  const lines = source?.replace(/^\uFEFF/, '').split(/\r?\n/);
  const list = (all: readonly Problem[]): string =>
    all.map((problem) => `${formatProblem(problem)}\n${excerpt(problem, lines)}`).join('');
  const warned = warnings.length === 0 ? '' : `\n${count(warnings.length, 'warning')}:\n${list(warnings)}`;
  if (loaded === undefined)
    return `${list(problems)}\n${count(problems.length, 'problem')} in ${file}\n${warned}`;
  return `${file} is fine.\n\n${summaryText(summarize(loaded, models))}${warned}`;
}

export function checkJson(
  file: string,
  { loaded, problems, warnings }: Inspection,
  withConfig: boolean,
  models: ModelCatalog | undefined,
  connections?: readonly Trial[],
): string {
  const plain = ({ place, path, text }: Problem) => ({ ...place, path, text });
  return `${JSON.stringify(
    {
      ok: loaded !== undefined,
      file,
      problems: problems.map(plain),
      warnings: warnings.map(plain),
      ...(loaded === undefined ? {} : { summary: summarize(loaded, models) }),
      ...(loaded !== undefined && withConfig ? { config: loaded.redacted } : {}),
      ...(connections === undefined ? {} : { connections }),
    },
    null,
    2,
  )}\n`;
}

export function connectionsText(connections: readonly Trial[]): string {
  return connections
    .map(({ what, ok, untried = false, reason, notes = [], tags = [] }) => {
      const word = untried ? '-     ' : ok ? 'ok    ' : 'failed';
      // Peers put words into reasons and notes.
      const head = printable(`${word} ${what}${reason === '' ? '' : `: ${reason}`}`);
      return `${[head, ...tagLines(tags), ...notes.map(printable)].join('\n         ')}\n`;
    })
    .join('');
}

const groupsShown = 8;
const tagsShown = 3;

/** Tags in one trouble are one line, and the first few of them are named; the worst come first. */
function tagLines(tags: readonly TagTrial[]): string[] {
  const groups = [
    ...Map.groupBy(tags, ({ ok, said, advice }) => JSON.stringify([ok, said, advice])).values(),
  ];
  const sorted = groups.toSorted((a, b) => Number(a[0]!.ok) - Number(b[0]!.ok) || b.length - a.length);
  const shown = sorted.slice(0, groupsShown);
  const rest = sorted.slice(groupsShown).flat();
  return [
    ...shown.flatMap((group) => {
      const { ok, said, advice } = group[0]!;
      const named = group.slice(0, tagsShown).map(({ tag, place }) => printable(`  ${tag} (${place})`));
      const more = group.length - named.length;
      const head = `${count(group.length, 'tag')}${ok ? ' as yet' : ''}: ${said}${advice === '' ? '' : `; ${advice}`}`;
      return [
        printable(head),
        ...named,
        ...(more > 0 ? [`  and ${more.toLocaleString('en')} more; --json has all`] : []),
      ];
    }),
    ...(rest.length > 0 ? [`${count(rest.length, 'tag')} in other troubles; --json has all`] : []),
  ];
}

/** Defaults, file, environment and flags put together. */
export function effectiveText(loaded: LoadedConfig): string {
  return `# The effective configuration of ${loaded.file}; secrets are references.\n${stringify(loaded.redacted)}`;
}

interface Summary {
  readonly site: string;
  readonly broker: string;
  readonly sources: readonly { name: string; type: string; tags: number }[];
  readonly machines: readonly MachineSummary[];
  readonly publishes: string;
  readonly listens: readonly { key: string; host: string; port: number }[];
}

interface MachineSummary {
  readonly name: string;
  readonly model: string;
  readonly mapped: number;
  readonly signals: number;
  readonly extra: number;
  readonly derived: number;
}

function summarize({ config, redacted }: LoadedConfig, models: ModelCatalog | undefined): Summary {
  const { publish, loop, broker } = config;
  const root = publish.root.replaceAll('{site}', config.site);
  const shown = (redacted as Config).broker;
  return {
    site: config.site,
    broker: 'url' in broker && 'url' in shown ? `${shown.url} (external)` : 'embedded',
    sources: Object.entries(config.sources).map(([name, source]) => ({
      name,
      type: source.type,
      tags: declaredTags(source).length,
    })),
    machines: Object.entries(config.machines).map(([name, machine]) => {
      const model = models?.get(machine.model);
      const mapped = Object.keys(machine.signals).length;
      const signals = model === undefined ? mapped : model.inputs.length + model.outputs.length;
      const extra = Object.keys(machine.extra).length;
      const derived = Object.keys(machine.derived).length;
      return { name, model: machine.model, mapped, signals, extra, derived };
    }),
    publishes: publish.enabled
      ? `below ${root}/, a tick every ${loop.periodMs} ms`
      : 'nothing (publish.enabled: false)',
    listens: listens(config).map(({ path, host, port }) => ({ key: path.join('.'), host, port })),
  };
}

function summaryText({ site, broker, sources, machines, publishes, listens: open }: Summary): string {
  const rows: [string, string[]][] = [
    ['site', [site]],
    ['broker', [broker]],
    ['sources', sources.map(({ name, type, tags }) => `${name}: ${type}, ${count(tags, 'tag')} declared`)],
    ['machines', machines.map(machineText)],
    ['publishes', [publishes]],
    ['listens', open.map(({ key, host, port }) => `${address(host, port)} (${key})`)],
  ];
  return rows
    .map(([title, items]) =>
      [...items, ...(items.length === 0 ? ['none'] : [])]
        .map((item, index) => `  ${(index === 0 ? title : '').padEnd(11)}${item}\n`)
        .join(''),
    )
    .join('');
}

/** Further signals are named only where there are some. */
function machineText({ name, model, mapped, signals, extra, derived }: MachineSummary): string {
  const further = [extra > 0 ? `${extra} extra` : '', derived > 0 ? `${derived} derived` : ''];
  return [`${name}: ${model}`, `${mapped} of ${signals} signals mapped`, ...further]
    .filter(Boolean)
    .join(', ');
}

function address(host: string, port: number): string {
  return port === 0 ? `${host}, a free port` : host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function count(amount: number, what: string): string {
  return `${amount.toLocaleString('en')} ${what}${amount === 1 ? '' : 's'}`;
}

const shownColumns = 110;

/** The line and a caret below; not of a line that may hold a secret. */
function excerpt({ place }: Problem, lines: readonly string[] | undefined): string {
  if (lines === undefined || place.in !== 'file') return '';
  const line = lines[place.line - 1];
  if (line === undefined || line.trim() === '' || place.column > shownColumns || mayHoldSecret(line))
    return '';
  const number = String(place.line).padStart(5);
  const mark = line.slice(0, place.column - 1).replace(/[^\t]/g, ' ');
  return `${number} | ${line.slice(0, shownColumns)}\n      | ${mark}^\n`;
}

function mayHoldSecret(line: string): boolean {
  return /pass(word|phrase)|secret|token|:\/\/[^/\s]*@/i.test(line);
}
