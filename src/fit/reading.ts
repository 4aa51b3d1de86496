// How the file of a fit is to be read, as the command line says it, in the words of the house's own replay source.
import { GemError } from '../errors.ts';
import { type ReplaySourceConfig, replaySourceSchema } from '../sources/replay/schema.ts';

export interface ReadingWishes {
  readonly delimiter?: string;
  readonly decimal?: string;
  readonly encoding?: string;
  /** False: the first line is a row already. */
  readonly header?: boolean;
  readonly skipLines?: number;
  readonly comment?: string;
  /** What stands for no value besides the usual. */
  readonly empty?: readonly string[];
}

/** What people and their programs write where there is no value. */
const emptyWords = ['NA', 'N/A', 'n/a', 'n.a.', '#N/A', 'null', 'NULL', 'None', 'none', '-', '--', '?', '.'];

/** What else there is to say: the time, rows to pass over. */
export function readingConfig(
  file: string,
  wishes: ReadingWishes,
  more: { readonly [key: string]: unknown; readonly csv?: Readonly<Record<string, unknown>> } = {},
): ReplaySourceConfig {
  const { delimiter, decimal, encoding, header, skipLines, comment, empty = [] } = wishes;
  const csv = {
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(decimal === undefined ? {} : { decimal }),
    ...(header === undefined ? {} : { header }),
    ...(skipLines === undefined ? {} : { skipLines }),
    ...(comment === undefined ? {} : { comment }),
    ...more.csv,
    empty: [...emptyWords, ...empty],
  };
  const result = replaySourceSchema.safeParse({
    type: 'replay',
    file,
    // A time without a calendar counts from here, so that nothing of it is rounded.
    start: '1970-01-01T00:00:00Z',
    ...(encoding === undefined ? {} : { encoding }),
    // Which there are is told by the fields.
    tags: { any: 1 },
    ...more,
    csv,
  });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new GemError('GEM_USAGE', { why: `--${String(issue?.path.at(-1))}: ${issue?.message}` });
}
