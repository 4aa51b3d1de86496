// Which of the formats a file is in, and the decoder for it.
import { basename, extname } from 'node:path';
import { GemError } from '../../errors.ts';
import { readMoment, zoneMinutes } from '../../formats/time.ts';
import type { Feed } from '../../ports.ts';
import { createDecode, type Decode } from './decode.ts';
import { type Field, fieldsOf } from './field.ts';
import { parseRecordingLine, unknownForm } from './recording.ts';
import { createRecordingDecode } from './recording-decode.ts';
import type { ReplaySourceConfig } from './schema.ts';

export type FileFormat = 'csv' | 'jsonl' | 'recording';

/** By the first text of the file; its name only where that says nothing. */
export function formatOf(config: Pick<ReplaySourceConfig, 'format' | 'file'>, text: string): FileFormat {
  const begin = text.trimStart();
  const isRecording = begin.startsWith('{') && isHead(begin, config.file);
  if (config.format !== 'auto') return isRecording && config.format === 'jsonl' ? 'recording' : config.format;
  if (isRecording) return 'recording';
  if (begin.startsWith('{')) return 'jsonl';
  const ending = extname(config.file.toLowerCase().replace(/\.gz$/, ''));
  return ['.jsonl', '.ndjson'].includes(ending) ? 'jsonl' : 'csv';
}

function isHead(text: string, file: string): boolean {
  const end = text.indexOf('\n');
  if (end <= 0) return false;
  const line = text.slice(0, end);
  const why = unknownForm(line);
  if (why !== '') throw new GemError('GEM_REPLAY_MAPPING', { file: basename(file), why });
  return parseRecordingLine(line)?.kind === 'head';
}

/** `fields`: where they are not those of the configuration. */
export function decoderOf(
  config: ReplaySourceConfig,
  format: FileFormat,
  feed: Feed,
  // What is played is moved to the gateway's time, and no clock is behind it; a followed file has its writer's.
  fields: readonly Field[] = fieldsOf(config.tags, !config.follow || config.time?.trusted),
): Decode {
  const file = basename(config.file);
  if (format === 'recording') return createRecordingDecode(file, fields, feed);
  const { csv, time, rateHz, long, quality, start } = config;
  const startMs = start === 'now' ? feed.nowMs() : readMoment(start, zoneMinutes(time?.zone ?? 'Z'));
  return createDecode({ format, file, fields, csv, time, rateHz, long, quality, startMs }, feed);
}
