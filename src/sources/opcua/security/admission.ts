// Lets a server in by its certificate, or turns it away: what is turned away is kept where a person finds it, and the
// person is told what to do.
import type { X509Certificate } from 'node:crypto';
import type { EndpointDescription } from 'node-opcua-client';
import { Refusal } from '../refusal.ts';
import { type OpcuaSourceConfig, weakness } from '../schema.ts';
import { hostOf } from '../session/endpoint.ts';
import { factsOf, splitChain } from './certificate.ts';
import { keepRejected, readTrustList, type TrustList } from './pki.ts';
import { hostRemark, judge, type Verdict } from './server-certificate.ts';

/** Returns the certificate of the endpoint when nothing is against it; throws a Refusal that says what is. */
export async function admit(
  config: OpcuaSourceConfig,
  pkiDir: string,
  endpoint: EndpointDescription,
  onRemark: (text: string) => void,
): Promise<Buffer> {
  const chain = chainOf(endpoint);
  const own = chain[0]!;
  const host = hostOf(config.url);
  const trust = await readTrustList(pkiDir);
  const verdict = judge(chain, trust, {
    applicationUri: endpoint.server.applicationUri ?? '',
    host,
    nowMs: Date.now(),
    keyBitsMin: weakness(config) === 'deprecated' ? 1024 : 2048,
  });
  if (verdict !== undefined) {
    // A full disk is no reason to say less than what is wrong with the server.
    const kept = helpedByTrust.has(verdict.fault)
      ? await keepRejected(pkiDir, own, config.url, Date.now()).catch(() => '')
      : '';
    throw new Refusal(refusalWords(verdict, own, trust, kept));
  }
  const remark = hostRemark(own, host);
  if (remark !== undefined) onRemark(`${remark}; it is trusted by its fingerprint`);
  return own.raw;
}

/** Faults that go away when a person trusts this very certificate. */
const helpedByTrust: ReadonlySet<Verdict['fault']> = new Set([
  'untrusted',
  'revocation-unknown',
  'wrong-host',
]);

function chainOf(endpoint: EndpointDescription): X509Certificate[] {
  try {
    const chain = splitChain(endpoint.serverCertificate ?? Buffer.alloc(0));
    if (chain.length > 0) return chain;
  } catch (error) {
    throw new Refusal('the server shows something that is no certificate', 'patient', error);
  }
  throw new Refusal('the server shows no certificate');
}

function refusalWords(
  { fault, text }: Verdict,
  own: X509Certificate,
  trust: TrustList,
  kept: string,
): string {
  if (kept === '') return text;
  const { sha1, applicationUri } = factsOf(own);
  const before = trust.trusted.find((one) => !one.ca && factsOf(one).applicationUri === applicationUri);
  const changed = fault === 'untrusted' && applicationUri !== '' && before !== undefined;
  const words = changed
    ? text.replace('is not trusted', 'has changed, and the new one is not trusted')
    : text;
  return `${words}; kept as ${kept}. Compare the fingerprint with the server's, then: gemel trust ${sha1.slice(0, 16)}`;
}
