// Writes what every tick took to a file, so that the run can be replayed to the same bits. Never makes a tick
// wait: what the disk cannot take in time is left out, and the recording says so. A full disk ends the recording and
// not the gateway.
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import type { SampleColumns } from '../core/sample.ts';
import type { TwinCommand } from '../core/twin-command.ts';
import { GemError } from '../errors.ts';
import type { Gateway } from '../gateway.ts';
import type { Log } from '../ports.ts';
import { commandLine, endLine, headLine, lostLine, tagLine, tickLine } from '../sources/replay/recording.ts';

/** Text that may wait for the disk. */
const waitingMax = 32 * 1024 * 1024;

/** What of a gateway a recording holds. */
export type Recorded = Pick<Gateway, 'core' | 'tags' | 'stateHash'>;

export interface Recorder {
  /** The samples of one tick, before they are stepped. */
  batch(of: Recorded, tick: number, samples: SampleColumns): void;
  /** What is done to a twin before the next tick. Rare and small: it is never left out for a slow disk. */
  command(of: Recorded, command: TwinCommand): void;
  /** After the last tick. Resolves to the state hash that was written, when all is in the file. */
  close(of: Recorded): Promise<string>;
  /** Not in the file. */
  readonly ticksLost: number;
}

export interface RecorderParts {
  readonly site: string;
  readonly version: string;
  readonly log: Log;
  /** Characters that may wait; a test makes it small. */
  readonly waitingMax?: number;
}

const openReasons: Readonly<Record<string, string>> = {
  EEXIST: 'it is there already; a recording overwrites nothing',
  ENOENT: 'there is no such folder',
  EACCES: 'no permission',
  EISDIR: 'it is a folder',
  EROFS: 'the file system is read-only',
};

/** A file that is there already is never touched. */
export async function openRecorder(file: string, parts: RecorderParts): Promise<Recorder> {
  const stream = createWriteStream(file, { flags: 'wx' });
  try {
    await once(stream, 'open');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = openReasons[code ?? ''] ?? message;
    throw new GemError('GEM_USAGE', { why: `--record: cannot write ${file}: ${why}` }, error);
  }
  return recorderOn(stream, file, parts);
}

function recorderOn(stream: WriteStream, file: string, parts: RecorderParts): Recorder {
  const { log, site, version } = parts;
  const limit = parts.waitingMax ?? waitingMax;
  let tagsTold = 0;
  let ticks = 0;
  let ticksWritten = 0;
  let ticksSkipped = 0;
  let untold = 0;
  let failed = false;
  let begun = false;
  stream.on('error', (error) => {
    failed = true;
    log.error({ file, err: error }, 'the recording cannot be written any more; the gateway goes on');
  });

  const onWritten = (error?: Error | null) => {
    if (!error) ticksWritten++;
  };
  /** What waits may still come into the file. */
  const ticksLost = () => (failed ? ticks - ticksWritten : ticksSkipped);

  const begin = ({ core }: Recorded) => {
    begun = true;
    stream.write(headLine({ site, gemel: version, startMs: core.startMs, periodMs: core.periodMs }));
  };

  const lose = () => {
    if (ticksSkipped === 0) log.warn({ file }, 'the disk is too slow for the recording; ticks are left out');
    ticksSkipped++;
    untold++;
  };

  return {
    get ticksLost() {
      return ticksLost();
    },
    batch(of, tick, samples) {
      ticks++;
      if (failed) return;
      if (!begun) begin(of);
      if (stream.writableLength > limit) return lose();
      let text = untold === 0 ? '' : lostLine(untold);
      untold = 0;
      for (; tagsTold < of.tags.length; tagsTold++) {
        text += tagLine({ tag: tagsTold, ...of.tags[tagsTold]! });
      }
      text += tickLine(tick, samples, (tag) => isExact(of.tags[tag]!.spec.kind));
      stream.write(text, onWritten);
    },
    command(of, command) {
      if (failed) return;
      if (!begun) begin(of);
      stream.write(commandLine(command));
    },
    async close(of) {
      const hash = of.stateHash();
      if (!failed) {
        if (!begun) begin(of);
        if (untold > 0) stream.write(lostLine(untold));
        stream.end(endLine(ticks, hash));
        await once(stream, 'close').catch(() => {});
      }
      const fields = { file, ticks, ticksLost: ticksLost(), hash };
      if (failed) log.warn(fields, 'the recording is not whole');
      else log.info(fields, 'recorded');
      return hash;
    },
  };
}

function isExact(kind: string): boolean {
  return kind === 'int64' || kind === 'uint64';
}
