// A file into a history: opens both, and leaves the history as a gateway left it but for the samples. Must never run
// beside a gateway: the lock of the history sees to that.
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Config } from '../config/schema.ts';
import { GemError } from '../errors.ts';
import { openDatabase } from '../history/database.ts';
import { HistoryFull } from '../history/history-full.ts';
import { type OpenReader, openReader } from '../history/reader/open.ts';
import { historySchema } from '../history/schema.ts';
import { ballastFile } from '../history/upkeep/ballast.ts';
import { isDamage } from '../history/upkeep/failures.ts';
import { createWriter } from '../history/writer.ts';
import { type Imported, importSamples } from './import.ts';
import type { ImportSource } from './imported.ts';
import { missingOf } from './long-row.ts';
import { readMapped } from './read-mapped.ts';
import { isParquet, readParquet } from './read-parquet.ts';
import { peekText, readText } from './read-text.ts';

export interface ImportWishes {
  readonly file: string;
  readonly history: string;
  /** Undefined: what is no export of ours cannot be told apart. */
  readonly config: (() => Config) | undefined;
  readonly source: string | undefined;
  readonly map: readonly string[];
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly fromMs: number;
  readonly toMs: number;
  /** Below it nothing more is imported: a full disk would cost the oldest samples. */
  readonly minFreeBytes: number;
  readonly version: string;
}

/** A clock that is a little behind the one that wrote the file is no reason to refuse it. */
const aheadMs = 60_000;
/** Of an import nothing goes for its age or for want of room: that is for the gateway to decide. */
const keepAll = { rawDays: 1e6, twinDays: 1e6, rollupDays: 1e6, secondDays: 1e6, maxMb: 1e12, minFreeMb: 0 };

export interface ImportedFile extends Imported {
  /** Where a history is now that proved damaged when it was opened; empty when none did. */
  readonly aside: string;
}

export async function importFile(
  wishes: ImportWishes,
  onShare: (share: number) => void,
): Promise<ImportedFile> {
  const source = await openSource(wishes, Date.now() + aheadMs);
  await refuseDamaged(wishes.history);
  const writer = openWriter(wishes);
  let reader: OpenReader | undefined;
  let done: Imported;
  try {
    forgetRun(wishes.history, writer.run);
    reader = openReader(wishes.history);
    const { minFreeBytes } = wishes;
    const parts = { writer, reader, nowMs: () => Date.now(), minFreeBytes, onShare };
    done = await importSamples(within(source, wishes), parts);
  } catch (error) {
    if (!(error instanceof HistoryFull)) throw error;
    const why = `${error.reason}; what was imported so far is stored, and going on later stores nothing twice`;
    throw new GemError('GEM_HISTORY_UNUSABLE', { file: wishes.history, why }, error);
  } finally {
    reader?.close();
    writer.close();
  }
  if (done.read === 0) {
    const why =
      done.examples.join('; ') || done.damage || 'no row lies between --from and --to, or there is none';
    throw new GemError('GEM_IMPORT_UNUSABLE', { file: basename(wishes.file), why });
  }
  return { ...done, aside: writer.left.quarantined?.file ?? '' };
}

function openWriter({ history, version }: ImportWishes) {
  const nowMs = Date.now();
  try {
    return createWriter({
      file: history,
      config: { keep: historySchema.shape.keep.parse(keepAll), ballastMb: ballastMbOf(history) },
      run: {
        startMs: nowMs,
        periodMs: 1000,
        openedMs: nowMs,
        gemel: version,
        site: 'import',
        fingerprint: 'import',
        config: '{}',
      },
      tell: () => {},
    });
  } catch (error) {
    if (error instanceof GemError && error.code === 'GEM_STATE_LOCKED')
      throw new GemError('GEM_HISTORY_BUSY', { file: history, what: 'an import' }, error);
    throw error;
  }
}

/** A writer would put the file aside and begin anew: that is for a gateway to do, not for an import. */
async function refuseDamaged(history: string): Promise<void> {
  if (!existsSync(history)) return;
  try {
    const reader = openReader(history);
    await reader.tags().finally(() => reader.close());
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw new GemError('GEM_HISTORY_DAMAGED', { file: history, why: (error as Error).message }, error);
  }
}

/** As the gateway left it: it is not ours to take away. */
function ballastMbOf(history: string): number {
  return (statSync(ballastFile(history), { throwIfNoEntry: false })?.size ?? 0) / 1e6;
}

/**
 * An import is no run of a gateway: a replay has nothing to begin it with, and when the gateway last received anything, and
 * whether it stopped in order, is asked of the last one. Taken away at once, so that none is left by an end in between.
 */
function forgetRun(history: string, run: number): void {
  const database = openDatabase(history);
  try {
    database.prepare('DELETE FROM runs WHERE id = ?').run(run);
  } finally {
    database.close();
  }
}

async function openSource(wishes: ImportWishes, untilMs: number): Promise<ImportSource> {
  const { file, map, source, config } = wishes;
  if (await isParquet(file)) return readParquet(file, untilMs);
  const form = await peekText(file);
  if (form === undefined)
    throw new GemError('GEM_IMPORT_UNUSABLE', { file: basename(file), why: 'there is nothing in it' });
  const missing = missingOf(form.names.map((name) => name.toLowerCase()));
  if (missing.length === 0 && map.length === 0 && source === undefined) return readText(file, form, untilMs);
  if (config === undefined) {
    const why = `it is no long table of gemel (there is no column ${missing.join(', no ')}), and without a configuration nobody says which column is what`;
    throw new GemError('GEM_IMPORT_UNUSABLE', { file: basename(file), why });
  }
  return readMapped(config(), wishes, untilMs);
}

function within(source: ImportSource, { fromMs, toMs }: ImportWishes): ImportSource {
  const inside = async function* () {
    for await (const rows of source.rows)
      yield rows.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs);
  };
  return {
    get tags() {
      return source.tags;
    },
    refused: source.refused,
    rows: inside(),
    share: () => source.share(),
    damage: () => source.damage(),
  };
}
