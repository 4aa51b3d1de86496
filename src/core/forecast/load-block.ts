// One block of load as bytes: what did not change in it takes the room of one number, what nothing used takes none.
import type { LoadBlock } from './job.ts';

/** How many there are of each in a block of this model. */
export interface LoadShape {
  readonly components: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly states: number;
  readonly rows: number;
}

const headBytes = 14;
const usedBytes = 10;
const Mode = { none: 0, kept: 1 } as const;
const Column = { constant: 0, rows: 1 } as const;

export function blockBytesMax({ components, inputs, outputs, states, rows }: LoadShape): number {
  return headBytes + components * usedBytes + outputs * 5 + 1 + states * 4 + inputs * (1 + rows * 4);
}

export function packBlock(shape: LoadShape, block: LoadBlock): Uint8Array {
  const view = new DataView(new ArrayBuffer(blockBytesMax(shape)));
  view.setFloat64(0, block.startMs);
  view.setFloat32(8, block.seen);
  let count = 0;
  let at = headBytes;
  for (let c = 0; c < shape.components; c++) {
    if (!(block.used[c]! > 0)) continue;
    view.setUint16(at, c);
    view.setFloat64(at + 2, block.used[c]!);
    at += usedBytes;
    count++;
  }
  view.setUint16(12, count);
  for (let o = 0; o < shape.outputs; o++, at += 4) view.setFloat32(at, block.peak[o]!);
  const keeps = block.inputs.length === shape.inputs * shape.rows && block.start !== undefined;
  view.setUint8(at++, keeps ? Mode.kept : Mode.none);
  if (keeps) at = packInputs(view, at, shape, block);
  return new Uint8Array(view.buffer, 0, at).slice();
}

function packInputs(view: DataView, from: number, shape: LoadShape, block: LoadBlock): number {
  let at = from;
  for (let s = 0; s < shape.states; s++, at += 4) view.setFloat32(at, block.start![s]!);
  for (let o = 0; o < shape.outputs; o++) view.setUint8(at++, Math.round(255 * (block.measured?.[o] ?? 0)));
  for (let i = 0; i < shape.inputs; i++) {
    const first = block.inputs[i]!;
    let same = true;
    for (let r = 1; r < shape.rows && same; r++) same = block.inputs[r * shape.inputs + i] === first;
    view.setUint8(at++, same ? Column.constant : Column.rows);
    const rows = same ? 1 : shape.rows;
    for (let r = 0; r < rows; r++, at += 4) view.setFloat32(at, block.inputs[r * shape.inputs + i]!);
  }
  return at;
}

const noInputs = new Float32Array(0);

/** Throws a RangeError on bytes that are not of a block of this shape. */
export function unpackBlock(shape: LoadShape, bytes: Uint8Array): LoadBlock {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const used = new Float64Array(shape.components);
  const peak = new Float64Array(shape.outputs);
  let at = headBytes;
  for (let n = view.getUint16(12); n > 0; n--, at += usedBytes) {
    const c = view.getUint16(at);
    if (c >= used.length) throw new RangeError(`component ${c} of ${used.length}`);
    used[c] = view.getFloat64(at + 2);
  }
  for (let o = 0; o < shape.outputs; o++, at += 4) peak[o] = view.getFloat32(at);
  const head = { startMs: view.getFloat64(0), seen: view.getFloat32(8), used, peak };
  if (view.getUint8(at++) === Mode.none) return { ...head, inputs: noInputs };
  const start = new Float32Array(shape.states);
  const measured = new Float32Array(shape.outputs);
  const inputs = new Float32Array(shape.inputs * shape.rows);
  for (let s = 0; s < shape.states; s++, at += 4) start[s] = view.getFloat32(at);
  for (let o = 0; o < shape.outputs; o++) measured[o] = view.getUint8(at++) / 255;
  for (let i = 0; i < shape.inputs; i++) {
    const same = view.getUint8(at++) === Column.constant;
    for (let r = 0; r < shape.rows; r++) {
      inputs[r * shape.inputs + i] = view.getFloat32(at);
      if (!same) at += 4;
    }
    if (same) at += 4;
  }
  return { ...head, inputs, start, measured };
}
