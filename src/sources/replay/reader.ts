// A file as text, piece by piece, also while it is still being written. Knows encodings and no formats.
import { type FileHandle, open, stat } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { GemError } from '../../errors.ts';
import type { ReplaySourceConfig } from './schema.ts';

export interface FileReader {
  /** The next piece; '' at the end, as far as it goes for now. */
  read(): Promise<string>;
  /** Bytes read so far, and the size at the last look. */
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
    const decoder = new TextDecoder(await labelOf(file, handle, encoding));
    return readerOf(file, handle, decoder, { size, ino, chunkBytes });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function readerOf(
  file: string,
  handle: FileHandle,
  decoder: TextDecoder,
  begin: { readonly size: number; readonly ino: number; readonly chunkBytes: number },
): FileReader {
  const buffer = Buffer.allocUnsafe(begin.chunkBytes);
  let { size } = begin;
  let position = 0;
  return {
    get position() {
      return position;
    },
    get size() {
      return size;
    },
    async read() {
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
        if (bytesRead === 0) return '';
        position += bytesRead;
        const text = decoder.decode(buffer.subarray(0, bytesRead), { stream: true });
        // Nothing but a part of a character: read on, '' means the end.
        if (text !== '') return text;
      }
    },
    async replaced() {
      const now = await statFile(file);
      size = now.size;
      return now.ino !== begin.ino || now.size < position;
    },
    close: () => handle.close(),
  };
}

/** What the first bytes say of a file that is no text of ours. */
const strangers: readonly (readonly [bytes: readonly number[], why: string])[] = [
  [[0x1f, 0x8b], 'it is packed (gzip): unpack it first'],
  [[0x50, 0x4b, 0x03, 0x04], 'it is a ZIP archive or a spreadsheet: save it as CSV'],
  [[0xff, 0xfe, 0, 0], 'its text is UTF-32: save it as UTF-8'],
];

/** A byte order mark says what it is, or the zeros beside plain letters; else UTF-8 is what people write. */
async function labelOf(
  file: string,
  handle: FileHandle,
  encoding: ReplaySourceConfig['encoding'],
): Promise<string> {
  const begin = Buffer.alloc(4);
  const { bytesRead } = await handle.read(begin, 0, begin.length, 0);
  const stranger = strangers.find(([bytes]) => bytes.every((byte, at) => begin[at] === byte));
  if (stranger !== undefined) throw unreadable(file, new Error(stranger[1]));
  if (encoding !== 'auto') return encoding;
  if (bytesRead < 2) return 'utf-8';
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
