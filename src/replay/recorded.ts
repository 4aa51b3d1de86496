// Replays the gateway's own recording: the very ticks and the very samples, judged already, so that the state
// hash is the one of the run that was recorded. It is for the configuration that run had.
import { applyCommand } from '../core/command.ts';
import { GemError } from '../errors.ts';
import { createLines } from '../sources/replay/lines.ts';
import { damageOf } from '../sources/replay/open.ts';
import type { FileReader } from '../sources/replay/reader.ts';
import { parseRecordingLine, type RecordingHead, type RecordingLine } from '../sources/replay/recording.ts';
import { recordingLineMax } from '../sources/replay/recording-decode.ts';
import type { Stage } from './hall.ts';
import { asTwinCommand } from './recorded-command.ts';
import { createTicker, type Ticker, type TickerParts } from './ticker.ts';

export interface RecordedParts extends TickerParts {
  onProgress(share: number): void;
}

export interface ReplayedRecording {
  readonly head: RecordingHead;
  readonly ticker: Ticker;
  readonly samples: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Lines that could not be read, and ticks the recorder had no room for. */
  readonly brokenLines: number;
  readonly lostTicks: number;
  /** What the recorded run printed; undefined when it did not end in order. */
  readonly recordedHash: string | undefined;
  readonly damage: GemError | undefined;
}

export async function replayRecording(
  reader: FileReader,
  stage: Stage,
  parts: RecordedParts,
): Promise<ReplayedRecording> {
  const player = createPlayer(stage, parts);
  let lastLine = 0;
  let queue: { text: string; line: number; tooLong: boolean }[] = [];
  const lines = createLines((text, line, tooLong) => queue.push({ text, line, tooLong }), recordingLineMax);
  for (;;) {
    const text = await reader.read();
    // The last line of a torn file is no line.
    if (text === '' && reader.damage === '') lines.end();
    else lines.write(text);
    for (const { text: line, line: number, tooLong } of queue) {
      lastLine = number;
      const waiting = player.take(tooLong ? undefined : parseRecordingLine(line), number);
      if (waiting !== undefined) await waiting;
    }
    queue = [];
    parts.onProgress(reader.position / Math.max(1, reader.size));
    if (text === '') return player.result(damageOf(reader, stage.file, lastLine));
  }
}

function createPlayer(stage: Stage, parts: RecordedParts) {
  const { inbox } = stage;
  /** By the number a tag has in the recording. */
  const tags: number[] = [];
  let head: RecordingHead | undefined;
  let ticker: Ticker | undefined;
  let brokenLines = 0;
  let lostTicks = 0;
  let samples = 0;
  let firstMs = Number.NaN;
  let lastMs = Number.NaN;
  let recordedHash: string | undefined;

  const begin = (read: RecordingHead) => {
    const { periodMs } = parts.config.loop;
    if (read.periodMs !== periodMs) {
      const why = `it was recorded with loop.periodMs: ${read.periodMs}, and the configuration says ${periodMs}`;
      throw new GemError('GEM_REPLAY_MAPPING', { file: stage.file, why });
    }
    head = read;
    ticker = createTicker(stage, parts, () => read.startMs);
  };

  const push = (line: Extract<RecordingLine, { kind: 'tick' }>) => {
    for (const s of line.samples) {
      inbox.push(tags[s.tag] ?? -1, s.value, s.quality, s.timeMs, s.receiveMs, s.rawMs, s.exact);
      if (Number.isNaN(firstMs)) firstMs = s.receiveMs;
      lastMs = s.receiveMs;
    }
    samples += line.samples.length;
  };

  return {
    take(line: RecordingLine | undefined, number: number): Promise<void> | undefined {
      if (line?.kind === 'head' && ticker === undefined) begin(line.head);
      else if (line === undefined || ticker === undefined || head === undefined) {
        brokenLines++;
        if (number === 1) throw new GemError('GEM_REPLAY_MAPPING', { file: stage.file, why: noHead });
      } else if (line.kind === 'tag') {
        const { source, spec } = line.tag;
        const { index, fresh } = stage.tags.admit(source, spec);
        tags[line.tag.tag] = index;
        if (fresh) stage.bind?.(source, index, spec);
      } else if (line.kind === 'command') {
        const command = asTwinCommand(line.command);
        if (command === undefined) brokenLines++;
        else applyCommand(ticker.core, command);
      } else if (line.kind === 'tick' && line.tick > ticker.core.lastTick) {
        push(line);
        return ticker.tick(line.tick);
      } else if (line.kind === 'lost') lostTicks += line.ticks;
      else if (line.kind === 'end') recordedHash = line.hash;
      return undefined;
    },
    result(damage: GemError | undefined): ReplayedRecording {
      if (ticker === undefined || head === undefined || ticker.ticks === 0) {
        if (damage === undefined)
          throw new GemError('GEM_REPLAY_EMPTY', { file: stage.file, why: 'it has no ticks' });
        throw new GemError('GEM_REPLAY_UNUSABLE', { file: stage.file, why: damage.message });
      }
      return { head, ticker, samples, firstMs, lastMs, brokenLines, lostTicks, recordedHash, damage };
    },
  };
}

const noHead = 'this is no recording of gemel, or one of another version';
