// The tree of `gemel browse` as text: names, types, values and units in columns, as wide as the terminal is.
import { clean } from '../../sources/opcua/browse/clean.ts';
import { type BrowsedNode, typeText, valueText } from './node.ts';

export interface TreeStyle {
  /** Columns of the terminal; 0: as wide as it gets. */
  readonly columns: number;
  readonly colour: boolean;
}

interface Row {
  readonly branch: string;
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly note: string;
  readonly id: string;
}

const idFrom = 120;
const gap = '  ';

const reasons: Readonly<Record<BrowsedNode['tree']['left'], string>> = {
  '': '',
  depth: '… deeper: --depth',
  most: '… more: --max',
  again: '↑ shown above',
  server: '… about the server itself: --node i=2253',
  refused: '… refused by the server',
};

export function treeText(root: BrowsedNode, { columns, colour }: TreeStyle): string {
  const rows = rowsOf(root, '', '');
  const wide = columns === 0 || columns >= idFrom;
  const widths = widthsOf(rows, columns, wide);
  return rows.map((row) => `${line(row, widths, wide, colour)}\n`).join('');
}

function rowsOf(node: BrowsedNode, branch: string, below: string): Row[] {
  const { facts, tree } = node;
  const row: Row = {
    branch,
    name: clean(tree.name),
    type: facts === undefined ? '' : clean(typeText(facts)),
    value: facts === undefined ? '' : valueAndUnit(node),
    note: [
      tree.nodeClass === 'Method' ? 'method' : '',
      facts === undefined ? '' : accessText(facts),
      reasons[tree.left],
    ]
      .filter(Boolean)
      .join(' '),
    id: clean(node.stableId),
  };
  const children = node.children.flatMap((child, i) => {
    const isLast = i === node.children.length - 1;
    return rowsOf(child, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`);
  });
  return [row, ...children];
}

function valueAndUnit({ facts }: BrowsedNode): string {
  const { value, unit, words, status, builtIn } = facts!;
  const raw: unknown = value?.value;
  const word = typeof raw === 'number' && builtIn !== 0 ? words?.get(raw) : undefined;
  const text = [valueText(value), word, unit?.text].filter((part) => part !== undefined).join(' ');
  return clean(status === '' ? text : value === undefined ? status : `${text} (${status})`);
}

/** Only what is out of the ordinary: most can be read and not written. */
function accessText({ access }: NonNullable<BrowsedNode['facts']>): string {
  const marks = [!access.read && 'not readable', access.write && 'writable', access.history && 'history'];
  return marks.filter(Boolean).join(', ');
}

interface Widths {
  readonly name: number;
  readonly type: number;
  readonly value: number;
  readonly note: number;
}

function widthsOf(rows: readonly Row[], columns: number, wide: boolean): Widths {
  const longest = (of: (row: Row) => number) => rows.reduce((most, row) => Math.max(most, of(row)), 0);
  const variables = (of: (row: Row) => number) => longest((row) => (row.type === '' ? 0 : of(row)));
  const name = variables(({ branch, name }) => branch.length + name.length);
  const type = longest((row) => row.type.length);
  const value = longest((row) => row.value.length);
  const note = variables((row) => row.note.length);
  if (columns === 0) return { name, type, value, note };
  // What there is goes to the name first, then to value and type; ids only where there is room.
  const room = columns - (wide ? 36 : 0) - 2 * gap.length;
  const typeShare = Math.min(type, 18);
  const nameShare = Math.min(name, Math.max(24, Math.floor(room * 0.5)));
  return {
    name: nameShare,
    type: typeShare,
    value: Math.min(value, Math.max(12, room - nameShare - typeShare)),
    note,
  };
}

function line(row: Row, widths: Widths, wide: boolean, colour: boolean): string {
  const dim = (text: string) => (colour && text !== '' ? `\x1b[2m${text}\x1b[22m` : text);
  const branch = dim(row.branch);
  const id = wide ? row.id : '';
  if (row.type === '') {
    const text = [row.name, dim(row.note)].filter(Boolean).join(gap);
    const used = row.branch.length + row.name.length + (row.note === '' ? 0 : gap.length + row.note.length);
    const before = widths.name + widths.type + widths.value + 2 * gap.length;
    const idAt = before + (widths.note > 0 ? gap.length + widths.note : 0);
    return `${branch}${text}${id === '' ? '' : ' '.repeat(Math.max(0, idAt - used)) + gap + dim(id)}`;
  }
  const name = pad(row.name, widths.name - row.branch.length);
  const cells = [`${branch}${name}`, dim(pad(row.type, widths.type)), pad(row.value, widths.value)];
  const ends = [wide && widths.note > 0 ? row.note.padEnd(widths.note) : row.note, id]
    .filter(Boolean)
    .join(gap);
  return `${cells.join(gap)}${ends.trim() === '' ? '' : gap + dim(ends)}`.trimEnd();
}

/** Cut in the middle where names differ at both ends. */
function pad(text: string, width: number): string {
  if (text.length <= width) return text.padEnd(width);
  if (width < 4) return `${text.slice(0, Math.max(1, width - 1))}…`;
  const head = Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}
