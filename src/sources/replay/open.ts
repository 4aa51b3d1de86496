// A recording as rows, batch by batch: the file, its format and its decoder together.
import { basename } from 'node:path';
import { GemError } from '../../errors.ts';
import type { Feed } from '../../ports.ts';
import type { Decode } from './decode.ts';
import type { Field } from './field.ts';
import { decoderOf, type FileFormat, formatOf } from './format.ts';
import { holdsLine, lineMax } from './lines.ts';
import { type FileReader, openReader } from './reader.ts';
import type { Row } from './row.ts';
import type { ReplaySourceConfig } from './schema.ts';

export interface OpenRecording {
  readonly reader: FileReader;
  /** Undefined until the first line is there. */
  readonly format: FileFormat | undefined;
  readonly decode: Decode | undefined;
  /** At its end: why it ends before that of the file, after which line. Undefined when nothing is wrong. */
  readonly damage: GemError | undefined;
  /** At the end of the file `more` is asked whether to read on; without it that is the end. */
  rows(more?: () => Promise<boolean>): AsyncGenerator<readonly Row[]>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Where they are not those of the configuration. */
  readonly fields?: readonly Field[];
  readonly chunkBytes?: number;
}

export async function openRecording(
  config: ReplaySourceConfig,
  feed: Feed,
  options: OpenOptions = {},
): Promise<OpenRecording> {
  const reader = await openReader(config.file, config.encoding, options.chunkBytes);
  let format: FileFormat | undefined;
  let decode: Decode | undefined;
  let head = '';
  let lastLine = 0;

  const begin = (): Decode => {
    format = formatOf(config, head);
    decode = decoderOf(config, format, feed, options.fields);
    return decode;
  };

  /** What the first line is in the making of waits until it is whole. */
  const write = (text: string, rows: Row[]): void => {
    if (decode === undefined) head += text;
    else decode.write(text, rows);
    const whole = holdsLine(head) || head.length >= lineMax;
    if (decode === undefined && whole) begin().write(head, rows);
  };

  return {
    reader,
    get format() {
      return format;
    },
    get decode() {
      return decode;
    },
    get damage() {
      return damageOf(reader, config.file, lastLine);
    },
    async *rows(more) {
      if (more !== undefined && reader.packed)
        throw new Error(`${config.file} is packed (gzip), and cannot be followed`);
      for (;;) {
        const rows: Row[] = [];
        const text = await reader.read();
        if (text !== '') write(text, rows);
        else if (more !== undefined && (await more())) continue;
        else {
          if (decode === undefined) begin().write(head, rows);
          // The last line of a torn file is no line: half a number would be a number.
          if (reader.damage === '') decode!.end(rows);
        }
        lastLine = rows.at(-1)?.line ?? lastLine;
        yield rows;
        if (text === '') return;
      }
    },
    close: () => reader.close(),
  };
}

export function damageOf({ damage }: FileReader, file: string, line: number): GemError | undefined {
  return damage === ''
    ? undefined
    : new GemError('GEM_REPLAY_DAMAGED', { file: basename(file), line, why: damage });
}

/** The format of a file, by its beginning. */
export async function peekFormat(config: ReplaySourceConfig): Promise<FileFormat> {
  const reader = await openReader(config.file, config.encoding);
  try {
    let head = '';
    while (!holdsLine(head) && head.length < lineMax) {
      const text = await reader.read();
      if (text === '') break;
      head += text;
    }
    return formatOf(config, head);
  } finally {
    await reader.close();
  }
}
