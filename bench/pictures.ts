// `npm run pictures`: the pictures and figures of docs/twin.md, from one seeded machine of the plant and the demo's
// own configuration. The same code gives the same files, byte for byte.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Chart, drawChart, type Mark } from '../src/fit/chart.ts';
import { newStand, type Stand } from '../test/plant/stand.ts';

const seed = 1;
const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const width = 860;

const style =
  'text{font:11px system-ui,sans-serif;fill:#333}.title{font-size:13px;font-weight:600}.tick{fill:#666;font-size:10px}' +
  'path{fill:none}.grid{stroke:#e4e4e4}.measured{stroke:#9a9a9a;stroke-width:1.2}.twin{stroke:#0b62a4;stroke-width:1.6}' +
  '.second{stroke:#c0504d;stroke-width:1.6}.third{stroke:#2e8b57;stroke-width:1.6}.limit{stroke:#c0504d;stroke-dasharray:5 4}' +
  '.event{fill:#f3dfae}.band{fill:#cfe3f3}';

interface Traces {
  readonly stand: Stand;
  /** By name, one value a tick; `divergence` and `mode` among them. */
  readonly of: ReadonlyMap<string, Float32Array>;
  readonly seconds: number;
}

interface Run {
  readonly seconds: number;
  readonly fault?: {
    readonly fault: 'bearing' | 'cooling';
    readonly atS: number;
    readonly severity?: number;
  };
}

/** Runs the machine, and keeps what was measured and predicted of each output. */
function record({ seconds, fault }: Run): Traces {
  const stand = newStand({ seed, ...(fault !== undefined && { faults: [fault] }) });
  const { inputs, outputs, states } = stand.twin.model;
  const ticks = seconds * 10;
  const of = new Map<string, Float32Array>();
  const keep = (name: string, tick: number, value: number) => {
    const column = of.get(name) ?? new Float32Array(ticks).fill(Number.NaN);
    column[tick] = value;
    of.set(name, column);
  };
  let tick = 0;
  stand.run(seconds, (frame) => {
    for (const [o, { name }] of outputs.entries()) {
      keep(`${name} measured`, tick, frame.value[inputs.length + o]!);
      keep(name, tick, frame.twin[o]!);
    }
    for (const [s, { name }] of states.entries()) {
      if (name.endsWith('.wear')) keep(name, tick, stand.twin.state[s]!);
    }
    keep('divergence', tick, frame.divergence);
    tick++;
  });
  return { stand, of, seconds };
}

function points(column: Float32Array, fromS: number, toS: number, every: number): number[] {
  const out: number[] = [];
  for (let tick = fromS * 10; tick < toS * 10; tick += every) {
    const value = column[tick]!;
    if (Number.isFinite(value)) out.push((tick / 10 - fromS) / (toS - fromS > 300 ? 60 : 1), value);
  }
  return out;
}

interface Panel {
  readonly title: string;
  readonly yLabel: string;
  readonly lines: readonly (readonly [name: string, look: string])[];
  readonly fromS: number;
  readonly toS: number;
  readonly y?: readonly [number, number];
  readonly marks?: readonly Mark[];
  readonly height?: number;
}

function panel(
  { of }: Traces,
  { title, yLabel, lines, fromS, toS, y, marks = [], height = 190 }: Panel,
): Chart {
  const every = Math.max(1, Math.round(((toS - fromS) * 10) / 1800));
  const drawn: Mark[] = lines.map(([name, look]) => ({
    kind: 'line',
    look,
    points: points(of.get(name)!, fromS, toS, every),
  }));
  const values = drawn.flatMap((mark) =>
    mark.kind === 'line' ? mark.points.filter((_, i) => i % 2 === 1) : [],
  );
  const long = toS - fromS > 300;
  return {
    ...{ title, yLabel, width, height, marks: [...marks, ...drawn] },
    xLabel: long ? 'minutes' : 'seconds',
    x: [0, long ? (toS - fromS) / 60 : toS - fromS],
    y: y ?? rangeOf(values),
  };
}

function rangeOf(values: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const room = 0.05 * (high - low || 1);
  return [low - room, high + room];
}

/** One file of panels, one below the other. */
function save(file: string, charts: readonly Chart[]): void {
  let top = 0;
  const parts = charts.map((chart) => {
    const placed = drawChart(chart).replace(
      '<svg ',
      `<svg y="${top}" width="${chart.width}" height="${chart.height}" `,
    );
    top += chart.height;
    return placed;
  });
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" width="${width}" height="${top}">`;
  const title = `<title>${charts.map((chart) => chart.title).join('; ')}</title>`;
  const back = `${title}<style>${style}</style><rect width="100%" height="100%" fill="#fff"/>`;
  mkdirSync(`${docs}pictures`, { recursive: true });
  writeFileSync(`${docs}pictures/${file}`, `${head}${back}${parts.join('')}</svg>\n`);
  process.stderr.write(`docs/pictures/${file}\n`);
}

/** When the twin took new parameters, as shades. */
function adoptions({ news }: Stand, fromS: number): Mark[] {
  return news
    .filter(({ kind, atS }) => kind === 'recalibrated' && atS >= fromS)
    .map(({ atS }) => ({
      kind: 'shade',
      look: 'event',
      from: (atS - fromS) / 60,
      to: (atS - fromS) / 60 + 0.25,
    }));
}

