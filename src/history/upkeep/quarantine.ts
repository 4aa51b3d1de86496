// Puts a damaged file aside, with all that belongs to it, under a name that says when. Must never delete the newest of
// those: somebody may get more out of it.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const asideMax = 3;
const companions = ['', '-wal', '-shm'] as const;

/** Returns its new name. Nobody may have it open. */
export function putAside(file: string, nowMs: number, label = 'damaged'): string {
  const aside = freeName(`${file}.${label}-${stampOf(nowMs)}`);
  // The file first: a log that is left over is put aside at the next start, a file without its log would be believed.
  for (const suffix of companions) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  keepAside(file, asideMax, label);
  return aside;
}

/** On a disk without room: of those that are damaged, and of those that a restore replaced, only the newest stays. */
export function spareAside(file: string): void {
  for (const label of ['damaged', 'replaced']) keepAside(file, 1, label);
}

/** Of those that were put aside only the newest stay. */
function keepAside(file: string, count: number, label = 'damaged'): void {
  const dir = dirname(file);
  for (const { name } of listAside(file, label).slice(count)) {
    for (const suffix of companions) rmSync(join(dir, name + suffix), { force: true });
  }
}

/** The newest first. A log without its file counts as one. */
export function listAside(
  file: string,
  label = 'damaged',
): { readonly name: string; readonly bytes: number }[] {
  const dir = dirname(file);
  const prefix = `${basename(file)}.${label}-`;
  const names = readdirSync(dir).filter((name) => name.startsWith(prefix));
  const bases = new Set(names.map((name) => name.replace(/-(wal|shm)$/u, '')));
  const sets = [...bases].map((base) => {
    const stats = companions
      .map((suffix) => statSync(join(dir, base + suffix), { throwIfNoEntry: false }))
      .filter((found) => found !== undefined);
    // Renaming sets it, so it orders them whatever the clock was.
    const changedMs = Math.max(...stats.map(({ ctimeMs }) => ctimeMs));
    return { name: base, bytes: stats.reduce((sum, { size }) => sum + size, 0), changedMs };
  });
  return sets.sort((a, b) => b.changedMs - a.changedMs || (a.name < b.name ? 1 : -1));
}

/** Beside a file that failed while it was used: it looked sound when it was opened, and would again. */
function suspicionOf(file: string): string {
  return `${file}.suspect`;
}

/** The next one who opens it puts it aside, without another try. */
export function suspect(file: string, why: string): void {
  try {
    writeFileSync(suspicionOf(file), why, { mode: 0o600 });
  } catch {
    // On a disk that takes nothing: then the next start finds out again.
  }
}

export function takeSuspicion(file: string): string | undefined {
  try {
    return readFileSync(suspicionOf(file), 'utf8').trim() || 'it was found damaged';
  } catch {
    return undefined;
  }
}

export function clearSuspicion(file: string): void {
  rmSync(suspicionOf(file), { force: true });
}

function freeName(wanted: string): string {
  const taken = (name: string) => companions.some((suffix) => existsSync(name + suffix));
  let name = wanted;
  for (let i = 2; taken(name); i++) name = `${wanted}.${i}`;
  return name;
}

/** As 20261121T150405Z: no character that a file system or a shell minds. */
function stampOf(nowMs: number): string {
  const date = new Date(nowMs);
  const valid = Number.isNaN(date.getTime()) ? new Date(0) : date;
  return valid.toISOString().replace(/[-:]|\.\d+/gu, '');
}
