// A series from times and values; NaN is a Bad sample.
import type { Series } from '../../../src/core/sample.ts';

const badCode = 0x80310000;

export function seriesOf(rows: readonly (readonly [timeMs: number, value: number])[]): Series {
  return {
    length: rows.length,
    timeMs: Float64Array.from(rows, ([timeMs]) => timeMs),
    value: Float64Array.from(rows, ([, value]) => value),
    quality: Uint32Array.from(rows, ([, value]) => (Number.isNaN(value) ? badCode : 0)),
    receiveMs: Float64Array.from(rows, ([timeMs]) => Math.ceil(timeMs)),
    rawMs: new Float64Array(rows.length).fill(Number.NaN),
    exact: new BigInt64Array(0),
  };
}
