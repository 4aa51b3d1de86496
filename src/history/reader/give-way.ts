// Puts the thread that calls it behind the others of the process where the processor is short: a question can wait, a
// tick cannot. Where the system has no such thing, nothing is changed.
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Of `nice`: a tenth of the share of a thread at 0. */
const behind = 10;

export function giveWay(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (thread > 0) setPriority(thread, behind);
  } catch {
    // No Linux, or not allowed: as fair as the system makes it.
  }
}
