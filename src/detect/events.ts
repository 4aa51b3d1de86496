// Flagged rows that belong together, as one event each: when, how strong, which columns, what was seen.

export interface DetectEvent {
  /** As the file writes them. */
  readonly start: string;
  readonly end: string;
  /** Of the file, from 1, the header not counted. */
  readonly fromRow: number;
  readonly toRow: number;
  readonly flaggedRows: number;
  readonly peakScore: number;
  readonly peakTime: string;
  /** The weightiest first. */
  readonly columns: readonly {
    readonly column: string;
    readonly share: number;
    readonly value: number | null;
  }[];
  readonly detector: string;
  /** One sentence for people. */
  readonly text: string;
}

export interface EventRow {
  readonly row: number;
  readonly time: string;
  readonly score: number;
  readonly flag: boolean;
  readonly detector: string;
  readonly shares: Float64Array;
  readonly values: Float64Array;
}

/** So many rows without a flag do not end an event. */
const joinRows = 12;
const columnsShown = 5;
const shareShown = 0.08;
export const eventsKept = 10_000;

interface Open {
  from: EventRow;
  fromRow: number;
  start: string;
  toRow: number;
  end: string;
  flagged: number;
  peak: number;
  peakTime: string;
  readonly shares: Float64Array;
  readonly values: Float64Array;
  readonly detectors: Map<string, number>;
}

export interface Events {
  take(row: EventRow): void;
  finish(): void;
  readonly count: number;
  /** The first of them. */
  readonly kept: readonly DetectEvent[];
}

/** `onEvent`: each as it ends. */
export function createEvents(names: readonly string[], onEvent: (event: DetectEvent) => void): Events {
  const kept: DetectEvent[] = [];
  let open: Open | undefined;
  let count = 0;
  const close = () => {
    if (open === undefined) return;
    const event = told(open, names);
    open = undefined;
    count++;
    if (kept.length < eventsKept) kept.push(event);
    onEvent(event);
  };
  return {
    take(row) {
      if (open !== undefined && row.row - open.toRow > joinRows) close();
      if (!row.flag) return;
      open ??= begun(row);
      extend(open, row);
    },
    finish: close,
    get count() {
      return count;
    },
    kept,
  };
}

function begun(row: EventRow): Open {
  return {
    from: row,
    ...{
      fromRow: row.row,
      start: row.time,
      toRow: row.row,
      end: row.time,
      flagged: 0,
      peak: -1,
      peakTime: '',
    },
    shares: new Float64Array(row.shares.length),
    values: new Float64Array(row.values.length),
    detectors: new Map(),
  };
}

function extend(open: Open, { row, time, score, detector, shares, values }: EventRow): void {
  open.toRow = row;
  open.end = time;
  open.flagged++;
  open.detectors.set(detector, (open.detectors.get(detector) ?? 0) + score);
  for (let c = 0; c < shares.length; c++) open.shares[c] = open.shares[c]! + shares[c]! * score;
  if (score <= open.peak) return;
  open.peak = score;
  open.peakTime = time;
  open.values.set(values);
}

function told(open: Open, names: readonly string[]): DetectEvent {
  const sum = open.shares.reduce((total, share) => total + share, 0);
  const columns = names
    .map((column, c) => {
      const value = open.values[c]!;
      const share = sum > 0 ? open.shares[c]! / sum : 0;
      return { column, share: Math.round(share * 1000) / 1000, value: Number.isNaN(value) ? null : value };
    })
    .filter(({ share }) => share >= shareShown)
    .sort((a, b) => b.share - a.share)
    .slice(0, columnsShown);
  const [detector = ''] = [...open.detectors].sort((a, b) => b[1] - a[1])[0] ?? [];
  const event = {
    ...{ start: open.start, end: open.end, fromRow: open.fromRow, toRow: open.toRow },
    ...{ flaggedRows: open.flagged, peakScore: Math.round(open.peak * 1e4) / 1e4, peakTime: open.peakTime },
    ...{ columns, detector },
  };
  return { ...event, text: sentence(event) };
}

/** What was seen, of a column (or of several). */
const seen: Readonly<Record<string, string>> = {
  jump: 'did not go on as the rows before it',
  value: 'went where it never is',
  level: 'stayed away from its usual level',
  drift: 'has slowly left its usual level',
  louder: 'became far more restless than usual',
  quieter: 'became far quieter than usual',
  stuck: 'showed one and the same number again and again',
  shape: 'took a course that it never took before',
  apart: 'no longer went with the columns it goes with',
  'apart for a while': 'no longer went with the columns it goes with',
  loose: 'goes less closely with its companions than usual',
  'limits trip': 'passed its trip limit',
  limits: 'passed its warning limit',
  together: 'was unusual together with others',
  lasting: 'was a little unusual for long',
  strange: 'changed from row to row as it never did before',
  pca: 'no longer belongs with the others as it did',
  forest: 'lay where it has never lain before',
  'change-point': 'changed its level or its noise for good',
  rate: 'changed faster than it should',
};

function sentence({
  columns,
  detector,
  start,
  fromRow,
  toRow,
  flaggedRows,
}: Omit<DetectEvent, 'text'>): string {
  const [first, ...others] = columns;
  const where = start === '' ? `from row ${fromRow}` : `from ${start}`;
  const lasting = toRow > fromRow ? ` for ${toRow - fromRow + 1} rows (${flaggedRows} flagged)` : '';
  if (first === undefined) return `All columns together were unusual ${where}${lasting}.`;
  const what = seen[detector] ?? `was unusual (${detector})`;
  const value = first.value === null ? '' : `, ${Number(first.value.toPrecision(5))} at its worst`;
  const also = others.length === 0 ? '' : `; also ${others.map(({ column }) => column).join(', ')}`;
  return `${first.column} ${what} ${where}${lasting}${value}${also}.`;
}
