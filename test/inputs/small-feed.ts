// The parts of a feed on virtual time, for what a real gateway does too rarely to wait for.
import { newSourceAccount } from '../../src/runtime/account.ts';
import { createClock } from '../../src/runtime/clock.ts';
import { createInbox } from '../../src/runtime/inbox.ts';
import { createTagTable } from '../../src/runtime/tags.ts';
import { virtualTime } from '../virtual-time.ts';

export function feedParts(inboxSamples: number) {
  const world = virtualTime();
  return {
    world,
    clock: createClock(world.time),
    inbox: createInbox(inboxSamples),
    tags: createTagTable(),
    store: undefined,
    account: newSourceAccount(),
    onDeadLetter() {},
    onTag() {},
  };
}
