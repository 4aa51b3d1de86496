// A running hash over numbers, bit by bit: two runs are the same exactly when their hashes are.
// Two FNV-1a lanes over 32-bit words; fast enough to be kept on always, not meant against an adversary.

const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);

export interface Hash {
  a: number;
  b: number;
}

export function newHash(): Hash {
  return { a: 0x811c9dc5, b: 0x9747b28c };
}

export function hashNumber(hash: Hash, value: number): void {
  // One pattern for every NaN: the payload of a NaN is not promised by the engine.
  bits[0] = Number.isNaN(value) ? Number.NaN : value;
  hash.a = Math.imul(hash.a ^ words[0]!, 0x01000193);
  hash.a = Math.imul(hash.a ^ words[1]!, 0x01000193);
  hash.b = Math.imul((hash.b << 5) ^ (hash.b >>> 27) ^ words[0]!, 0x85ebca6b);
  hash.b = Math.imul((hash.b << 5) ^ (hash.b >>> 27) ^ words[1]!, 0xc2b2ae35);
}

export function hashNumbers(hash: Hash, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) hashNumber(hash, values[i]!);
}

export function hashText(hash: Hash): string {
  const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
  return hex(hash.a) + hex(hash.b);
}
