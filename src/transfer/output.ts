// Where an export goes: a file that has its name only once it is whole, or the standard output. Must never overwrite what
// nobody said may go, nor leave half a file behind.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createGzip, type Gzip } from 'node:zlib';
import { GemError } from '../errors.ts';

export interface Output {
  /** Resolves when there is room for more. */
  write(piece: Uint8Array | string): Promise<void>;
  /** All of it is there, under its name. */
  finish(): Promise<void>;
  /** As if it had never been begun. */
  abandon(): Promise<void>;
  /** Bytes that left so far. */
  readonly bytes: number;
}

/** A place that takes bytes one after another. */
interface Place {
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

export interface OutputOptions {
  readonly gzip: boolean;
  readonly force: boolean;
}

/** To be called before anything that takes long: a file that is there is a mistake to be told of at once. */
export async function openOutput(file: string, { gzip, force }: OutputOptions): Promise<Output> {
  if (!force && existsSync(file)) throw new GemError('GEM_OUTPUT_EXISTS', { file });
  const place = counted(await filePlace(file, force));
  return outputTo(gzip ? packed(place) : place, place);
}

/** `print`: a promise when the reader is slower than we are. */
export function openStream(print: (bytes: Uint8Array) => Promise<void> | undefined, gzip: boolean): Output {
  const place = counted({
    write: async (bytes) => {
      await print(bytes);
    },
    finish: async () => {},
    abandon: async () => {},
  });
  return outputTo(gzip ? packed(place) : place, place);
}

function outputTo(place: Place, counter: { readonly bytes: number }): Output {
  return {
    get bytes() {
      return counter.bytes;
    },
    async write(piece) {
      if (piece.length > 0) await place.write(typeof piece === 'string' ? Buffer.from(piece) : piece);
    },
    finish: () => place.finish(),
    abandon: () => place.abandon(),
  };
}

function counted(place: Place): Place & { readonly bytes: number } {
  let bytes = 0;
  return {
    ...place,
    get bytes() {
      return bytes;
    },
    async write(piece) {
      bytes += piece.length;
      await place.write(piece);
    },
  };
}

async function filePlace(file: string, force: boolean): Promise<Place> {
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.part`);
  const handle = await open(temporary, 'w').catch((error: unknown) => {
    throw unwritable(file, error);
  });
  const abandon = async () => {
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
  };
  return {
    write: (bytes) => writeAll(handle, bytes).catch((error: unknown) => fail(error)),
    async finish() {
      try {
        await handle.sync();
        await handle.close();
        if (!force && existsSync(file)) throw new GemError('GEM_OUTPUT_EXISTS', { file });
        await rename(temporary, file);
      } catch (error) {
        await fail(error);
      }
    },
    abandon,
  };

  async function fail(error: unknown): Promise<never> {
    await abandon();
    throw error instanceof GemError ? error : unwritable(file, error);
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}

const words: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; what was begun is removed again',
  EDQUOT: 'the quota of the disk is used up; what was begun is removed again',
  ENOENT: 'there is no such folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EISDIR: 'it is a folder',
  EROFS: 'the file system is read-only',
  EFBIG: 'a file there may not become so large',
};

export function unwritable(file: string, error: unknown): GemError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new GemError('GEM_OUTPUT_UNWRITABLE', { file, why: words[code] ?? message }, error);
}

/** By gzip on its way. What it makes is taken away at once, so that it holds no more than one step of work. */
function packed(place: Place): Place {
  const gzip: Gzip = createGzip();
  const pieces: Uint8Array[] = [];
  gzip.on('data', (piece: Uint8Array) => pieces.push(piece));
  const drain = async () => {
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) await place.write(piece);
  };
  return {
    async write(bytes) {
      await new Promise<void>((resolve, reject) => {
        gzip.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
      await drain();
    },
    async finish() {
      const ended = once(gzip, 'end');
      gzip.end();
      await ended;
      await drain();
      await place.finish();
    },
    async abandon() {
      gzip.destroy();
      await place.abandon();
    },
  };
}
