// Keeps what a machine has had to do lately, for whoever forecasts: fed once a tick after the twin has stepped and its
// wear was watched. Bounded; reads the twin and never moves it. In the long run a tick allocates nothing, a block that
// is closed a few kilobytes.
//
// The life used is counted as the wear watch counts it, for a factor of 1, so that a look that changes the factor
// changes what was seen with it.
import type { Frame } from '../frame.ts';
import type { Model } from '../model.ts';
import type { Twin } from '../twin.ts';
import type { WearWatch } from '../wear/watch.ts';
import {
  blockOf,
  blockS,
  type FillingBlock,
  newFilling,
  noteInputs,
  noteOutputs,
  openBlock,
  stepS,
} from './filling-block.ts';
import type { LoadProfile } from './job.ts';
import { type LoadShape, packBlock, unpackBlock } from './load-block.ts';

/** Two weeks. */
const blocksMax = 2016;
const bytesMax = 450_000;
/** Of the newest all is kept; of older ones, the inputs of ever fewer. */
const wholeBlocks = 36;
export interface LoadBook {
  readonly model: Model;
  readonly shape: LoadShape;
  /** Closed ones, packed, the oldest first. */
  readonly blocks: Uint8Array[];
  /** By component: its factor in the watch, and the value of it now. */
  readonly factor: Int32Array;
  readonly factorNow: Float64Array;
  /** By component: what the watch had counted after the last tick. */
  readonly grown: Float64Array;
  readonly filling: FillingBlock;
  /** Of the blocks, all together. */
  bytes: number;
  /** Whether what the watch has counted since the last tick is work that was seen. */
  synchronous: boolean;
}

/** `periodS` of the ticks: a step is never shorter than one. */
export function newLoadBook(model: Model, periodS: number): LoadBook {
  if (!(periodS > 0)) throw new RangeError(`a period is above 0, not ${periodS}`);
  const wear = model.wear ?? [];
  const factors = [...new Set(wear.map((spec) => spec.factor))];
  const shape = {
    components: wear.length,
    inputs: model.inputs.length,
    outputs: model.outputs.length,
    states: model.states.length,
    rows: blockS / stepS,
  };
  return {
    model,
    shape,
    blocks: [],
    factor: Int32Array.from(wear, (spec) => factors.indexOf(spec.factor)),
    factorNow: new Float64Array(wear.length).fill(1),
    grown: new Float64Array(wear.length),
    filling: newFilling(shape),
    bytes: 0,
    synchronous: false,
  };
}

/** With the frame of the tick, peaks are what sensors told too. */
export function noteLoad(
  book: LoadBook,
  twin: Twin,
  watch: WearWatch,
  timeMs: number,
  dtS: number,
  frame?: Frame,
): void {
  const { filling } = book;
  const index = Math.floor(timeMs / (blockS * 1000));
  if (index !== filling.index) {
    if (filling.seenS > 0) closeBlock(book);
    openBlock(filling, index, twin);
  }
  // The twin holds still, or is back in this tick: what was counted is no work that was seen.
  const held = twin.offline[0]! > 0;
  countUse(book, watch, held || !book.synchronous);
  book.synchronous = !held;
  if (held) {
    filling.meanCount = 0;
    return;
  }
  filling.seenS += dtS;
  noteInputs(filling, twin, timeMs);
  noteOutputs(filling, twin, frame, dtS);
}

function countUse({ grown, factor, factorNow, filling }: LoadBook, watch: WearWatch, lost: boolean): void {
  for (let c = 0; c < grown.length; c++) {
    const now = watch.grown[c]!;
    const value = watch.value[factor[c]!]!;
    const more = now - grown[c]!;
    // An inspection sets the count back, or another factor scales it: a tick is lost, not a life counted.
    if (more > 0 && !lost && value > 0 && value === factorNow[c])
      filling.used[c] = filling.used[c]! + more / value;
    grown[c] = now;
    if (value > 0) factorNow[c] = value;
  }
}

function closeBlock(book: LoadBook): void {
  const packed = packBlock(book.shape, blockOf(book.filling, book.shape));
  book.blocks.push(packed);
  book.bytes += packed.length;
  while (book.blocks.length > blocksMax) book.bytes -= book.blocks.shift()!.length;
  while (book.bytes > bytesMax && thin(book));
}

