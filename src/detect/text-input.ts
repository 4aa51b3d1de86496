// The text of a file or of the standard input, piece by piece, packed by gzip or not. Knows no formats.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { TextDecoder } from 'node:util';
import { openReader } from '../sources/replay/reader.ts';
import type { ReplaySourceConfig } from '../sources/replay/schema.ts';
import { unpack } from '../sources/replay/unpack.ts';

export type Encoding = ReplaySourceConfig['encoding'];

export interface TextInput {
  /** As people call it. */
  readonly name: string;
  /** The next piece; '' at the end. */
  read(): Promise<string>;
  /** 0 to 1; NaN where nobody knows how long it is. */
  readonly share: number;
  /** Why the text ends here although the file does not; empty when nothing is wrong. */
  readonly damage: string;
  close(): Promise<void>;
}

export const standardInput = '-';

export async function openText(
  path: string,
  encoding: Encoding,
  stdin: () => AsyncIterable<Uint8Array>,
): Promise<TextInput> {
  if (path === standardInput) return ofStream('standard input', stdin(), encoding);
  if (await isPipe(path)) return ofStream(basename(path), createReadStream(path), encoding);
  const reader = await openReader(path, encoding, 262_144);
  return {
    name: basename(path),
    read: () => reader.read(),
    get share() {
      return reader.position / Math.max(1, reader.size);
    },
    get damage() {
      return reader.damage;
    },
    close: () => reader.close(),
  };
}

/** What a shell hands over for <(command). */
async function isPipe(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFIFO() || found.isCharacterDevice(),
    () => false,
  );
}

function ofStream(name: string, stream: AsyncIterable<Uint8Array>, encoding: Encoding): TextInput {
  const pieces = stream[Symbol.asyncIterator]();
  let first: Uint8Array | undefined;
  let bytes: (() => Promise<Uint8Array>) | undefined;
  let unpacked: ReturnType<typeof unpack> | undefined;
  let decoder: TextDecoder | undefined;
  const next = async (): Promise<Uint8Array> => {
    if (first !== undefined) {
      const held = first;
      first = undefined;
      return held;
    }
    const { done, value } = await pieces.next();
    return done === true ? new Uint8Array(0) : value;
  };
  const begin = async () => {
    first = await beginning(next);
    if (first[0] !== 0x1f || first[1] !== 0x8b) return next;
    unpacked = unpack(next);
    return () => unpacked!.read();
  };
  return {
    name,
    share: Number.NaN,
    get damage() {
      return unpacked?.damage ?? '';
    },
    async read() {
      bytes ??= await begin();
      for (;;) {
        const piece = await bytes();
        if (piece.length === 0) return '';
        decoder ??= new TextDecoder(labelOf(piece, encoding));
        const text = decoder.decode(piece, { stream: true });
        if (text !== '') return text;
      }
    },
    async close() {
      unpacked?.close();
      await pieces.return?.();
    },
  };
}

/** Two bytes at least, as long as there are: they say what it is. */
async function beginning(next: () => Promise<Uint8Array>): Promise<Uint8Array> {
  let held = await next();
  while (held.length > 0 && held.length < 2) {
    const more = await next();
    if (more.length === 0) break;
    held = Buffer.concat([held, more]);
  }
  return held;
}

function labelOf(begin: Uint8Array, encoding: Encoding): string {
  if (encoding !== 'auto') return encoding;
  const [a = 0x20, b = 0x20] = begin;
  if ((a === 0xff && b === 0xfe) || b === 0) return 'utf-16le';
  return (a === 0xfe && b === 0xff) || a === 0 ? 'utf-16be' : 'utf-8';
}
