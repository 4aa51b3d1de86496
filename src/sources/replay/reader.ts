// A file as text, piece by piece, also while it is still being written, and packed by gzip. Knows encodings and no
// formats.
import { type FileHandle, open, stat } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { GemError } from '../../errors.ts';
import type { ReplaySourceConfig } from './schema.ts';
import { type Unpacked, unpack } from './unpack.ts';

export interface FileReader {
  /** The next piece; '' at the end, as far as it goes for now. */
  read(): Promise<string>;
  /** By gzip: it has an end, and cannot grow. */
  readonly packed: boolean;
  /** Why the text ends here although the file does not; empty when nothing is wrong. */
  readonly damage: string;
  /** Bytes of the file read so far, and its size at the last look. */
  readonly position: number;
  readonly size: number;
  /** It was cut, or another file has its name now. Throws when it is gone. */
  replaced(): Promise<boolean>;
  close(): Promise<void>;
}

const chunkBytesDefault = 65_536;

export async function openReader(
  file: string,
  encoding: ReplaySourceConfig['encoding'],
  chunkBytes = chunkBytesDefault,
): Promise<FileReader> {
  const handle = await openFile(file);
  try {
    const { size, ino } = await handle.stat();
    const head = await headOf(handle);
    // Said at once; what is packed, when it is unpacked.
    decoderFor(file, head, encoding);
    const packed = begins(head, gzip);
    const bytes = readBytes(handle, chunkBytes);
    const begin = { size, ino, encoding, head: packed ? nothing : head };
    return readerOf(file, handle, {
      bytes,
      begin,
      unpacked: packed ? unpack(() => bytes.read()) : undefined,
    });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface Bytes {
  /** The next bytes, good until the next call; empty at the end. */
  read(): Promise<Uint8Array>;
  readonly position: number;
}

function readBytes(handle: FileHandle, chunkBytes: number): Bytes {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let position = 0;
  return {
    get position() {
      return position;
    },
    async read() {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      position += bytesRead;
      return buffer.subarray(0, bytesRead);
    },
  };
}

interface ReaderParts {
  readonly bytes: Bytes;
  readonly unpacked: Unpacked | undefined;
  readonly begin: {
    readonly size: number;
    readonly ino: number;
    readonly encoding: ReplaySourceConfig['encoding'];
    /** The first bytes of the text, as far as they are known. */
    readonly head: Uint8Array;
  };
}

function readerOf(file: string, handle: FileHandle, { bytes, begin, unpacked }: ReaderParts): FileReader {
  const source = unpacked ?? bytes;
  let { size } = begin;
  let decoder: TextDecoder | undefined;
  return {
    packed: unpacked !== undefined,
    get damage() {
      return unpacked?.damage ?? '';
    },
    get position() {
      return bytes.position;
    },
    get size() {
      return size;
    },
    async read() {
      for (;;) {
        const piece = await source.read();
        if (piece.length === 0) return '';
        decoder ??= decoderFor(file, begin.head.length > 1 ? begin.head : piece, begin.encoding);
        const text = decoder.decode(piece, { stream: true });
        // Nothing but a part of a character: read on, '' means the end.
        if (text !== '') return text;
      }
    },
    async replaced() {
      const now = await statFile(file);
      size = now.size;
      return now.ino !== begin.ino || now.size < bytes.position;
    },
    async close() {
      unpacked?.close();
      await handle.close();
    },
  };
}

const gzip = [0x1f, 0x8b];
const nothing = new Uint8Array(0);

/** What the first bytes say of a file that is no text of ours. */
const strangers: readonly (readonly [bytes: readonly number[], why: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'it is a ZIP archive or a spreadsheet: save it as CSV'],
  [[0xff, 0xfe, 0, 0], 'its text is UTF-32: save it as UTF-8'],
];

async function headOf(handle: FileHandle): Promise<Uint8Array> {
  const head = Buffer.alloc(4);
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  return head.subarray(0, bytesRead);
}

function begins(text: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, at) => text[at] === byte);
}

function decoderFor(file: string, begin: Uint8Array, encoding: ReplaySourceConfig['encoding']): TextDecoder {
  const stranger = strangers.find(([bytes]) => begins(begin, bytes));
  if (stranger !== undefined) throw unreadable(file, new Error(stranger[1]));
  return new TextDecoder(labelOf(begin, encoding));
}

/** A byte order mark says what it is, or the zeros beside plain letters; else UTF-8 is what people write. */
function labelOf(begin: Uint8Array, encoding: ReplaySourceConfig['encoding']): string {
  if (encoding !== 'auto') return encoding;
  if (begin.length < 2) return 'utf-8';
  const [first = 0, second = 0] = begin;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  return (first === 0xfe && second === 0xff) || (first === 0 && second !== 0) ? 'utf-16be' : 'utf-8';
}

async function openFile(file: string): Promise<FileHandle> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw unreadable(file, error);
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw unreadable(file, new Error('it is no regular file'));
}

async function statFile(file: string) {
  return stat(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
}

function unreadable(file: string, error: unknown): GemError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'there is no such file' : message;
  return new GemError('GEM_FILE_UNREADABLE', { what: 'the recording', file, why }, error);
}
