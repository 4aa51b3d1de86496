// What people are told of the history: once when it begins, once when it is over. In words that say what it means and
// what to do.

import type { GatewayEvent } from '../../ports/event.ts';
import type { Clock } from '../../ports.ts';
import type { Left } from '../commit.ts';
import type { Trouble } from './desk.ts';

export interface News {
  trouble(trouble: Trouble, waiting: number): void;
  /** Samples find no room any more. */
  dropping(): void;
  /** `othersDropped`: events, acts and the like. */
  well(dropped: number, othersDropped: number): void;
  opened(left: Left): void;
}

export function createNews(clock: Clock, samplesMax: number, tell: (event: GatewayEvent) => void): News {
  let told: Trouble['state'] | undefined;
  let sinceMs = 0;
  let droppedBefore = 0;
  let othersBefore = 0;
  let isDropping = false;
  const say = (kind: GatewayEvent['kind'], text: string, details: GatewayEvent['details'] = {}) =>
    tell({ kind, timeMs: clock.nowMs(), text, details });
  const limit = samplesMax.toLocaleString('en');

  return {
    trouble({ state, why, againInMs }, waiting) {
      if (state === told) return;
      if (told === undefined) sinceMs = clock.monotonicMs();
      told = state;
      const meanwhile = `samples wait in memory, at most ${limit}, and what waits is not acknowledged`;
      if (state === 'full') {
        say('history-full', `no room for the history: ${why}; ${meanwhile}. Make room on the disk`, {
          waiting,
        });
      } else {
        const again = againInMs > 0 ? `it is tried again in ${againInMs / 1000} s; ` : '';
        say('history-failed', `the history is not written: ${why}; ${again}${meanwhile}`, { waiting });
      }
    },
    dropping() {
      if (isDropping) return;
      isDropping = true;
      if (told === undefined) sinceMs = clock.monotonicMs();
      const text = `${limit} samples wait for the history: from now on samples are not kept, and not acknowledged; the twins go on`;
      say('history-full', text, { waiting: samplesMax });
    },
    well(dropped, othersDropped) {
      if (told === undefined && !isDropping) return;
      const forS = Math.round((clock.monotonicMs() - sinceMs) / 1000);
      const lost = dropped - droppedBefore;
      const lacks = lost === 0 ? 'nothing is missing' : `${lost} samples of it are missing`;
      const others = othersDropped === othersBefore ? '' : '; so are events of that time';
      say('history-recovered', `the history is written again after ${forS} s; ${lacks}${others}`, {
        forS,
        lost,
      });
      othersBefore = othersDropped;
      droppedBefore = dropped;
      told = undefined;
      isDropping = false;
    },
    opened({ quarantined }) {
      if (quarantined === undefined) return;
      const { file, why } = quarantined;
      const text = `the history file was damaged (${why}) and was put aside as ${file}; a new one is used. Keep the old one: what can be read of it is not lost`;
      say('history-quarantined', text, { file });
    },
  };
}
