// Why there is no connection to an external broker, in words a person can act on. Pure.

export type LinkError = (Error & { code?: number | string }) | undefined;

/** The broker (or its certificate) says no, as against not being there. */
export function isRefusal(error: LinkError): boolean {
  if (error === undefined) return false;
  return typeof error.code === 'number' || /CERT|TLS|SSL|SIGNATURE|ISSUER|^EPROTO$/.test(String(error.code));
}

/** The code stays beside the words: it is what one searches for. */
const plainWords: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'nothing listens there'],
  [/ENOTFOUND/, 'the name of the host is not known'],
  [/EAI_AGAIN/, 'the name of the host cannot be looked up now'],
  [/EHOSTUNREACH|ENETUNREACH/, 'there is no way to it'],
  [/ETIMEDOUT/, 'no answer in time'],
  [/before secure TLS/, 'the connection was cut before TLS began: is it a port with TLS?'],
  [/ECONNRESET|EPIPE/, 'the connection was cut'],
];

export function wordsOf(error: LinkError): string {
  if (error === undefined) return 'the connection was closed';
  const { message, code } = error;
  if (typeof code === 'number') return message.replace(/^Connection refused: /, '').toLowerCase();
  const text = message === '' ? String(code ?? 'the connection failed') : message;
  if (text === 'connack timeout') return 'no answer in time';
  if (text === 'Keepalive timeout') return 'the broker no longer answers';
  const known = plainWords.find(([pattern]) => pattern.test(`${code} ${text}`));
  return known === undefined ? text : `${known[1]} (${code ?? text})`;
}
