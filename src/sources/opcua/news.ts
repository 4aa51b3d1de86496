// What a source says about its link: each thing once, however often it happens.
import type { LinkState, Log } from '../../ports.ts';
import { factsOf, readable, timeText } from './security/certificate.ts';
import type { OwnCertificate } from './security/own-certificate.ts';

export interface News {
  state(): { readonly link: LinkState; readonly reason: string };
  connecting(): void;
  readonly up: () => void;
  /** `lasted`: it had been up for long enough to be worth a new word. */
  down(why: string, lasted: boolean): void;
  stopped(): void;
  readonly remark: (text: string) => void;
  ownCertificate(own: OwnCertificate): void;
}

const remarksMax = 100;
/** In a row that did not last: a server that takes us in and throws us out would fill the disk with it. */
const upsTold = 3;
const soonMs = 30 * 86_400_000;

export function newNews(source: string, url: string, log: Log): News {
  const fields = { source, url };
  const remarked = new Set<string>();
  /** Since the link last held: reasons why it was lost, and how often it came. */
  const told = new Set<string>();
  let ups = 0;
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
      ups++;
      const more = ups < upsTold ? '' : '; that it comes and goes is not told again until it lasts';
      if (ups <= upsTold) log.info(fields, `connected to the OPC UA server${more}`);
      turn('up', '');
    },
    down(why, lasted) {
      if (lasted) {
        told.clear();
        ups = 0;
      }
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
        log.warn({ ...fields, file, sha1: readable(sha1), until: timeText(notAfterMs) }, words);
      }
      if (notAfterMs - Date.now() < soonMs && once('expiry')) {
        log.warn(
          { ...fields, file, until: timeText(notAfterMs) },
          'the certificate of this gateway runs out soon: servers will refuse it then',
        );
      }
    },
  };
}
