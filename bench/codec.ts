// What a sample takes in a block, column by column, and how fast blocks are written and read; beside it what zlib and
// plain XOR make of the same samples; and what the stretches of a second take. `node bench/codec.ts` prints the table by
// itself.
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import type { Series } from '../src/core/sample.ts';
import { decodeBlockInto } from '../src/history/codec/decode-block.ts';
import { encodeBlock } from '../src/history/codec/encode-block.ts';
import { newSeriesBuffer } from '../src/history/codec/series-buffer.ts';
import { encodeChunk } from '../src/history/rollup/chunk.ts';
import { splitByChunk } from '../src/history/rollup/merge-rollups.ts';
import { rollUp } from '../src/history/rollup/roll-up.ts';
import { realistic, seriesOf, signals } from './codec-signals.ts';
import { gorillaBytes } from './plain-xor.ts';
import type { BenchResult } from './run.ts';

const blockSamples = 1024;
const blocks = 64;
const samples = blockSamples * blocks;

const clocks = [
  { name: 'jitter 5 ms', jitterMs: 5, stamped: false },
  { name: 'regular', jitterMs: 0, stamped: false },
  { name: 'jitter 5 ms, stamped', jitterMs: 5, stamped: true },
];

export interface CodecFigures {
  /** Bytes a sample. */
  readonly all: number;
  readonly time: number;
  readonly value: number;
  readonly receive: number;
  /** Of stretches of a second, by the samples in them. */
  readonly seconds: number;
  readonly zlib1: number;
  readonly zlib6: number;
  readonly gorilla: number;
  readonly encodePerS: number;
  readonly decodePerS: number;
}

function bytesOf(series: Series): number {
  let bytes = 0;
  for (let at = 0; at < samples; at += blockSamples)
    bytes += encodeBlock(series, at, at + blockSamples).length;
  return bytes / samples;
}

function secondsBytes(series: Series): number {
  const chunks = splitByChunk(rollUp(series, 1000), 1000).map(encodeChunk);
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0) / samples;
}

function zlibBytes(series: Series, level: number): number {
  let bytes = 0;
  for (let at = 0; at < samples; at += blockSamples) {
    const { timeMs, value, quality, receiveMs, rawMs } = series;
    const columns = [timeMs, value, quality, receiveMs, rawMs].map((column) => {
      const part = column.subarray(at, at + blockSamples);
      return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    });
    bytes += deflateSync(Buffer.concat(columns), { level }).length;
  }
  return bytes / samples;
}

/** The best of many short runs: others use this machine too. */
function bestPerS(run: () => void, count: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 150; round++) {
    const started = performance.now();
    run();
    best = Math.min(best, performance.now() - started);
  }
  return count / (best / 1000);
}

export function measureCodec(signal: string, jitterMs: number, stamped: boolean): CodecFigures {
  const series = seriesOf(signal, { seed: 7, samples, jitterMs, stamped });
  const all = bytesOf(series);
  // What a column takes is what is saved by one that says nothing.
  const noValues = bytesOf({ ...series, value: new Float64Array(samples), exact: new BigInt64Array(0) });
  const noDelays = stamped ? bytesOf({ ...series, receiveMs: series.timeMs }) : all;
  const steady = series.timeMs.map((_, i) => series.timeMs[0]! + 100 * i);
  const noJitter = bytesOf({
    ...series,
    timeMs: steady,
    receiveMs: steady,
    rawMs: stamped ? steady : series.rawMs,
  });
  let gorilla = 0;
  for (let at = 0; at < samples; at += blockSamples) {
    const { time, value } = gorillaBytes(series, at, at + blockSamples);
    gorilla += time + value;
  }
  const some = 16;
  const encoded = Array.from({ length: some }, (_, k) =>
    encodeBlock(series, k * blockSamples, (k + 1) * blockSamples),
  );
  const buffer = newSeriesBuffer(some * blockSamples);
  return {
    all,
    time: noDelays - noJitter,
    value: all - noValues,
    receive: all - noDelays,
    seconds: secondsBytes(series),
    zlib1: zlibBytes(series, 1),
    zlib6: zlibBytes(series, 6),
    gorilla: gorilla / samples,
    encodePerS: bestPerS(() => {
      for (let k = 0; k < some; k++) encodeBlock(series, k * blockSamples, (k + 1) * blockSamples);
    }, some * blockSamples),
    decodePerS: bestPerS(() => {
      buffer.length = 0;
      for (const block of encoded) decodeBlockInto(block, buffer);
    }, some * blockSamples),
  };
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

function rowOf(clock: string, name: string, figures: readonly CodecFigures[]): string[] {
  const of = (key: keyof CodecFigures) => mean(figures.map((one) => one[key])).toFixed(2);
  // Speeds of signals that share a core: samples by the time that all of them take.
  const rate = (key: 'encodePerS' | 'decodePerS') => 1 / mean(figures.map((one) => 1 / one[key])) / 1e6;
  return [
    ...[clock, name, of('all'), of('time'), of('value'), of('receive'), of('seconds')],
    ...[rate('encodePerS').toFixed(0), rate('decodePerS').toFixed(0)],
    ...[of('gorilla'), of('zlib1'), of('zlib6')],
  ];
}

export async function bench(): Promise<BenchResult> {
  const rows: string[][] = [];
  for (const { name: clock, jitterMs, stamped } of clocks) {
    const five: CodecFigures[] = [];
    for (const signal of Object.keys(signals)) {
      const figures = measureCodec(signal, jitterMs, stamped);
      if (realistic.some((name) => name === signal)) five.push(figures);
      rows.push(rowOf(clock, signal, [figures]));
      if (five.length === realistic.length && signal === realistic.at(-1)) {
        rows.push(rowOf(clock, 'these five', five));
      }
    }
  }
  return {
    title: `Blocks of ${blockSamples} samples at 10 Hz: bytes a sample, million samples a second`,
    head: [
      ...['clock', 'signal', 'all in', 'time', 'value', 'receive', 'seconds', 'written M/s', 'read M/s'],
      ...['Gorilla (time, value)', 'zlib 1', 'zlib 6'],
    ],
    rows,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { head, rows } = await bench();
  for (const row of [head, ...rows]) process.stdout.write(`| ${row.join(' | ')} |\n`);
}