/** The inputs of one of the older blocks are given up: where they lie closest for their age. False where none has any. */
function thin(book: LoadBook): boolean {
  const { blocks, shape } = book;
  const least = blockSizeWithout(shape);
  const kept = blocks.flatMap((block, i) => (block.length > least(block) ? [i] : []));
  let give = -1;
  let closest = Number.POSITIVE_INFINITY;
  for (let k = 1; k < kept.length - wholeBlocks; k++) {
    const share = (kept[k + 1]! - kept[k - 1]!) / (blocks.length - kept[k]!);
    if (share >= closest) continue;
    closest = share;
    give = kept[k]!;
  }
  if (give < 0) {
    // No inputs left to give up but those of the newest: the oldest block goes whole.
    if (blocks.length <= wholeBlocks) return false;
    book.bytes -= blocks.shift()!.length;
    return true;
  }
  const before = blocks[give]!;
  blocks[give] = packBlock(shape, { ...unpackBlock(shape, before), inputs: new Float32Array(0) });
  book.bytes += blocks[give]!.length - before.length;
  return true;
}

function blockSizeWithout({ outputs }: LoadShape): (block: Uint8Array) => number {
  return (block) => 14 + 10 * ((block[12]! << 8) | block[13]!) + 4 * outputs + 1;
}

/** All that was seen, with the block at hand; for the factors of now. */
export function profileOf(book: LoadBook): LoadProfile {
  const blocks = allBlocks(book).map((packed) => unpackBlock(book.shape, packed));
  for (const { used } of blocks)
    for (let c = 0; c < used.length; c++) used[c] = used[c]! * book.factorNow[c]!;
  return { blockS, stepS, blocks };
}

function allBlocks({ blocks, filling, shape }: LoadBook): readonly Uint8Array[] {
  return filling.seenS > 0 ? [...blocks, packBlock(shape, blockOf(filling, shape))] : blocks;
}

/** 'GLB1' */
const magic = 0x474c4231;

/** The book as bytes, for a file or another thread; the block at hand with it. */
export function packLoad(book: LoadBook): Uint8Array {
  const { model } = book;
  const all = allBlocks(book);
  const names = namesOf(model);
  const size = all.reduce((sum, { length }) => sum + 2 + length, 8 + names.length + 4);
  const factors = book.factorNow;
  const bytes = new Uint8Array(size + 8 * factors.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  view.setUint32(4, names.length);
  for (let i = 0; i < names.length; i++) bytes[8 + i] = names.charCodeAt(i) & 0xff;
  let at = 8 + names.length;
  for (const factor of factors) {
    view.setFloat64(at, factor);
    at += 8;
  }
  view.setUint32(at, all.length);
  at += 4;
  for (const block of all) {
    view.setUint16(at, block.length);
    bytes.set(block, at + 2);
    at += 2 + block.length;
  }
  return bytes;
}

/** By what a file is known to be of the same model: another one's blocks say nothing. */
function namesOf({ id, inputs, outputs, states, wear = [] }: Model): string {
  const lists = [inputs, outputs, states].map((specs) => specs.map(({ name }) => name).join(','));
  return [id, blockS, stepS, ...lists, wear.map(({ component }) => component).join(',')].join('|');
}

/**
 * A book as it was packed. One that was packed of another model, or is damaged, is a new one: load is seen anew in a
 * day. A block that was not full is kept as it was; the next one is another.
 */
export function unpackLoad(model: Model, periodS: number, bytes: Uint8Array): LoadBook {
  const book = newLoadBook(model, periodS);
  try {
    readInto(book, bytes);
    return book;
  } catch (error) {
    if (error instanceof RangeError) return newLoadBook(model, periodS);
    throw error;
  }
}

function readInto(book: LoadBook, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const names = namesOf(book.model);
  const length = view.getUint32(4);
  if (view.getUint32(0) !== magic || length !== names.length) throw new RangeError('of another model');
  for (let i = 0; i < length; i++) {
    if (view.getUint8(8 + i) !== (names.charCodeAt(i) & 0xff)) throw new RangeError('of another model');
  }
  let at = 8 + length;
  for (let c = 0; c < book.factorNow.length; c++, at += 8) {
    const factor = view.getFloat64(at);
    if (!(factor > 0)) throw new RangeError('no factor');
    book.factorNow[c] = factor;
  }
  const count = view.getUint32(at);
  at += 4;
  if (count > blocksMax + 1) throw new RangeError('too many blocks');
  for (let n = 0; n < count; n++) {
    const size = view.getUint16(at);
    const block = bytes.slice(at + 2, at + 2 + size);
    if (block.length !== size) throw new RangeError('cut short');
    unpackBlock(book.shape, block);
    book.blocks.push(block);
    book.bytes += size;
    at += 2 + size;
  }
}

/** The profile of a book that was packed, for whoever forecasts on another thread. */
export function profileFrom(model: Model, bytes: Uint8Array): LoadProfile {
  return profileOf(unpackLoad(model, stepS, bytes));
}
