// What a stand's frames were, row by row: for `fitModel`, and as a CSV for `gemel fit`. No test of its own.
import type { ModelRows } from '../../src/core/fit/model-rows.ts';
import type { Frame } from '../../src/core/frame.ts';
import type { Model } from '../../src/core/model.ts';
import { isGood } from '../../src/core/quality.ts';

export interface RowKeeper {
  readonly keep: (frame: Frame) => void;
  rows(): ModelRows;
  csv(): string;
}

export function newRowKeeper({ inputs, outputs }: Model, rowsMax: number): RowKeeper {
  const width = inputs.length + outputs.length;
  const columns = Array.from({ length: width }, () => new Float64Array(rowsMax));
  const timeMs = new Float64Array(rowsMax);
  let count = 0;
  const column = (index: number) => columns[index]!.subarray(0, count);
  return {
    keep(frame) {
      timeMs[count] = frame.timeMs;
      for (let row = 0; row < width; row++) {
        columns[row]![count] = isGood(frame.quality[row]!) ? frame.value[row]! : Number.NaN;
      }
      count++;
    },
    rows: () => ({
      dtS: Float64Array.from({ length: count }, (_, i) =>
        i === 0 ? 0.1 : (timeMs[i]! - timeMs[i - 1]!) / 1000,
      ),
      inputs: inputs.map((_, i) => column(i)),
      outputs: outputs.map((_, o) => column(inputs.length + o)),
    }),
    csv() {
      const head = ['time', ...inputs.map(({ name }) => name), ...outputs.map(({ name }) => name)].join(',');
      const lines = Array.from({ length: count }, (_, i) => {
        const cells = columns.map((values) => (Number.isNaN(values[i]!) ? '' : String(values[i])));
        return [String(timeMs[i]! / 1000), ...cells].join(',');
      });
      return `${[head, ...lines].join('\n')}\n`;
    },
  };
}

/**
 * The same without what was measured where `input` did not change evenly, over this row, the one before and the one
 * after: a sensor that means over a moment shows an edge earlier or later than it was.
 */
export function withoutEdges(
  model: Model,
  rows: ModelRows,
  input: string,
  output: string,
  tolerance: number,
): ModelRows {
  const u = rows.inputs[model.inputs.findIndex(({ name }) => name === input)]!;
  const o = model.outputs.findIndex(({ name }) => name === output);
  const change = (i: number) => u[i]! - u[i - 1]!;
  const even = (i: number) => Math.abs(change(i) - change(i - 1)) <= tolerance;
  const measured = Float64Array.from(rows.outputs[o]!, (value, i) =>
    i >= 2 && even(i) && even(i + 1) ? value : Number.NaN,
  );
  return { ...rows, outputs: rows.outputs.map((column, index) => (index === o ? measured : column)) };
}
