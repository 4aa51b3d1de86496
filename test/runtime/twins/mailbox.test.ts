// The folder through which somebody on the same host reaches the gateway: each request is done once, or not at all, and
// whoever asked is told which.
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { readdir, readFile, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { askGateway } from '../../../src/runtime/twins/ask.ts';
import { createMailbox, mailboxOf } from '../../../src/runtime/twins/mailbox.ts';
import { claim, isRunning, release, whileOffline } from '../../../src/runtime/twins/presence.ts';
import type { TwinAnswer, TwinRequest } from '../../../src/runtime/twins/request.ts';
import { cleanUp, stateDir, useCleanUp } from '../../broker/fixture.ts';
import { poll } from '../../poll.ts';
import { keptLog } from '../../silent-log.ts';

useCleanUp();

const wish = { kind: 'replaced', machine: 'mill-1', component: 'tool.3' } as const;
const granted: TwinAnswer = { ok: true, text: 'done', changes: [], version: 1 };

async function openMailbox(fulfil: (request: TwinRequest) => Promise<TwinAnswer> = async () => granted) {
  const folder = mailboxOf(await stateDir());
  const log = keptLog();
  const done: TwinRequest[] = [];
  const mailbox = createMailbox({
    ...{ folder, log, nowMs: () => Date.now(), everyMs: 10 },
    fulfil(request) {
      done.push(request);
      return fulfil(request);
    },
  });
  await mailbox.open();
  cleanUp(() => mailbox.close());
  return { folder, done, log, mailbox };
}

/** As another program would put it there. */
async function drop(folder: string, name: string, content: string): Promise<TwinAnswer> {
  writeFileSync(join(folder, `${name}.request`), content);
  const file = join(folder, `${name}.answer`);
  await poll('an answer', () => existsSync(file));
  return JSON.parse(await readFile(file, 'utf8')) as TwinAnswer;
}

describe('a request', () => {
  test('is done once and answered, and nothing of it is left; only the owner may look', async () => {
    const { folder, done } = await openMailbox();
    const answers = await Promise.all([
      askGateway(folder, wish),
      askGateway(folder, { ...wish, component: 'bearing' }),
    ]);
    expect(answers).toEqual([granted, granted]);
    expect(new Set(done.map((request) => request.kind === 'replaced' && request.component))).toEqual(
      new Set(['bearing', 'tool.3']),
    );
    await poll('an empty folder', async () => (await readdir(folder)).join() === 'alive');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'alive')).mode & 0o777).toBe(0o600);
  });

  test('that throws is answered with why, and the next one is done', async () => {
    let first = true;
    const { folder, log } = await openMailbox(async () => {
      if (!first) return granted;
      first = false;
      throw new Error('a defect');
    });
    expect(await askGateway(folder, wish)).toEqual({ ok: false, why: 'a defect' });
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', message: 'a request failed' });
    expect(await askGateway(folder, wish)).toEqual(granted);
  });

  test.each([
    ['no JSON', 'garbage'],
    ['of no kind', JSON.stringify({ v: 1, sentMs: Date.now(), machine: 'm', kind: 'explode' })],
    ['with more than it may say', JSON.stringify({ ...wish, v: 1, sentMs: Date.now(), extra: 1 })],
    ['of another form', JSON.stringify({ ...wish, v: 2, sentMs: Date.now() })],
    ['too large', JSON.stringify({ ...wish, v: 1, sentMs: Date.now(), component: 'x'.repeat(100_000) })],
  ])('that is %s is refused with an answer', async (_, content) => {
    const { folder, done } = await openMailbox();
    const answer = await drop(folder, 'odd', content);
    expect(answer).toMatchObject({
      ok: false,
      why: expect.stringContaining('does not understand') as string,
    });
    expect(done).toEqual([]);
  });

  test('that waited for too long is not done any more', async () => {
    const { folder, done } = await openMailbox();
    const answer = await drop(folder, 'old', JSON.stringify({ ...wish, v: 1, sentMs: Date.now() - 120_000 }));
    expect(answer).toMatchObject({
      ok: false,
      why: expect.stringMatching(/^the request is 12\d s old$/) as string,
    });
    expect(done).toEqual([]);
  });

  test('that nobody takes is withdrawn', async () => {
    const { folder, mailbox } = await openMailbox();
    await mailbox.close();
    await expect(askGateway(folder, wish, 50)).rejects.toMatchObject({ code: 'GEM_REQUEST_UNANSWERED' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('of any other name is no request, and answers that nobody came for are swept', async () => {
    const { folder, done } = await openMailbox();
    writeFileSync(join(folder, 'note.txt'), 'mine');
    writeFileSync(join(folder, 'left.answer'), '{}');
    const long = new Date(Date.now() - 3_600_000);
    await utimes(join(folder, 'left.answer'), long, long);
    await poll('it is swept', () => !existsSync(join(folder, 'left.answer')));
    expect(existsSync(join(folder, 'note.txt'))).toBe(true);
    expect(done).toEqual([]);
  });
});

describe('who has the memory', () => {
  const ours = async () => {
    const { folder, mailbox } = await openMailbox();
    await mailbox.close();
    return folder;
  };
  const sign = (pid: number, host: string) => JSON.stringify({ pid, host });

  test('a gateway that was killed has it no more; one on another host has it while it shows it', async () => {
    const folder = await ours();
    const file = join(folder, 'alive');
    expect(await isRunning(folder)).toBe(false);
    writeFileSync(file, sign(4_000_000, hostname()));
    expect(await isRunning(folder)).toBe(false);
    writeFileSync(file, sign(1, 'elsewhere'));
    expect(await isRunning(folder)).toBe(true);
    const long = new Date(Date.now() - 60_000);
    await utimes(file, long, long);
    expect(await isRunning(folder)).toBe(false);
  });

  test('a gateway does not start beside one that goes on showing it', async () => {
    const folder = await ours();
    const file = join(folder, 'alive');
    writeFileSync(file, sign(process.ppid, hostname()));
    const timer = setInterval(() => void utimes(file, new Date(), new Date()), 20);
    await expect(claim(folder)).rejects.toMatchObject({ code: 'GEM_STATE_LOCKED' });
    clearInterval(timer);
    // A number that another process has now: it shows nothing.
    await claim(folder, 200);
    await release(folder);
  });

  test('a command has it alone, and gives way to a gateway', async () => {
    const folder = await ours();
    expect(await whileOffline(folder, async () => 1)).toBe(1);
    writeFileSync(join(folder, 'offline'), sign(process.ppid, hostname()));
    await expect(whileOffline(folder, async () => 2)).rejects.toMatchObject({ code: 'GEM_STATE_LOCKED' });
    await expect(claim(folder, 200)).rejects.toMatchObject({ code: 'GEM_STATE_LOCKED' });
    writeFileSync(join(folder, 'offline'), sign(4_000_000, hostname()));
    writeFileSync(join(folder, 'alive'), sign(1, 'elsewhere'));
    expect(await whileOffline(folder, async () => 3)).toBeUndefined();
    expect(existsSync(join(folder, 'offline'))).toBe(false);
  });
});
