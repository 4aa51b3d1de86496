// A packed file (gzip) as the bytes in it. Holds what one step unpacks and no more; of a damaged or torn file
// it gives what comes before the damage.
import { createGunzip } from 'node:zlib';

export interface Unpacked {
  /** The next piece, good until the next call; empty at the end. */
  read(): Promise<Uint8Array>;
  /** Why there is no more than this; empty while nothing is wrong. */
  readonly damage: string;
  close(): void;
}

/** The step that meets the damage is lost with it, so it is short; and as gzip packs a thousand to one, 1 MB at worst. */
const stepBytes = 1024;

const nothing: Uint8Array = new Uint8Array(0);

/** `readPacked`: more of the file, good until the next call; empty at its end. */
export function unpack(readPacked: () => Promise<Uint8Array>): Unpacked {
  const gunzip = createGunzip();
  const pieces: Uint8Array[] = [];
  let damage = '';
  let over = false;
  let packed = nothing;
  // Told of at once, and not by way of the stream's own buffer, which an error would empty.
  gunzip.on('data', (piece: Uint8Array) => pieces.push(piece));
  gunzip.on('error', (error) => {
    damage = wordsOf(error);
  });
  const closed = new Promise<void>((resolve) => {
    for (const event of ['end', 'close']) {
      gunzip.once(event, () => {
        over = true;
        resolve();
      });
    }
  });

  const step = async (): Promise<void> => {
    if (packed.length === 0) packed = await readPacked();
    const written = new Promise<void>((resolve) => {
      if (packed.length === 0) gunzip.end();
      else gunzip.write(packed.subarray(0, stepBytes), () => resolve());
    });
    packed = packed.subarray(stepBytes);
    await Promise.race([written, closed]);
  };

  return {
    get damage() {
      return damage;
    },
    async read() {
      while (pieces.length === 0 && !over) await step();
      return pieces.shift() ?? nothing;
    },
    close: () => gunzip.destroy(),
  };
}

function wordsOf({ message }: Error): string {
  if (/unexpected end/i.test(message)) return 'it ends in the middle: cut short, or still being written';
  return `what is packed there is not what was written (${message})`;
}
