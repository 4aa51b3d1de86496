// What people read when a server cannot be reached: a sentence, never the library's words.
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { backoffs } from '../../../src/sources/opcua/backoff.ts';
import { explain, Refusal } from '../../../src/sources/opcua/refusal.ts';
import { opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';
import { freePort } from '../../ports.ts';
import { newStage, open, useStage } from './stage.ts';

useStage();

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Something that listens and is no OPC UA server. */
async function listen(onCall: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onCall(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `opc.tcp://127.0.0.1:${(server.address() as { port: number }).port}`;
}

describe('the reason of a source that cannot connect', () => {
  test.each([
    [
      'nothing listens',
      async () => `opc.tcp://127.0.0.1:${await freePort()}`,
      'connection refused: nothing listens there',
    ],
    [
      'no such host',
      async () => 'opc.tcp://no-such-host.invalid:4840',
      'the name of the host cannot be resolved',
    ],
    [
      'a web server',
      () => listen((socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
      'the connection was closed at the first word: no OPC UA server, or one that is starting or stopping',
    ],
    [
      'one that hangs up',
      () => listen((socket) => socket.destroy()),
      'the connection was closed at the first word: no OPC UA server, or one that is starting or stopping',
    ],
    ['one that says nothing', () => listen(() => {}), 'the server does not answer'],
  ])('%s', async (_name, where, reason) => {
    const stage = await newStage();
    const { source, feed, down } = stage.source({ ...open, url: await where(), silenceS: 1 });
    await source.start(feed);
    await down(/./);
    expect(source.health()).toMatchObject({ link: 'down', reason });
    expect(feed.samples).toEqual([]);
  });
});

describe('errors in words', () => {
  const context = { own: '/pki/own.pem', user: 'user "a"' };
  test.each([
    ['connect EHOSTUNREACH 10.0.0.7:4840', 'no route to the host', 'soon'],
    [
      'The connection has been rejected by server: BadSecurityChecksFailed (0x80130000)',
      'the server does not trust our certificate: trust /pki/own.pem there (`gemel trust --own` prints it)',
      'patient',
    ],
    [
      'BadCertificateUseNotAllowed',
      'the server refused our certificate /pki/own.pem: BadCertificateUseNotAllowed',
      'patient',
    ],
    [
      'BadUserAccessDenied (0x801f0000)',
      'the server refused the login of user "a": wrong name or password, or not allowed (BadUserAccessDenied)',
      'slow',
    ],
    ['Transaction has timed out ( timeout = 10000 ms )', 'the server did not answer in time', 'soon'],
    ['premature socket termination', 'the server closed the connection', 'soon'],
    ['BadSessionIdInvalid', 'the server ended the session (BadSessionIdInvalid)', 'soon'],
    ['something\n  nobody knows', 'something nobody knows', 'soon'],
  ] as const)('%s', (message, why, patience) => {
    expect(explain(new Error(message), context)).toEqual({ why, patience });
  });

  test('what we refuse ourselves is said as it is', () => {
    expect(explain(new Refusal('BadTooManySessions is a word of it'), context)).toEqual({
      why: 'BadTooManySessions is a word of it',
      patience: 'patient',
    });
  });

  test('a wrong login is tried rarely: servers lock accounts', () => {
    expect(backoffs.slow.minMs).toBeGreaterThanOrEqual(10_000);
    expect(backoffs.soon.maxMs).toBeLessThanOrEqual(1_500);
  });
});

test.each([
  [
    'a certificate without its key',
    { security: { certificate: 'a.pem' } },
    'certificate and key go together',
  ],
  [
    'a user certificate without its key',
    { userCertificate: 'a.pem' },
    'userCertificate and userKey go together',
  ],
  ['two ways to log in', { userCertificate: 'a.pem', userKey: 'a.key', username: 'a' }, 'not with both'],
])('the configuration refuses %s', (_name, more, words) => {
  const config = { type: 'opcua', url: 'opc.tcp://127.0.0.1:4840', tags: { a: 'i=2258' }, ...more };
  const result = opcuaSourceSchema.safeParse(config);
  expect(result.error?.issues.map(({ message }) => message).join()).toContain(words);
});
