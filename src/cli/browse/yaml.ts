// The variables of a server as a `tags:` block to paste below a source: stable ids, units and kinds where they
// are known. What would be no tag as it stands is there as a comment that says why.
import { clean } from '../../sources/opcua/browse/clean.ts';
import { allNodes, type BrowsedNode, typeText } from './node.ts';

const builtIn = {
  boolean: 1,
  int64: 8,
  uint64: 9,
  double: 11,
  string: 12,
  dateTime: 13,
  localizedText: 21,
  structure: 22,
} as const;

/** Of 8 to 32 bits: what servers keep states in, and counts as well. */
const wholeTypes: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 7]);

export function tagsYaml(root: BrowsedNode, url: string): string {
  const variables = allNodes(root).filter(({ facts, tree }) => facts !== undefined && tree.left !== 'again');
  const names = namesOf(variables);
  const lines = variables.map((node, i) => tagLine(names[i]!, node));
  const ready = lines.filter((line) => !line.startsWith('  #')).length;
  const head = `# ${ready} tags of ${clean(url)}, to paste below a source of type opcua\ntags:`;
  return `${[ready === 0 ? `${head} {}` : head, ...lines].join('\n')}\n`;
}

/** Paths with dots; what all have in common is left out, and a name that came twice is numbered. */
function namesOf(nodes: readonly BrowsedNode[]): string[] {
  const paths = nodes.map(({ path, tree }) => (path.length === 0 ? [tree.name] : path));
  const [first = []] = paths;
  let common = 0;
  while (paths.every((path) => path.length > common + 1 && path[common] === first[common])) common++;
  const used = new Set<string>();
  return paths.map((path) => {
    const name = path
      .slice(paths.length === 1 ? -1 : common)
      .map(wordOf)
      .join('.');
    let unique = name;
    for (let i = 2; used.has(unique); i++) unique = `${name}_${i}`;
    used.add(unique);
    return unique;
  });
}

function wordOf(name: string): string {
  return name.replace(/[^\p{L}\p{N}_-]+/gu, '_').replace(/^_+|_+$/g, '') || '_';
}

function tagLine(name: string, { facts, stableId }: BrowsedNode): string {
  const { unit, words, dimensions, access } = facts!;
  const trouble = !access.read ? 'may not be read' : troubleOf(facts!);
  const parts = [`node: ${JSON.stringify(stableId)}`];
  if (unit !== undefined && unit.unit !== '') parts.push(`unit: ${unitOf(unit.unit)}`);
  const kind = kindOf(facts!);
  if (kind !== '') parts.push(`kind: ${kind}`);
  if (dimensions !== undefined) parts.push(...elementOf(dimensions));
  const notes = [
    trouble,
    unit !== undefined && unit.unit === '' ? `in ${unit.text}` : '',
    words === undefined ? '' : [...words].map(([value, word]) => `${value} ${word}`).join(', '),
    kind === '' && unit === undefined && wholeTypes.has(facts!.builtIn) ? 'kind: enum if it is a state' : '',
    dimensions === undefined ? '' : `one element of ${typeText(facts!)}`,
  ].filter(Boolean);
  const note = notes.length === 0 ? '' : ` # ${clean(notes.join('; ')).slice(0, 200)}`;
  return `  ${trouble === '' ? '' : '# '}${keyOf(name)}: { ${parts.join(', ')} }${note}`;
}

function keyOf(name: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(name) ? name : JSON.stringify(name);
}

/** Quoted where YAML would read it as something else. */
function unitOf(unit: string): string {
  return /^[A-Za-z][\w/]*$/.test(unit) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(unit)
    ? unit
    : JSON.stringify(unit);
}

function kindOf({ builtIn: type, words }: NonNullable<BrowsedNode['facts']>): string {
  if (type === builtIn.boolean) return 'boolean';
  if (type === builtIn.int64) return 'int64';
  if (type === builtIn.uint64) return 'uint64';
  return words === undefined ? '' : 'enum';
}

function elementOf(dimensions: readonly number[]): string[] {
  const known = dimensions.every((length) => length > 0);
  const inList = (values: readonly number[]) =>
    values.length === 1 ? `${values[0]}` : `[${values.join(', ')}]`;
  const index = `index: ${inList(dimensions.map(() => 0))}`;
  return known ? [index, `length: ${inList(dimensions)}`] : [index];
}

/** Why a value would be no sample without more being said. */
function troubleOf({ builtIn: type }: NonNullable<BrowsedNode['facts']>): string {
  if (type === 0) return 'no value yet';
  if (type === builtIn.string || type === builtIn.localizedText)
    return 'a text: wants kind: enum with words, or coerce: true';
  if (type === builtIn.structure) return 'a structure: wants field: name of a member';
  return type <= builtIn.double || type === builtIn.dateTime ? '' : 'bytes of no known meaning';
}
