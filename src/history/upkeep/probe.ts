// A quick look at a file that was just opened: is it what was written? A whole check of twenty gigabytes takes minutes,
// and a gateway is to be ready in seconds, so a large file is only looked at where the next commits will go.
import Database from 'better-sqlite3';
import { migrations } from '../tables.ts';
import { DamagedFile } from './failures.ts';
import { pragmaNumber } from './space.ts';

/** Up to here the whole file is checked at each start: a fraction of a second, on a slow card one or two. */
export const usuallyCheckedBytes = 64 * 2 ** 20;
const rowsAtEnds = 8;
const incremental = 2;

/** Throws when it is damaged. */
export function probe(db: Database.Database, checkedBytes = usuallyCheckedBytes): void {
  if (
    pragmaNumber(db, 'auto_vacuum') !== incremental ||
    db.pragma('encoding', { simple: true }) !== 'UTF-8'
  ) {
    throw new DamagedFile('its header is damaged');
  }
  const expected = tablesOf();
  const found = schemaOf(db);
  for (const [name, sql] of expected) {
    if (found.get(name) !== sql) throw new DamagedFile(`its table of tables is damaged: ${name}`);
  }
  if (pragmaNumber(db, 'page_count') * pragmaNumber(db, 'page_size') <= checkedBytes) {
    const verdict = db.pragma('quick_check(1)', { simple: true });
    if (verdict !== 'ok') throw new DamagedFile(`its check says: ${String(verdict)}`);
    return;
  }
  for (const name of namesOf(expected)) readEnds(db, name);
}

/** Whether it has our tables and no others, as this version or one before makes them, whatever its header says. */
export function isOurs(db: Database.Database): boolean {
  try {
    const found = schemaOf(db);
    return migrations.some((_, last) => {
      const expected = tablesOf(last + 1);
      return found.size === expected.size && [...expected].every(([name, sql]) => found.get(name) === sql);
    });
  } catch {
    return false;
  }
}

/** Where rows are added, and where they are taken away. */
function readEnds(db: Database.Database, table: string): void {
  for (const order of ['ASC', 'DESC']) {
    db.prepare(`SELECT * FROM "${table}" ORDER BY rowid ${order} LIMIT ${rowsAtEnds}`).all();
  }
}

function tablesOf(version = migrations.length): Map<string, string> {
  const memory = new Database(':memory:');
  try {
    for (const sql of migrations.slice(0, version)) memory.exec(sql);
    return schemaOf(memory);
  } finally {
    memory.close();
  }
}

/** Tables and indices by name; those that SQLite makes for itself have no text. */
function schemaOf(db: Database.Database): Map<string, string> {
  const rows = db
    .prepare<[], { name: string; sql: string }>('SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL')
    .all();
  return new Map(rows.map(({ name, sql }) => [name, sql]));
}

function namesOf(expected: ReadonlyMap<string, string>): string[] {
  return [...expected].filter(([, sql]) => sql.startsWith('CREATE TABLE')).map(([name]) => name);
}
