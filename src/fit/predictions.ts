// What was measured and what the fitted model says, row by row, as CSV.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Fitted } from './fitted.ts';

const rowsAtOnce = 4096;

export async function writePredictions(file: string, fitted: Fitted): Promise<void> {
  const out = createWriteStream(file);
  // An error of the file is told by `finished`, and not by nobody.
  const done = finished(out);
  done.catch(() => {});
  let text = '';
  for (const line of linesOf(fitted)) {
    text += line;
    if (text.length < rowsAtOnce * 40) continue;
    if (!out.write(text)) await Promise.race([once(out, 'drain'), done]);
    text = '';
  }
  out.end(text);
  await done;
}

/** A cell is empty where there is no value. */
export function* linesOf({ record, answer, abscissa }: Fitted): Generator<string> {
  const { traces } = answer;
  const names = traces.flatMap(({ output, unit }) =>
    ['measured', 'predicted', 'residual'].map((what) => quoted(`${output} ${what} [${unit}]`)),
  );
  const first = abscissa.unit === '' ? abscissa.name : `${abscissa.name} [${abscissa.unit}]`;
  yield `${quoted(first)},use,segment,${names.join(',')}\n`;
  for (const [s, { from, to, use }] of record.segments.entries()) {
    for (let row = from; row < to; row++) {
      const cells = traces.map(({ measured, predicted }) => {
        const [was, said] = [measured[row]!, predicted[row]!];
        return `${cell(was)},${cell(said)},${cell(was - said)}`;
      });
      yield `${cell(record.timeS[row]!, 12)},${use},${s + 1},${cells.join(',')}\n`;
    }
  }
}

function cell(value: number, digits = 8): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : '';
}

function quoted(name: string): string {
  return /[",\n\r]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
