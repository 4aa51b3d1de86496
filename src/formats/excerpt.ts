// What a person is shown of an input that was refused: where it came and how it began, as printable text.
import { isUtf8 } from 'node:buffer';

const bytesMax = 768;

/** At most 1 KiB of a place and the beginning of what came. */
export function excerptOf(where: string, payload: Uint8Array): string {
  return joinExcerpt(where, beginningOf(payload));
}

export function joinExcerpt(where: string, beginning: string): string {
  return `${printable(where)}: ${beginning}`.slice(0, 1024);
}

/** Bytes that are no text, and control characters, are written as \xNN. */
export function beginningOf(payload: Uint8Array): string {
  const head = Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.byteLength, bytesMax));
  const whole = wholeCharacters(head, payload.byteLength > bytesMax);
  const text = isUtf8(whole) ? whole.toString('utf8') : whole.toString('latin1').replace(/[^ -~]/g, hex);
  return printable(text);
}

/** Where a cut fell into a character, the cut goes before it. */
function wholeCharacters(head: Buffer, cut: boolean): Buffer {
  if (!cut) return head;
  let end = head.length;
  while (end > 0 && end > head.length - 4 && (head[end - 1]! & 0xc0) === 0x80) end--;
  return end > 0 && head[end - 1]! >= 0xc0 ? head.subarray(0, end - 1) : head;
}

/** Control characters, which could move the cursor of a reader, are written out. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, hex);
}

function hex(character: string): string {
  const code = character.codePointAt(0)!;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
