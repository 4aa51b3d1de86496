// What `gemel doctor` looks at beside the history file itself: the accounts, what is missing, how the disk fills, the
// memory of the twins, certificates, the clock of the machine. Each look is short and changes nothing.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { openDatabase } from '../history/database.ts';
import type { OpenReader } from '../history/reader/open.ts';
import { aheadMs, earliestMs } from '../history/upkeep/age-clock.ts';
import { bytesOf, diskFreeBytes, measureSpace } from '../history/upkeep/space.ts';
import { sumLedgers } from '../runtime/ledger.ts';
import { bytesText } from './bytes-text.ts';

export type Level = 'ok' | 'note' | 'warn' | 'fail';

export interface Diagnosis {
  readonly level: Level;
  readonly about: string;
  readonly text: string;
  /** What to do. */
  readonly advice?: string;
}

export interface Limits {
  readonly rawDays: number;
  readonly maxBytes: number;
  readonly minFreeBytes: number;
}

const dayMs = 86_400_000;

export async function lookAtLedger(reader: OpenReader): Promise<Diagnosis[]> {
  const { sources } = await reader.ledger();
  if (sources.length === 0) {
    const advice = '`gemel check --connect` tries every source.';
    return [{ level: 'note', about: 'ledger', text: 'nothing was received yet', advice }];
  }
  const { received, stored, coalesced, pending, rejected } = sumLedgers(sources.map(({ row }) => row));
  const refused = Object.entries(rejected).filter(([, count]) => count > 0);
  const reasons = refused.map(([reason, count]) => `${reason} ${count}`).join(', ');
  const lost = refused.reduce((sum, [, count]) => sum + count, 0);
  const text = `${received} received = ${stored} stored + ${lost} rejected${reasons === '' ? '' : ` (${reasons})`} + ${coalesced} coalesced + ${pending} pending, over all runs`;
  return [{ level: 'ok', about: 'ledger', text }];
}

const gapDays = 7;

export async function lookAtGaps(reader: OpenReader, nowMs: number): Promise<Diagnosis[]> {
  const gaps = await reader.gaps({ fromMs: nowMs - gapDays * dayMs, toMs: nowMs });
  // That nothing runs loses nothing that was acknowledged, and retention does what it was told.
  const bad = gaps.filter(({ reason }) => reason === 'disk_full' || reason === 'quarantined');
  if (bad.length === 0)
    return [{ level: 'ok', about: 'gaps', text: `no samples were lost in the last ${gapDays} days` }];
  const samples = bad.reduce((sum, gap) => sum + gap.samples, 0);
  const many = `${bad.length} gap${bad.length === 1 ? '' : 's'} in the last ${gapDays} days`;
  const text = `${many}, ${samples} samples that were counted are missing`;
  return [{ level: 'warn', about: 'gaps', text, advice: '`gemel history --gaps` says when and why.' }];
}

const soonDays = 7;

/** How fast the file grows, by what it has become so far; and what that leads to. */
export async function lookAtGrowth(
  reader: OpenReader,
  file: string,
  nowMs: number,
  { rawDays, maxBytes, minFreeBytes }: Limits,
): Promise<Diagnosis[]> {
  const { bytes, days } = sizeOf(file, nowMs);
  // Minutes tell nothing of a week.
  if (!(days >= 1 / 24))
    return [{ level: 'ok', about: 'growth', text: 'too little is stored yet to tell how it grows' }];
  const samples = await samplesIn(reader);
  const perDay = bytes / days;
  const perSample = `${(bytes / samples).toFixed(2)} bytes a sample, all in`;
  const text = `${bytesText(perDay)} a day, ${perSample}; ${days.toFixed(1)} days are here`;
  if (days >= rawDays * 0.95)
    return [{ level: 'ok', about: 'growth', text: `${text}: as many as are kept, so it grows no more` }];
  const room = Math.min(maxBytes - bytes, diskFreeBytes(file) - minFreeBytes);
  const left = Math.max(0, room) / perDay;
  const whole = `${rawDays} days of samples will take ${bytesText(perDay * rawDays)}`;
  if (left >= rawDays - days) return [{ level: 'ok', about: 'growth', text: `${text}; ${whole}` }];
  const advice =
    'Then the oldest samples go before their time. Give history.keep fewer rawDays or a larger maxMb, or the disk more room.';
  const level = left < soonDays ? 'warn' : 'note';
  const full = `${text}; ${whole}, and there is room for ${left.toFixed(1)} more days`;
  return [{ level, about: 'growth', text: full, advice }];
}

