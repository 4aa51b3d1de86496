// Bytes one behind the other, in room that is reused. Must never keep what was written across two blocks.

export interface ByteWriter {
  bytes: Uint8Array;
  at: number;
}

const number64 = new Float64Array(1);
const bytes64 = new Uint8Array(number64.buffer);

export function newByteWriter(): ByteWriter {
  return { bytes: new Uint8Array(32_768), at: 0 };
}

/** Makes room for so many bytes. */
export function makeRoom(writer: ByteWriter, count: number): void {
  if (writer.at + count <= writer.bytes.length) return;
  const larger = new Uint8Array(2 * (writer.at + count));
  larger.set(writer.bytes.subarray(0, writer.at));
  writer.bytes = larger;
}

export function putByte(writer: ByteWriter, byte: number): void {
  makeRoom(writer, 1);
  writer.bytes[writer.at++] = byte;
}

/** A whole number from 0 to 2^53 in as many bytes as it needs, seven bits in each. */
export function putCount(writer: ByteWriter, count: number): void {
  makeRoom(writer, 8);
  let rest = count;
  while (rest >= 128) {
    writer.bytes[writer.at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  writer.bytes[writer.at++] = rest;
}

/** A whole number from -2^53 to 2^53: its sign in a bit of the first byte. */
export function putWhole(writer: ByteWriter, whole: number): void {
  const size = Math.abs(whole);
  putByte(writer, (whole < 0 ? 128 : 0) | (size % 128));
  putCount(writer, Math.floor(size / 128));
}

export function putDouble(writer: ByteWriter, value: number): void {
  number64[0] = value;
  putBytes(writer, bytes64);
}

export function putBytes(writer: ByteWriter, bytes: Uint8Array): void {
  makeRoom(writer, bytes.length);
  writer.bytes.set(bytes, writer.at);
  writer.at += bytes.length;
}
