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
    const decoder = new TextDecoder(await labelOf(handle, encoding));
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

/** A byte order mark says what it is; without one UTF-8 is what people write. */
async function labelOf(handle: FileHandle, encoding: ReplaySourceConfig['encoding']): Promise<string> {
  if (encoding !== 'auto') return encoding;
  const mark = Buffer.alloc(2);
  await handle.read(mark, 0, 2, 0);
  return mark[0] === 0xff && mark[1] === 0xfe ? 'utf-16le' : 'utf-8';
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
