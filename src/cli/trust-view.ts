// How `gemel trust` shows certificates: for people with everything one compares, for programs as plain values.
import { dayText, factsOf, readable, timeText } from '../sources/opcua/security/certificate.ts';
import type { KeptCertificate, Standing } from '../sources/opcua/security/pki.ts';

const titles: Readonly<Record<Standing, string>> = {
  trusted: 'Trusted',
  issuer: 'Authorities that are not trusted, but complete a chain',
  rejected: 'Rejected: turned away, and kept to be looked at',
};

export function asJson(kept: KeptCertificate) {
  const { notBeforeMs, notAfterMs, ...facts } = factsOf(kept.certificate);
  return {
    standing: kept.standing,
    ...facts,
    notBefore: isoOrNull(notBeforeMs),
    notAfter: isoOrNull(notAfterMs),
    seen: isoOrNull(kept.seenMs),
    url: kept.url,
    file: kept.file,
  };
}

function isoOrNull(timeMs: number): string | null {
  return Number.isNaN(timeMs) ? null : new Date(timeMs).toISOString();
}

/** `whose`: the options that mean the same gateway again. */
export function asText(pkiDir: string, all: readonly KeptCertificate[], whose: string): string {
  if (all.length === 0) return `no certificate of a server is known yet in ${pkiDir}\n`;
  const parts = (['trusted', 'issuer', 'rejected'] as const).flatMap((standing) => {
    const some = all.filter((kept) => kept.standing === standing);
    return some.length === 0 ? [] : [`${titles[standing]}\n${some.map(asBlock).join('')}`];
  });
  const rejected = all.find(({ standing }) => standing === 'rejected');
  if (rejected === undefined) return parts.join('\n');
  const { sha1 } = factsOf(rejected.certificate);
  const advice = `Compare the fingerprint with what the server shows, then: gemel trust${whose} ${sha1.slice(0, 16)}`;
  return `${parts.join('\n')}\n${advice}\n`;
}

export function asBlock(kept: KeptCertificate): string {
  const facts = factsOf(kept.certificate);
  const rows: [string, string][] = [
    ['application', facts.applicationUri === '' ? 'none' : facts.applicationUri],
    ['hosts', facts.hosts.join(', ') || 'none'],
    ['SHA-1', readable(facts.sha1)],
    ['SHA-256', readable(facts.sha256)],
    ['valid', validity(facts.notBeforeMs, facts.notAfterMs)],
  ];
  if (facts.issuer !== facts.subject) rows.push(['issued by', facts.issuer]);
  if (facts.authority) rows.push(['authority', 'yes: what it signs is accepted as well']);
  if (!Number.isNaN(kept.seenMs)) {
    const at = kept.url === '' ? '' : ` at ${kept.url}`;
    rows.push(['seen', `${timeText(kept.seenMs)}${at}`]);
  }
  rows.push(['file', kept.file]);
  return `  ${facts.subject}\n${rows.map(([name, value]) => `    ${name.padEnd(12)}${plain(value)}\n`).join('')}`;
}

function validity(fromMs: number, toMs: number): string {
  const now = Date.now();
  const state = now > toMs ? ' (expired)' : now < fromMs ? ' (not yet valid)' : '';
  return `${dayText(fromMs)} to ${dayText(toMs)}${state}`;
}

/** Names in a certificate are the words of a stranger: nothing in them is to move the cursor. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '?');
}
