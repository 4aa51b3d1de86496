// Finds the one endpoint that was configured among those a server offers. Never another one, however many there
// are: what is not there is said, with what is.
import type { EndpointDescription, OPCUAClient } from 'node-opcua-client';
import type { Library } from '../library.ts';
import { Refusal } from '../refusal.ts';
import type { OpcuaSourceConfig } from '../schema.ts';
import { dial } from './dial.ts';

const shownMax = 8;

type TokenKind = 'Anonymous' | 'UserName' | 'Certificate';
const tokenWords: Readonly<Record<TokenKind, string>> = {
  Anonymous: 'anonymous',
  UserName: 'user name',
  Certificate: 'certificate',
};

/** Of several with the same protection the one whose address is ours, else the first. */
export async function findEndpoint(
  library: Library,
  client: OPCUAClient,
  config: OpcuaSourceConfig,
): Promise<EndpointDescription> {
  await dial(client, config.url);
  const offered = await client.getEndpoints();
  const wanted = policyUri(library, config);
  const mode = library.MessageSecurityMode[config.security.mode];
  const fitting = offered.filter(
    (one) =>
      one.securityMode === mode &&
      one.securityPolicyUri === wanted &&
      (one.endpointUrl ?? '').startsWith('opc.tcp:'),
  );
  const endpoint = fitting.find((one) => sameHost(one.endpointUrl, config.url)) ?? fitting[0];
  if (endpoint === undefined) throw new Refusal(notOffered(library, config, offered));
  checkToken(library, config, endpoint);
  return endpoint;
}

export function policyUri({ SecurityPolicy }: Library, { security }: OpcuaSourceConfig): string {
  return security.mode === 'None' ? SecurityPolicy.None : SecurityPolicy[security.policy];
}

export function tokenKind({ username, userCertificate }: OpcuaSourceConfig): TokenKind {
  if (userCertificate !== undefined) return 'Certificate';
  return username === undefined ? 'Anonymous' : 'UserName';
}

function sameHost(one: string | null, other: string): boolean {
  return hostOf(one ?? '') === hostOf(other);
}

export function hostOf(url: string): string {
  return /^opc\.tcp:\/\/(\[[^\]]+\]|[^:/]+)/.exec(url)?.[1]?.toLowerCase() ?? '';
}

function notOffered(
  { MessageSecurityMode }: Library,
  { security }: OpcuaSourceConfig,
  offered: readonly EndpointDescription[],
): string {
  const wanted = security.mode === 'None' ? 'None' : `${security.mode} with ${security.policy}`;
  const all = offered.map((one) => {
    const policy = policyName(one.securityPolicyUri);
    return policy === 'None' ? 'None' : `${MessageSecurityMode[one.securityMode]} with ${policy}`;
  });
  const distinct = [...new Set(all)].slice(0, shownMax);
  return `the server does not offer ${wanted}; it offers ${distinct.join(', ') || 'nothing'}`;
}

function policyName(uri: string | null): string {
  return (
    (uri ?? '')
      .replace(/^.*#/, '')
      .replace(/[^\w-]/g, '?')
      .slice(0, 40) || 'no policy'
  );
}

/** A server that would take the login in broken cryptography only is told apart before it gets one. */
function checkToken(library: Library, config: OpcuaSourceConfig, endpoint: EndpointDescription): void {
  const kind = tokenKind(config);
  const { UserTokenType, SecurityPolicy } = library;
  const tokens = endpoint.userIdentityTokens ?? [];
  const ours = tokens.filter(({ tokenType }) => tokenType === UserTokenType[kind]);
  if (ours.length === 0) {
    const kinds = tokens.map(
      ({ tokenType }) => tokenWords[UserTokenType[tokenType] as TokenKind] ?? 'another',
    );
    const offers = [...new Set(kinds)].join(', ') || 'none';
    throw new Refusal(`the server takes no ${tokenWords[kind]} login here; it takes: ${offers}`);
  }
  if (config.security.allowDeprecated || kind === 'Anonymous') return;
  const broken: readonly unknown[] = [SecurityPolicy.Basic128Rsa15, SecurityPolicy.Basic256];
  if (ours.every(({ securityPolicyUri }) => broken.includes(securityPolicyUri))) {
    throw new Refusal(
      `the server takes the ${tokenWords[kind]} login only with ${policyName(ours[0]!.securityPolicyUri)}, which is broken`,
    );
  }
}
