// What a source says about its link: each thing once, however often it happens.
import type { LinkState, Log } from '../../ports.ts';
import { factsOf, readable } from './certificate.ts';
import type { OwnCertificate } from './own-certificate.ts';

export interface News {
  state(): { readonly link: LinkState; readonly reason: string };
  connecting(): void;
  readonly up: () => void;
  down(why: string): void;
  stopped(): void;
  readonly remark: (text: string) => void;
  ownCertificate(own: OwnCertificate): void;
}

const remarksMax = 100;
const soonMs = 30 * 86_400_000;

export function newNews(source: string, url: string, log: Log): News {
  const fields = { source, url };
  const remarked = new Set<string>();
  /** Reasons of the present outage. */
  const told = new Set<string>();
  let link: LinkState = 'stopped';
  let reason = '';
  const turn = (next: LinkState, why: string) => {
    link = next;
    reason = why;
  };
  const once = (text: string): boolean => {
    if (remarked.has(text) || remarked.size >= remarksMax) return false;
    remarked.add(text);
    return true;
  };
  return {
    state: () => ({ link, reason }),
    connecting: () => turn('connecting', ''),
    up() {
      if (link !== 'up') log.info(fields, 'connected to the OPC UA server');
      told.clear();
      turn('up', '');
    },
    down(why) {
      if (!told.has(why) && told.size < remarksMax) {
        log.warn({ ...fields, reason: why }, 'the OPC UA server is away');
        told.add(why);
      }
      turn('down', why);
    },
    stopped: () => turn('stopped', ''),
    remark(text) {
      if (once(text)) log.info(fields, text);
    },
    ownCertificate({ chain, file, made }) {
      const { sha1, notAfterMs } = factsOf(chain[0]!);
      if (made !== '' && once(sha1)) {
        const words = `made a certificate for this gateway (${made}); servers that ask for trust must be given it`;
        log.warn({ ...fields, file, sha1: readable(sha1), until: new Date(notAfterMs).toISOString() }, words);
      }
      if (notAfterMs - Date.now() < soonMs && once('expiry')) {
        log.warn(
          { ...fields, file, until: new Date(notAfterMs).toISOString() },
          'the certificate of this gateway runs out soon: servers will refuse it then',
        );
      }
    },
  };
}
