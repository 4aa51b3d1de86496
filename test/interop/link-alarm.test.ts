// A source that goes away is one alarm of the machine it feeds, blamed on the way, and it clears when the source is back.
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { cleanUp, peer, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { launchText } from '../running-gateway.ts';

useCleanUp();

const config = (port: number, metricsPort: number, linePort: number) => `version: 1
site: test
broker: { port: ${port} }
metrics: { port: ${metricsPort} }
sources:
  line:
    type: serial
    path: tcp://127.0.0.1:${linePort}
    columns: [winding, housing]
    fields:
      winding: { tag: winding, unit: degC }
      housing: { tag: housing, unit: degC }
machines:
  mill-1:
    model: mill
    signals: { spindle.windingTemp: line/winding, spindle.housingTemp: line/housing }
`;

interface Told {
  readonly state: string;
  readonly cause: string;
  readonly active: boolean;
}

/** A serial server that can be pulled out. */
async function serialServer(port: number) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  const listen = () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const timer = setInterval(() => {
    const line = `${(40 + Math.random() / 10).toFixed(3)},${(30 + Math.random() / 10).toFixed(3)}\n`;
    for (const socket of sockets) socket.write(line);
  }, 50);
  cleanUp(() => {
    clearInterval(timer);
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await listen();
  const pull = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { pull, listen };
}

test('a line that is pulled out and put back', async () => {
  const [port, metricsPort, linePort] = [await freePort(), await freePort(), await freePort()];
  const line = await serialServer(linePort);
  const gateway = await launchText(config(port, metricsPort, linePort), metricsPort);
  await gateway.said('first frame');
  const client = await peer(port);
  const told = new Map<string, Told | undefined>();
  client.on('message', (topic: string, payload: Buffer) => {
    const id = topic.split('/').at(-1)!;
    told.set(id, payload.length === 0 ? undefined : (JSON.parse(payload.toString()) as Told));
  });
  await client.subscribeAsync('gemel/test/mill-1/alarm/#');
  await poll('the line', async () =>
    (await gateway.metric('gemel_source_up{source="line"}')) === 1 ? true : undefined,
  );
  line.pull();
  const away = await poll('the alarm of the line', () => told.get('line.link'));
  expect(away).toMatchObject({ state: 'raised', cause: 'comms', active: true });
  await line.listen();
  await poll('its end', () => (told.get('line.link')?.active === false ? true : undefined));
  expect([...told.keys()]).toEqual(['line.link']);
  expect(await gateway.stop()).toBe(0);
}, 60_000);
