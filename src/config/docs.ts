// docs/config.md: every key with type, default, meaning and environment variable, from the same schema. Pure.
import { variableName } from './environment.ts';
import { branchesOf, configShape, type Shape } from './shape.ts';
import { boundsOf, expectation } from './wording.ts';

const preface = `# Configuration

Generated from the schemas by \`npm run schema\`; do not edit.

One YAML file. \`gemel check FILE\` says everything that is wrong with it, with line and column, and starts nothing.
An editor with a YAML language server completes keys when the first line is
\`# yaml-language-server: $schema=./gemel.schema.json\` (the schema is \`config/gemel.schema.json\`).
A set-up to start from is \`config/gemel.example.yaml\`.

Relative paths of files and folders start at the folder of the configuration, wherever gemel was started.

**Precedence**: defaults, then the file, then environment variables, then flags of the command line.

**Environment variables**: the name of each stands in the tables. \`<MACHINE>\` and the like are the name you gave, in
capitals and with \`_\` for every other character: \`GEMEL_MACHINES_MILL_1_LAG_MS\` sets \`machines.mill-1.lagMs\`. \`<N>\` counts from 0.
They change what is in the file or has a default; they add no sources, machines or list entries. A \`GEMEL_\` variable
that sets nothing is an error.

**Secrets** are written as references, in any text value, and are never printed:

| Reference | Value |
|---|---|
| \`\${env:NAME}\` | the environment variable NAME |
| \`\${file:path}\` | the content of a file without its last line break; relative to the configuration; refused when every user may read it |
| \`\${credential:name}\` | a systemd credential (\`LoadCredential=\` in the unit) |

\`$\${\` stands for a literal \`\${\`.
`;

export function configDocs(): string {
  const root = configShape();
  const entries = Object.entries(root.properties ?? {});
  const single = entries.filter(([, shape]) => !isGroupShape(shape));
  const groups = entries.filter(([, shape]) => isGroupShape(shape));
  const required = root.required ?? [];
  const topRows = single.flatMap(([key, shape]) =>
    rowsOf([key], shape, required.includes(key) ? 'required' : ''),
  );
  const contents = groups.map(([key]) => `- [${key}](#${key.toLowerCase()})`).join('\n');
  const sections = groups.map(([key, shape]) => section(key, shape)).join('\n');
  return `${preface}\n## Contents\n\n- [the file](#the-file)\n${contents}\n\n## the file\n\n${table(topRows)}\n${sections}`;
}

function section(key: string, shape: Shape): string {
  const about = shape.description === undefined ? '' : `${shape.description}\n\n`;
  const record = isShape(shape.additionalProperties) ? shape.additionalProperties : undefined;
  const inner = record ?? shape;
  const path = record === undefined ? [key] : [key, anyOf(key)];
  const branches = branchesOf(inner);
  const bodies = branches.map((branch, index) => {
    const heading = branches.length === 1 ? '' : `### ${key}, ${branchTitle(branches, index)}\n\n`;
    const note = branch.description === undefined || branches.length === 1 ? '' : `${branch.description}\n\n`;
    return `${heading}${note}${table(propertyRows(path, branch))}`;
  });
  return `## ${key}\n\n${about}${bodies.join('\n')}`;
}

/** `type: mqtt`, `with url`, `without url`. */
function branchTitle(branches: readonly Shape[], index: number): string {
  const branch = branches[index] ?? {};
  const constant = Object.entries(branch.properties ?? {}).find(
    ([, property]) => property.const !== undefined,
  );
  if (constant !== undefined) return `${constant[0]}: ${String(constant[1].const)}`;
  if (branch.required?.[0] !== undefined) return `with ${branch.required[0]}`;
  const other = branches.find(({ required }) => required?.[0] !== undefined);
  return `without ${other?.required?.[0] ?? 'it'}`;
}

interface Row {
  readonly path: readonly string[];
  readonly type: string;
  readonly fallback: string;
  readonly about: string;
  /** A single value, which a variable can set. */
  readonly single: boolean;
}

/** `others`: the further forms that may stand in the place of this one. */
function propertyRows(path: readonly string[], shape: Shape, others: readonly Shape[] = []): Row[] {
  return Object.entries(shape.properties ?? {}).flatMap(([key, property]) =>
    rowsOf([...path, key], property, neededText(key, shape, others)),
  );
}

/** `required`, or of a key that makes one form of several `required unless "derived"`; empty when it may be absent. */
function neededText(key: string, shape: Shape, others: readonly Shape[]): string {
  if (shape.required?.includes(key) !== true) return '';
  const rivals = others.filter(({ required }) => required?.includes(key) !== true).map(leadingKey);
  return rivals.length === 0 ? 'required' : `required unless ${rivals.join(' or ')}`;
}