async function samplesIn(reader: OpenReader): Promise<number> {
  let samples = 0;
  for (const { id } of await reader.tags()) samples += (await reader.span(id)).samples;
  return samples;
}

/** Pages that hold something, and over how many days that was received: times of samples may be of any year. */
function sizeOf(file: string, nowMs: number): { bytes: number; days: number } {
  const database = openDatabase(file, { readonly: true });
  try {
    const { fileBytes, freeBytes } = measureSpace(database, file);
    const received = (column: string, order: string) =>
      database
        .prepare<[number, number], number>(
          `SELECT ${column} FROM blocks WHERE received_last BETWEEN ? AND ? ORDER BY received_last ${order} LIMIT 1`,
        )
        .pluck()
        .get(earliestMs, nowMs + aheadMs) ?? Number.NaN;
    const days = (received('received_last', 'DESC') - received('received_first', 'ASC')) / dayMs;
    return { bytes: fileBytes - freeBytes, days };
  } finally {
    database.close();
  }
}

export function lookAtBallast(file: string, wantedBytes: number | undefined): Diagnosis[] {
  if (wantedBytes === undefined || wantedBytes === 0) return [];
  const found = bytesOf(join(dirname(file), 'history.ballast'));
  if (found >= wantedBytes) return [];
  const text = 'the reserve for a full disk is not there';
  const advice = 'It was used up, or no gateway has run yet. Make room: a gateway makes it again by itself.';
  return [{ level: 'warn', about: 'disk', text, advice }];
}

const expiryDays = 30;

export async function lookAtCertificates(stateDir: string, nowMs: number): Promise<Diagnosis[]> {
  const pkiDir = join(stateDir, 'pki');
  if (!existsSync(pkiDir)) return [];
  const [{ listKept }, { ownFiles }, { dayText, factsOf, readCertificates }] = await Promise.all([
    import('../sources/opcua/security/pki.ts'),
    import('../sources/opcua/security/own-certificate.ts'),
    import('../sources/opcua/security/certificate.ts'),
  ]);
  const own = ownFiles(pkiDir).certificate;
  const mine = existsSync(own) ? readCertificates(await readFile(own)).slice(0, 1) : [];
  const trusted = await listKept(pkiDir, 'trusted');
  const all = [
    ...mine.map((certificate) => ({ whose: 'the gateway itself', certificate })),
    ...trusted.map(({ certificate }) => ({
      whose: factsOf(certificate).subject.replaceAll('\n', ', '),
      certificate,
    })),
  ];
  const late = all.flatMap(({ whose, certificate }): Diagnosis[] => {
    const { notAfterMs } = factsOf(certificate);
    if (notAfterMs - nowMs > expiryDays * dayMs) return [];
    const expired = notAfterMs < nowMs;
    const text = `the certificate of ${whose} ${expired ? 'expired' : 'expires'} on ${dayText(notAfterMs)}`;
    const advice =
      '`gemel trust` shows it. Renew it at its owner, and trust the new one before the old one ends.';
    return [{ level: expired ? 'fail' : 'warn', about: 'certificates', text, advice }];
  });
  if (late.length > 0 || all.length === 0) return late;
  const text = `${all.length} are valid for more than ${expiryDays} days`;
  return [{ level: 'ok', about: 'certificates', text }];
}

const timedateMs = 2000;

/** Only where systemd can be asked. */
export async function lookAtNtp(): Promise<Diagnosis[]> {
  try {
    const asked = ['show', '-p', 'NTPSynchronized', '--value'];
    const { stdout } = await promisify(execFile)('timedatectl', asked, { timeout: timedateMs });
    if (stdout.trim() === 'yes') return [{ level: 'ok', about: 'clock', text: 'set by NTP' }];
    if (stdout.trim() !== 'no') return [];
    const advice =
      'Give the machine a time server (timedatectl set-ntp true): samples of different machines are compared by time.';
    return [{ level: 'warn', about: 'clock', text: 'the clock of this machine is not set by NTP', advice }];
  } catch {
    return [];
  }
}
