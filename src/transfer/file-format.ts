// Which format a file of an export is in, by what was asked for and by its name.
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';

export const fileFormats = ['csv', 'jsonl', 'parquet'] as const;
export type FileFormat = (typeof fileFormats)[number];

export interface FileForm {
  readonly format: FileFormat;
  readonly gzip: boolean;
}

const endings: Readonly<Record<string, FileFormat>> = {
  csv: 'csv',
  txt: 'csv',
  tsv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
  pq: 'parquet',
};

/** `-` is the standard output. */
export function formOf(file: string, asked: string | undefined): FileForm {
  const gzip = /\.gz$/i.test(file);
  const ending = (/\.(\w+)$/.exec(file.replace(/\.gz$/i, ''))?.[1] ?? '').toLowerCase();
  const format = asked === undefined ? endings[ending] : formatNamed(asked);
  if (format === undefined && file !== '-') {
    const hint = didYouMean(ending, Object.keys(endings)) || `; there are ${fileFormats.join(', ')}`;
    const why = `the name of ${file} does not tell its format${hint}; or say it with --format`;
    throw new GemError('GEM_USAGE', { why });
  }
  if (format === 'parquet' && gzip)
    throw new GemError('GEM_USAGE', { why: 'Parquet is packed inside: leave .gz out of the name' });
  return { format: format ?? 'csv', gzip };
}

function formatNamed(asked: string): FileFormat {
  const found = fileFormats.find((format) => format === asked.toLowerCase());
  if (found !== undefined) return found;
  const hint = didYouMean(asked, fileFormats) || `; there are ${fileFormats.join(', ')}`;
  throw new GemError('GEM_USAGE', { why: `--format ${asked}: there is no such format${hint}` });
}
