// A browser joins the embedded broker over WebSocket: from a page of this machine it may, from elsewhere not.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { createEmbeddedBroker, type EmbeddedBroker } from '../../src/broker/embedded.ts';
import { embeddedBrokerSchema } from '../../src/broker/schema.ts';
import { poll } from '../poll.ts';
import { tempDir } from '../ports.ts';
import { keptLog } from '../silent-log.ts';

const library = readFileSync(new URL('../../node_modules/mqtt/dist/mqtt.min.js', import.meta.url));
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const ended: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

/** The page tells what happened to it by posting to where it came from. */
function page(websocketPort: number): string {
  return `<!doctype html><script src="/mqtt.js"></script><script>
const tell = (what) => fetch('/told', { method: 'POST', body: what });
const client = mqtt.connect('ws://127.0.0.1:${websocketPort}', { reconnectPeriod: 0 });
client.on('connect', () => client.subscribe('gemel/#'));
client.on('message', (topic, payload) => tell(topic + ' ' + payload));
client.on('close', () => tell('closed'));
client.on('error', (error) => tell('error ' + error.message));
</script>`;
}

async function serve(html: () => string): Promise<{ port: number; told: string[] }> {
  const told: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/told') told.push(await text(request));
    if (request.url === '/mqtt.js') response.end(library);
    else response.setHeader('content-type', 'text/html').end(request.url === '/' ? html() : '');
  };
  const server: Server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ended.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, told };
}

async function browse(url: string, more: string[] = []): Promise<void> {
  const profile = await tempDir();
  const child: ChildProcess = spawn('chromium', [...flags, ...more, `--user-data-dir=${profile.path}`, url], {
    stdio: 'ignore',
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  ended.push(async () => {
    child.kill('SIGKILL');
    await gone;
    // Chromium's own children may still be writing there for a moment.
    await poll(
      'the profile to go',
      async () =>
        await profile.remove().then(
          () => true,
          () => false,
        ),
    );
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
}

async function broker(): Promise<EmbeddedBroker> {
  const dir = await tempDir();
  const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
  const config = embeddedBrokerSchema.parse({ port: 0, websocketPort: 0 });
  const one = createEmbeddedBroker(config, { stateDir: dir.path, log: keptLog(), clock });
  await one.start();
  ended.push(async () => {
    await one.stop();
    await dir.remove();
  });
  const done = new Promise((resolve) =>
    one.publish('gemel/hall-3/status', '{"state":"online"}', { qos: 1, retain: true }, resolve),
  );
  await done;
  return one;
}

describe('a page in Chromium', () => {
  it('of this machine receives what the gateway publishes', async () => {
    const { address } = await broker();
    const { port, told } = await serve(() => page(address.websocketPort!));
    await browse(`http://127.0.0.1:${port}/`);
    await poll('a message in the browser', () => told.includes('gemel/hall-3/status {"state":"online"}'));
  });

  it('of another site is refused', async () => {
    const one = await broker();
    const { port, told } = await serve(() => page(one.address.websocketPort!));
    // The same server under a foreign name: what a page that somebody lured us to would be.
    await browse(`http://evil.example:${port}/`, [`--host-resolver-rules=MAP evil.example 127.0.0.1`]);
    await poll('a refusal', () => told.includes('closed'));
    expect(told.some((line) => line.startsWith('gemel/'))).toBe(false);
  });
});
