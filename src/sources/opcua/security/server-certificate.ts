// Judges the certificate a server shows: signed by whom, trusted, in time, not revoked, for this application and
// this host. Each fault has its own words. Knows no network and no files; whatever it cannot tell, it refuses.
import type { X509Certificate } from 'node:crypto';
import { type CertificateFacts, dayText, factsOf, isForHost, readable, timeText } from './certificate.ts';
import type { TrustList } from './pki.ts';
import { type RevocationList, serialKey } from './revocation-list.ts';

export type CertificateFault =
  | 'invalid'
  | 'weak'
  | 'untrusted'
  | 'not-yet-valid'
  | 'expired'
  | 'revoked'
  | 'revocation-unknown'
  | 'wrong-uri'
  | 'wrong-host';

export interface Verdict {
  readonly fault: CertificateFault;
  readonly text: string;
}

export interface Expected {
  /** What the server calls itself. */
  readonly applicationUri: string;
  /** Where we called it. */
  readonly host: string;
  readonly nowMs: number;
  /** Least bits of an RSA key. */
  readonly keyBitsMin: number;
}

const depthMax = 6;

/** Undefined when there is nothing against it. `chain` begins with the certificate itself. */
export function judge(
  chain: readonly X509Certificate[],
  trust: TrustList,
  expected: Expected,
): Verdict | undefined {
  try {
    return judged(chain, trust, expected);
  } catch {
    // A key of no known kind, for one.
    return { fault: 'invalid', text: 'the certificate of the server cannot be read' };
  }
}

function judged(
  chain: readonly X509Certificate[],
  trust: TrustList,
  expected: Expected,
): Verdict | undefined {
  const own = chain[0];
  if (own === undefined) return { fault: 'invalid', text: 'the server shows no certificate' };
  const facts = factsOf(own);
  const pinned = trust.trusted.some((one) => one.raw.equals(own.raw));
  const path = pathFrom(own, [...trust.trusted, ...trust.issuers, ...chain.slice(1)], expected.nowMs);
  if (path === undefined) {
    return { fault: 'invalid', text: 'the certificate of the server is forged: its signature is wrong' };
  }
  const authorities = path.slice(1);
  const vouched = authorities.some((one) => trust.trusted.some((trusted) => trusted.raw.equals(one.raw)));
  if (!pinned && !vouched) return untrusted(facts);
  return (
    judgeKey(own, expected) ??
    judgeTime(path, expected.nowMs) ??
    judgeRevocation(path, trust.revocations, pinned, expected.nowMs) ??
    judgeUri(facts, expected.applicationUri) ??
    // Who trusts one certificate by its fingerprint has said which machine that is.
    (pinned ? undefined : judgeHost(own, facts, expected.host))
  );
}

/** Of a certificate that was trusted by itself: the host is no reason to refuse it, yet worth a word. */
export function hostRemark(own: X509Certificate, host: string): string | undefined {
  return judgeHost(own, factsOf(own), host)?.text;
}

/** From the certificate towards its root, each link signed by the next; undefined when a signature is false. */
function pathFrom(
  own: X509Certificate,
  known: readonly X509Certificate[],
  nowMs: number,
): X509Certificate[] | undefined {
  const path = [own];
  for (let at = own; path.length <= depthMax; ) {
    if (at.checkIssued(at)) return isSignedBy(at, at) ? path : undefined;
    const named = known.filter((one) => one.ca && at.checkIssued(one));
    const issuers = named.filter((one) => isSignedBy(at, one));
    // An authority that was renewed with its key is there twice.
    const issuer = issuers.find((one) => isInTime(one, nowMs)) ?? issuers[0];
    if (issuer === undefined) return named.length > 0 && at === own ? undefined : path;
    if (path.some((one) => one.raw.equals(issuer.raw))) return path;
    path.push(issuer);
    at = issuer;
  }
  return path;
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

function isInTime(certificate: X509Certificate, nowMs: number): boolean {
  const { notBeforeMs, notAfterMs } = factsOf(certificate);
  return nowMs >= notBeforeMs && nowMs <= notAfterMs;
}

function untrusted(facts: CertificateFacts): Verdict {
  const by = facts.subject === facts.issuer ? '' : `, issued by ${facts.issuer}`;
  return {
    fault: 'untrusted',
    text: `the certificate of the server is not trusted: ${facts.subject}${by}, SHA-1 ${readable(facts.sha1)}`,
  };
}

function judgeKey(own: X509Certificate, { keyBitsMin }: Expected): Verdict | undefined {
  const { asymmetricKeyType, asymmetricKeyDetails } = own.publicKey;
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  if (asymmetricKeyType !== 'rsa') {
    return { fault: 'weak', text: `the key of the server is ${asymmetricKeyType}; this policy wants RSA` };
  }
  if (bits >= keyBitsMin) return undefined;
  return {
    fault: 'weak',
    text: `the key of the server has ${bits} bits; at least ${keyBitsMin} are asked for`,
  };
}

function judgeTime(path: readonly X509Certificate[], nowMs: number): Verdict | undefined {
  for (const [depth, one] of path.entries()) {
    const facts = factsOf(one);
    const what =
      depth === 0 ? 'the certificate of the server' : `the authority ${facts.subject} above the server`;
    // Turned round, so that a time that cannot be read is never in time.
    if (!(nowMs <= facts.notAfterMs))
      return { fault: 'expired', text: `${what} expired on ${dayText(facts.notAfterMs)}` };
    if (!(nowMs >= facts.notBeforeMs)) {
      const text = `${what} is not valid before ${timeText(facts.notBeforeMs)}; compare the clocks`;
      return { fault: 'not-yet-valid', text };
    }
  }
  return undefined;
}

function judgeRevocation(
  path: readonly X509Certificate[],
  lists: readonly RevocationList[],
  pinned: boolean,
  nowMs: number,
): Verdict | undefined {
  for (const [depth, one] of path.slice(0, -1).entries()) {
    const authority = path[depth + 1]!;
    const from = factsOf(authority).subject;
    const theirs = lists.filter((list) => list.isOf(authority));
    const what = depth === 0 ? 'the certificate of the server' : `the authority ${factsOf(one).subject}`;
    const serial = serialKey(one.serialNumber);
    if (theirs.some((list) => list.serials.has(serial))) {
      return { fault: 'revoked', text: `${what} was revoked by ${from}` };
    }
    if (pinned || theirs.some((list) => list.nextUpdateMs >= nowMs)) continue;
    const lack =
      theirs.length === 0 ? 'there is no revocation list of' : 'the revocation list is out of date of';
    const text = `whether ${what} was revoked is not known: ${lack} ${from} (issuers/crl)`;
    return { fault: 'revocation-unknown', text };
  }
  return undefined;
}

function judgeUri({ applicationUri }: CertificateFacts, expected: string): Verdict | undefined {
  if (applicationUri === expected) return undefined;
  const named = applicationUri === '' ? 'names no application' : `is for the application ${applicationUri}`;
  return {
    fault: 'wrong-uri',
    text: `the certificate of the server ${named}, but the server calls itself ${expected}`,
  };
}

function judgeHost(own: X509Certificate, { hosts }: CertificateFacts, host: string): Verdict | undefined {
  if (isForHost(own, host)) return undefined;
  const named = hosts.length === 0 ? 'no host' : hosts.join(', ');
  return { fault: 'wrong-host', text: `the certificate of the server is for ${named}, not for ${host}` };
}
