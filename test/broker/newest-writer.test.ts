// Retained messages on their way to the disk: one write of a topic at a time, and the newest stays.
import { expect, test } from 'vitest';
import { createNewestWriter } from '../../src/broker/newest-writer.ts';
import { poll } from '../poll.ts';

/** A disk whose writes end when and as the test says. */
function slowDisk() {
  const begun: string[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const write = createNewestWriter<{ topic: string; value: number }>(({ topic, value }) => {
    begun.push(`${topic}=${value}`);
    const end = Promise.withResolvers<void>();
    ends.push(end);
    return end.promise;
  });
  const done: string[] = [];
  const put = (topic: string, value: number) =>
    write({ topic, value }).then(
      () => done.push(`${topic}=${value}`),
      () => done.push(`${topic}=${value} failed`),
    );
  return { begun, ends, done, put };
}

test('a topic is written by one at a time, with the newest; all are told in their order', async () => {
  const { begun, ends, done, put } = slowDisk();
  const all = [1, 2, 3].map((value) => put('a', value));
  expect(begun).toEqual(['a=1']);
  ends[0]!.resolve();
  await poll('the newest', () => begun.length === 2);
  expect(begun).toEqual(['a=1', 'a=3']);
  const later = put('a', 4);
  ends[1]!.resolve();
  await Promise.all(all);
  expect(done).toEqual(['a=1', 'a=2', 'a=3']);
  await poll('the last', () => begun.length === 3);
  expect(begun).toEqual(['a=1', 'a=3', 'a=4']);
  ends[2]!.resolve();
  await later;
});

test('topics do not wait for each other', async () => {
  const { begun, ends, done, put } = slowDisk();
  const [first, second] = [put('a', 1), put('b', 1)];
  expect(begun).toEqual(['a=1', 'b=1']);
  ends[1]!.resolve();
  await second;
  expect(done).toEqual(['b=1']);
  ends[0]!.resolve();
  await first;
});

test('a write that fails concerns those it was for, and the next one is tried', async () => {
  const { begun, ends, done, put } = slowDisk();
  const all = [put('a', 1), put('a', 2)];
  ends[0]!.reject(new Error('the disk is full'));
  await poll('the next', () => begun.length === 2);
  expect(done).toEqual(['a=1 failed']);
  expect(begun).toEqual(['a=1', 'a=2']);
  ends[1]!.resolve();
  await Promise.all(all);
  expect(done).toEqual(['a=1 failed', 'a=2']);
});
