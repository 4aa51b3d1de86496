// kill -9 of a process with the embedded broker, under load: what it has acknowledged is there after.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { cleanUp, hear, peer, returning, stateDir, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';

const script = fileURLToPath(new URL('./broker-process.ts', import.meta.url));

async function launch(dir: string): Promise<{ child: ChildProcess; port: number; stderr: () => string }> {
  const child = fork(script, [dir], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  cleanUp(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [message] = (await once(child, 'message')) as [{ port: number }];
  return { child, port: message.port, stderr: () => stderr };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('kill -9', () => {
  useCleanUp();

  test('retained messages, sessions and their queues survive, as far as they were acknowledged', async () => {
    const dir = await stateDir();
    const acknowledged = { queue: [] as number[], retained: new Map<string, number>() };
    let next = 0;
    for (let round = 0; round < 4; round++) {
      const { child, port } = await launch(dir);
      if (round === 0) {
        const absent = await peer(port, { clientId: 'absent', clean: false });
        await absent.subscribeAsync('q/#', { qos: 1 });
        await absent.endAsync();
      }
      const sender = await peer(port);
      const enough = acknowledged.queue.length + 150 + 60 * round;
      let waiting = 0;
      while (acknowledged.queue.length < enough) {
        for (; waiting < 60; waiting++) {
          const number = next++;
          const topic = `kept/${number % 25}`;
          sender.publish('q/a', `${number}`, { qos: 1 }, (error) => {
            waiting--;
            if (!error) acknowledged.queue.push(number);
          });
          sender.publish(topic, `${number}`, { qos: 1, retain: true }, (error) => {
            if (!error) acknowledged.retained.set(topic, number);
          });
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      // In the midst of it: the last messages are on their way.
      await kill(child);
    }
    const { port, stderr } = await launch(dir);
    const { heard } = returning(port, 'absent');
    const last = acknowledged.queue.at(-1)!;
    await poll('the last acknowledged', () => heard.some(({ payload }) => Number(payload) >= last));
    const arrived = heard.map(({ payload }) => Number(payload));
    const missing = acknowledged.queue.filter((number) => !arrived.includes(number));
    expect(missing).toEqual([]);
    expect(arrived).toEqual([...new Set(arrived)].sort((a, b) => a - b));
    const reader = await peer(port);
    const retained = hear(reader);
    await reader.subscribeAsync('kept/#');
    await poll('the retained ones', () => retained.length >= acknowledged.retained.size);
    for (const { topic, payload } of retained) {
      expect(Number(payload)).toBeGreaterThanOrEqual(acknowledged.retained.get(topic) ?? 0);
    }
    expect(stderr()).toBe('');
  });

  test('control: a process with another folder has none of it', async () => {
    const first = await launch(await stateDir());
    const absent = await peer(first.port, { clientId: 'absent', clean: false });
    await absent.subscribeAsync('q/#', { qos: 1 });
    await absent.endAsync();
    const sender = await peer(first.port);
    await sender.publishAsync('q/a', 'x', { qos: 1, retain: true });
    await kill(first.child);
    const second = await launch(await stateDir());
    const { client, heard } = returning(second.port, 'absent');
    await client.subscribeAsync('q/#', { qos: 1 });
    await client.publishAsync('other', 'x', { qos: 1 });
    expect(heard).toEqual([]);
  });

  test('the last will of a client whose broker was killed is published by the next', async () => {
    const dir = await stateDir();
    const first = await launch(dir);
    await peer(first.port, {
      clientId: 'device',
      will: { topic: 'device/status', payload: Buffer.from('gone'), qos: 1, retain: true },
    });
    await kill(first.child);
    const second = await launch(dir);
    const reader = await peer(second.port);
    const heard = hear(reader);
    await reader.subscribeAsync('device/status', { qos: 1 });
    await poll('the will', () => heard.some(({ payload }) => payload === 'gone'), 60_000);
  });
});