/** What tells one form of a union from the others. */
function leadingKey({ required }: Shape): string {
  return required?.[0] === undefined ? 'other keys' : `\`${required[0]}\``;
}

function rowsOf(path: readonly string[], shape: Shape, needed: string): Row[] {
  const branches = branchesOf(shape);
  const groups = branches.filter(isGroupShape);
  const single = groups.length < branches.length;
  const row: Row = {
    path,
    type: [...branches.filter((branch) => !groups.includes(branch)).map(typeText), ...groupTypes(groups)]
      .filter(unique)
      .join(' or '),
    fallback: needed === '' ? defaultText(shape.default) : needed,
    about: shape.description ?? '',
    single,
  };
  const plain =
    groups.length === 1 &&
    groups[0]?.properties !== undefined &&
    row.about === '' &&
    !single &&
    needed === '';
  return [...(plain ? [] : [row]), ...groupRows(path, groups)];
}

/** One form is just keys; of several each is named by the key that makes it. */
function groupTypes(groups: readonly Shape[]): string[] {
  if (groups.length < 2) return groups.map(typeText);
  return groups.map((group) =>
    group.properties === undefined ? typeText(group) : `keys with ${leadingKey(group)}`,
  );
}

/** The keys of every form; one that several have is there once, with all its types. */
function groupRows(path: readonly string[], groups: readonly Shape[]): Row[] {
  const rows = groups.flatMap((group) =>
    innerRows(
      path,
      group,
      groups.filter((other) => other !== group),
    ),
  );
  const byPath = Map.groupBy(rows, (row) => row.path.join('\n'));
  return [...byPath.values()].map((same) => ({
    ...same[0]!,
    type: same
      .map(({ type }) => type)
      .filter(unique)
      .join(' or '),
    single: same.some(({ single }) => single),
  }));
}

function innerRows(path: readonly string[], group: Shape, others: readonly Shape[]): Row[] {
  const each = group.items ?? (isShape(group.additionalProperties) ? group.additionalProperties : undefined);
  if (each === undefined) return propertyRows(path, group, others);
  const inList = group.items !== undefined;
  const at = [...path, inList ? '<n>' : anyOf(path.at(-1) ?? '')];
  const branches = branchesOf(each);
  const groups = branches.filter(isGroupShape);
  const bare = branches.filter((branch) => !groups.includes(branch));
  const keys = groups.length === 1 ? ['keys'] : groupTypes(groups);
  const type = [bare.map(typeText).join(' or '), ...keys].join(', or ');
  const row = { path: at, type, fallback: '', about: '', single: true };
  return [...(bare.length > 0 && !inList ? [row] : []), ...groupRows(at, groups)];
}

/** The keys of `signals` are `<signal>`. */
function anyOf(key: string): string {
  return `<${key.replace(/s$/, '')}>`;
}

function isGroupShape(shape: Shape): boolean {
  return branchesOf(shape).some(({ type }) => type === 'object' || type === 'array');
}

function isShape(value: Shape | boolean | undefined): value is Shape {
  return typeof value === 'object';
}

function typeText(shape: Shape): string {
  if (shape.type === 'array')
    return `list of ${branchesOf(shape.items ?? {})
      .map(typeText)
      .filter(unique)
      .join(' or ')}`;
  if (isShape(shape.additionalProperties)) return 'keys of your choice';
  if (shape.const !== undefined || shape.enum !== undefined) return expectation(shape).replace('one of ', '');
  const numeric = shape.type === 'integer' || shape.type === 'number';
  return numeric ? boundsOf(shape).replace(/^an? /, '').trim() : expectation(shape).replace(/^an? /, '');
}

function unique(item: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(item) === index;
}

function defaultText(value: unknown): string {
  const empty =
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return empty ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const variable = row.single ? `\`${variableOf(row.path)}\`` : '';
    return `| \`${keyText(row.path)}\` | ${cell(row.type)} | ${cell(row.fallback)} | ${cell(row.about)} | ${variable} |`;
  });
  return `| Key | Type | Default | Meaning | Environment variable |\n|---|---|---|---|---|\n${lines.join('\n')}\n`;
}

function keyText(path: readonly string[]): string {
  return path.join('.').replaceAll('.<n>', '[]');
}

function variableOf(path: readonly string[]): string {
  const [first = '', ...rest] = path;
  const steps = rest.map((key) => (key.startsWith('<') ? key.toUpperCase() : variableName([key]).slice(6)));
  return [variableName([first]), ...steps].join('_');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}
