// A column of whole numbers of 32 bits: which predictor, and what it did not foresee. Must give back every bit of them.
import { type ByteReader, takeByte, takeWhole } from './byte-reader.ts';
import { type ByteWriter, putByte, putWhole } from './byte-writer.ts';
import { DamagedBlock } from './damage.ts';
import { putResiduals, takeResiduals } from './entropy.ts';
import {
  choosePredictor,
  difference,
  newPredictor,
  type Predictor,
  restore,
  timedFilter,
} from './predict.ts';
import { residualRoom } from './residuals.ts';
import { differenceTimed, restoreTimed } from './timed.ts';

/**
 * The first is 0, and not told. `slope`: what a number is expected to be larger than the one before. `timeMs`: of each
 * number its time, which the reader has too.
 */
export function putWholes(
  writer: ByteWriter,
  whole: Int32Array,
  count: number,
  slope = 0,
  timeMs?: Float64Array,
): void {
  if (count < 2) return;
  const by = choosePredictor(whole, count, slope, timeMs);
  const room = residualRoom(count);
  if (by.filter === timedFilter && timeMs !== undefined) differenceTimed(whole, timeMs, count, room);
  else difference(whole, count, by, room);
  putPredictor(writer, by);
  putResiduals(writer, room, count - 1);
}

export function takeWholes(
  reader: ByteReader,
  count: number,
  whole: Int32Array,
  timeMs?: Float64Array,
): void {
  whole[0] = 0;
  if (count < 2) return;
  const by = takePredictor(reader);
  const { folded } = residualRoom(count);
  takeResiduals(reader, folded, count - 1);
  if (by.filter !== timedFilter) restore(folded, count, by, whole);
  else if (timeMs === undefined) throw new DamagedBlock('a column without times');
  else restoreTimed(folded, timeMs, count, whole);
}

export function putPredictor(writer: ByteWriter, by: Predictor): void {
  putByte(writer, by.filter | (by.fraction << 3) | (by.slope === 0 ? 0 : 128));
  putByte(writer, by.jumpBits);
  if (by.slope !== 0) putWhole(writer, by.slope);
}

export function takePredictor(reader: ByteReader): Predictor {
  const head = takeByte(reader);
  const jumpBits = takeByte(reader);
  const slope = head < 128 ? 0 : takeWhole(reader);
  if (jumpBits > 32) throw new DamagedBlock('an unknown predictor');
  return newPredictor(head & 7, (head >>> 3) & 15, slope | 0, jumpBits);
}