const both = (name: string): [string, string][] => [
  [`${name} measured`, 'measured'],
  [name, 'twin'],
];

function drawHour(hour: Traces): void {
  const { seconds, stand } = hour;
  const whole = { fromS: 0, toS: seconds, marks: adoptions(stand, 0) };
  const part = { fromS: seconds - 100, toS: seconds };
  save('twin-hour.svg', [
    panel(hour, {
      ...whole,
      title: 'Winding, measured (grey) and twin',
      yLabel: '°C',
      lines: both('spindle.windingTemp'),
    }),
    panel(hour, { ...whole, title: 'Bearing', yLabel: '°C', lines: both('spindle.bearingTemp') }),
    panel(hour, { ...whole, title: 'Housing', yLabel: '°C', lines: both('spindle.housingTemp') }),
    panel(hour, {
      ...whole,
      ...{ title: 'Divergence; yellow where new parameters were adopted', yLabel: 'ratio', y: [0, 0.5] },
      lines: [['divergence', 'twin']],
      marks: [...whole.marks, { kind: 'level', look: 'limit', at: 0.1 }],
    }),
  ]);
  save('twin-part.svg', [
    panel(hour, {
      ...part,
      title: 'Current of the spindle, last part of the hour',
      yLabel: 'A',
      lines: both('spindle.current'),
    }),
    panel(hour, { ...part, title: 'Current of the x axis', yLabel: 'A', lines: both('axis.x.current') }),
    panel(hour, { ...part, title: 'Power from the mains', yLabel: 'W', lines: both('machine.power') }),
  ]);
  save('twin-wear.svg', [
    panel(hour, {
      ...{ title: 'Wear of tools 1, 2 and 3', yLabel: 'share', fromS: 0, toS: seconds },
      lines: [
        ['tool.1.wear', 'twin'],
        ['tool.2.wear', 'second'],
        ['tool.3.wear', 'third'],
      ],
    }),
  ]);
}

function drawFault(run: Traces, faultS: number): void {
  const fromS = faultS - 300;
  const whole = { fromS, toS: run.seconds, marks: adoptions(run.stand, fromS) };
  save('twin-fault.svg', [
    panel(run, {
      ...{ ...whole, title: 'Cooling lost after 5 minutes: bearing, measured (grey) and twin', yLabel: '°C' },
      lines: both('spindle.bearingTemp'),
    }),
    panel(run, {
      ...{
        ...whole,
        title: 'Divergence; yellow where new parameters were adopted',
        yLabel: 'ratio',
        y: [0, 1],
      },
      lines: [['divergence', 'twin']],
      marks: [...whole.marks, { kind: 'level', look: 'limit', at: 0.1 }],
    }),
  ]);
}

/** RMS of measured minus twin over a stretch, by output. */
function rms({ of }: Traces, name: string, fromS: number, toS: number): number {
  const [measured, twin] = [of.get(`${name} measured`)!, of.get(name)!];
  let [squares, count] = [0, 0];
  for (let tick = fromS * 10; tick < toS * 10; tick++) {
    const difference = measured[tick]! - twin[tick]!;
    if (!Number.isFinite(difference)) continue;
    squares += difference * difference;
    count++;
  }
  return Math.sqrt(squares / count);
}

function figures(hour: Traces): string {
  const { outputs } = hour.stand.twin.model;
  const rows = outputs
    .filter(({ name }) => name !== 'tool.flankWear')
    .map(({ name, unit }) => {
      const cells = [rms(hour, name, 30, 330), rms(hour, name, 3300, 3600)].map((value) =>
        value.toPrecision(2),
      );
      return `| ${name} | ${unit === 'degC' ? '°C' : unit} | ${cells.join(' | ')} |`;
    });
  const head = '| output | unit | first five minutes | last five minutes |\n|---|---|---|---|';
  const adopted = hour.stand.news
    .filter((news) => news.kind === 'recalibrated')
    .map((news) => {
      const { atS, group, reason, errorBefore, errorAfter } = news;
      const minutes = (atS / 60).toFixed(1);
      return `| ${minutes} | ${group} | ${reason} | ${errorBefore.toFixed(2)} | ${errorAfter.toFixed(2)} |`;
    });
  const told = '| minute | group | why | error before, sigmas | after |\n|---|---|---|---|---|';
  return `${head}\n${rows.join('\n')}\n\n${told}\n${adopted.join('\n')}`;
}

/** Between the two marks of the document. */
function putFigures(text: string): void {
  const file = `${docs}twin.md`;
  const [begin, end] = ['<!-- figures -->\n', '<!-- end of figures -->'];
  const page = readFileSync(file, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} has no place for the figures`);
  writeFileSync(file, `${page.slice(0, from + begin.length)}${text}\n${page.slice(to)}`);
  process.stderr.write('docs/twin.md\n');
}

const hour = record({ seconds: 3600 });
drawHour(hour);
putFigures(figures(hour));
const faultS = 1800;
drawFault(record({ seconds: 3600, fault: { fault: 'cooling', atS: faultS } }), faultS);
