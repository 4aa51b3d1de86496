// A network that drops the link again and again: nothing is lost, nothing piles up.
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createBrokerLink } from '../../src/broker/link.ts';
import { externalBrokerSchema } from '../../src/broker/schema.ts';
import { cleanUp, peer, realClock, startBroker, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { keptLog } from '../silent-log.ts';

const FLAPS = 60;

/** Passes bytes on until it is told to drop all connections. */
async function cable(toPort: number) {
  const ends = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(toPort, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        ends.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pull = (): void => {
    for (const end of ends) end.destroy();
  };
  cleanUp(() => {
    pull();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, pull };
}

const sockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

describe('a flapping link', () => {
  useCleanUp();

  test(`${FLAPS} drops under QoS 1 load: every acknowledged message arrives, no socket is left behind`, async () => {
    const { port } = await startBroker();
    const { port: cablePort, pull } = await cable(port);
    const config = externalBrokerSchema.parse({
      url: `mqtt://127.0.0.1:${cablePort}`,
      backoffMinS: 0.005,
      backoffMaxS: 0.02,
    });
    const log = keptLog();
    const link = createBrokerLink(config, { clientId: 'gemel-test', log, clock: realClock });
    cleanUp(() => link.stop());
    const seen = new Set<number>();
    link.subscribe('a', 1, (_topic, payload) => {
      seen.add(Number(Buffer.from(payload).toString()));
      return undefined;
    });
    const changes = { up: 0, down: 0, connecting: 0, stopped: 0 };
    link.onLink((state) => changes[state]++);
    await link.start();
    await poll('up', () => changes.up === 1);
    const sender = await peer(port);
    const before = sockets();
    let sent = 0;
    let answered = 0;
    let asked = 0;
    for (let flap = 0; flap < FLAPS; flap++) {
      for (let i = 0; i < 5; i++) await sender.publishAsync('a', `${sent++}`, { qos: 1 });
      for (let i = 0; i < 5; i++) {
        asked++;
        link.publish('out', 'x', { qos: 1, retain: false }, () => answered++);
      }
      pull();
      await poll('down', () => changes.down === flap + 1);
      await sender.publishAsync('a', `${sent++}`, { qos: 1 });
      await poll('up', () => changes.up === flap + 2);
    }
    await poll('all messages', () => seen.size === sent);
    await poll('every publish to be answered', () => answered === asked);
    await poll('the sockets', () => sockets() <= before);
    expect(log.lines.some(({ message }) => /listener/i.test(message))).toBe(false);
  });
});
