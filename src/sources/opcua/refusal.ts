// Why a connection cannot be, in words for whoever runs the plant: what happened, and what to do about it.

/** How soon it is worth trying again: soon when the server may come back any moment, patient when a person must do something, slow when each attempt does harm (a locked account). */
export type Patience = 'soon' | 'patient' | 'slow';

/** Its message is for people as it is. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly patience: Patience;

  constructor(message: string, patience: Patience = 'patient', cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.patience = patience;
  }
}

export interface Loss {
  readonly why: string;
  readonly patience: Patience;
}

interface Rule {
  readonly when: RegExp;
  readonly why: string;
  readonly patience: Patience;
}

/** `own` stands for the file of our certificate, `user` for who we log in as. First match wins. */
const rules: readonly Rule[] = [
  { when: /ECONNREFUSED/, why: 'connection refused: nothing listens there', patience: 'soon' },
  {
    when: /ENOTFOUND|EAI_AGAIN|EAI_NONAME/,
    why: 'the name of the host cannot be resolved',
    patience: 'soon',
  },
  { when: /EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/, why: 'no route to the host', patience: 'soon' },
  { when: /ETIMEDOUT/, why: 'no answer: the host does not answer to the connection', patience: 'soon' },
  {
    when: /hadError ?true|Connection aborted|third party/,
    why: 'the connection was closed at the first word: no OPC UA server, or one that is starting or stopping',
    patience: 'soon',
  },
  {
    when: /BadSecurityChecksFailed|BadCertificateUntrusted/,
    why: 'the server does not trust our certificate: trust {own} there (`gemel trust --own` prints it)',
    patience: 'patient',
  },
  {
    when: /BadCertificateUriInvalid/,
    why: 'the server refused our certificate {own}: its application URI does not fit',
    patience: 'patient',
  },
  {
    when: /BadCertificateTimeInvalid/,
    why: 'the server finds our certificate {own} out of date; compare the clocks',
    patience: 'patient',
  },
  {
    when: /BadCertificate\w+/,
    why: 'the server refused our certificate {own}: {status}',
    patience: 'patient',
  },
  {
    when: /BadUserAccessDenied|BadIdentityTokenRejected|BadIdentityTokenInvalid|BadUserSignatureInvalid/,
    why: 'the server refused the login of {user}: wrong name or password, or not allowed ({status})',
    patience: 'slow',
  },
  {
    when: /BadTooManySessions/,
    why: 'the server has no session left for us (BadTooManySessions): raise its limit or close other clients',
    patience: 'patient',
  },
  { when: /BadTooManySubscriptions/, why: 'the server has no subscription left for us', patience: 'patient' },
  { when: /BadSecurityPolicyRejected/, why: 'the server refused the security policy', patience: 'patient' },
  {
    when: /BadTcpEndpointUrlInvalid/,
    why: 'the server does not know this address as its own; use the one it announces',
    patience: 'patient',
  },
  { when: /BadServerHalted|BadShutdown/, why: 'the server is shutting down', patience: 'soon' },
  { when: /BadSession\w+/, why: 'the server ended the session ({status})', patience: 'soon' },
  { when: /BadSecureChannel\w+/, why: 'the server ended the secure channel ({status})', patience: 'soon' },
  { when: /timed out|Timeout/i, why: 'the server did not answer in time', patience: 'soon' },
  {
    when: /ECONNRESET|EPIPE|premature|ECONNABORTED|aborted|Secure Channel Closed|No SecureChannel|Connection Break|socket is closed|rejected by server/i,
    why: 'the server closed the connection',
    patience: 'soon',
  },
];

export interface LossContext {
  /** The file of our certificate. */
  readonly own: string;
  /** Who we log in as. */
  readonly user: string;
}

export function explain(error: unknown, { own, user }: LossContext): Loss {
  if (error instanceof Refusal) return { why: error.message, patience: error.patience };
  const message = error instanceof Error ? error.message : String(error);
  const status = /Bad[A-Z]\w+/.exec(message)?.[0] ?? '';
  for (const rule of rules) {
    if (!rule.when.test(message)) continue;
    const why = rule.why.replace('{own}', own).replace('{user}', user).replace('{status}', status);
    return { why, patience: rule.patience };
  }
  return { why: message.replace(/\s+/g, ' ').trim().slice(0, 300), patience: 'soon' };
}
