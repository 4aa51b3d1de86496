import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEmbeddedBroker } from '../../src/broker/embedded.ts';
import { hashPassword } from '../../src/broker/password.ts';
import { embeddedBrokerSchema } from '../../src/broker/schema.ts';
import { gemel } from '../gemel-process.ts';
import { freePort, tempDir } from '../ports.ts';
import { keptLog } from '../silent-log.ts';

let dir: { path: string; remove: () => Promise<void> };
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(() => dir.remove());

const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

async function brokerWithUser() {
  const passwordHash = await hashPassword('the right one');
  const config = embeddedBrokerSchema.parse({
    port: 0,
    users: [{ name: 'gemel', passwordHash, role: 'admin' }],
  });
  const broker = createEmbeddedBroker(config, { stateDir: join(dir.path, 'peer'), log: keptLog(), clock });
  await broker.start();
  return broker;
}

async function check(yaml: string) {
  const file = join(dir.path, 'gemel.yaml');
  writeFileSync(file, `version: 1\n${yaml}`);
  const one = gemel(['check', '--connect', '--json', file], { env: { PASSWORD: 'the right one' } });
  const code = await one.ended();
  const { connections } = JSON.parse(one.out()) as {
    connections: { what: string; ok: boolean; reason: string }[];
  };
  return { code, trials: connections };
}

describe('gemel check --connect', () => {
  it('tells a right password from a wrong one, and an absent broker from both', async () => {
    const broker = await brokerWithUser();
    const metrics = await freePort();
    const url = `mqtt://127.0.0.1:${broker.address.port}`;
    const yaml = (password: string, to = url) =>
      `broker: { url: "${to}", username: gemel, password: "${password}" }\nmetrics: { port: ${metrics} }\n`;
    try {
      const right = await check(yaml('${env:PASSWORD}'));
      expect(right).toMatchObject({ code: 0, trials: [{ ok: true }, { ok: true }] });
      const wrong = await check(yaml('another'));
      expect(wrong.code).toBe(1);
      expect(wrong.trials[0]).toMatchObject({
        ok: false,
        reason: expect.stringMatching(/not authorized|password/i),
      });
      const absent = await check(yaml('another', `mqtt://127.0.0.1:${await freePort()}`));
      expect(absent.trials[0]).toMatchObject({ ok: false, reason: expect.stringContaining('ECONNREFUSED') });
      expect(broker.stats().sessions).toBe(0);
    } finally {
      await broker.stop();
    }
  });

  it('says that a port is taken and that no OPC UA server answers', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const opcua = await freePort();
    const { code, trials } = await check(
      `broker: { port: ${port} }\nmetrics: { enabled: false }\n` +
        `sources: { cnc: { type: opcua, url: "opc.tcp://127.0.0.1:${opcua}", tags: { a: "ns=1;s=a" } } }\n`,
    );
    await new Promise((resolve) => taken.close(resolve));
    expect(code).toBe(1);
    expect(trials.map((trial) => trial.ok)).toEqual([false, false]);
    expect(trials[0]!.reason).toMatch(/^the port is in use\. .*set another port at broker\.port\.$/);
  });
});
