// `gemel run` with an OPC UA source on a thread of its own, against a server in another process: data, a server that
// dies and returns, a stop in order.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LedgerRow } from '../../../src/ports.ts';
import { listKept, trustCertificate } from '../../../src/sources/opcua/security/pki.ts';
import { stateDir, useCleanUp } from '../../broker/fixture.ts';
import { poll } from '../../poll.ts';
import { freePort } from '../../ports.ts';
import { launchText, type RunningGateway } from '../../running-gateway.ts';
import { makeCertificate } from './certificates.ts';
import { tickNode } from './far-server.ts';
import { newStage, useStage } from './stage.ts';

useStage();
useCleanUp();

const deadlineMs = 30_000;
const password = 'a-word-that-nobody-else-knows';

async function launch(port: number): Promise<{ gateway: RunningGateway; pkiDir: string }> {
  const dir = await stateDir();
  const metricsPort = await freePort();
  const text = `version: 1
site: test
stateDir: ./kept
log: { level: debug }
broker: { port: 0 }
metrics: { port: ${metricsPort} }
sources:
  cnc:
    type: opcua
    url: opc.tcp://127.0.0.1:${port}
    thread: own
    publishingMs: 50
    username: operator
    password: \${env:CNC_PASSWORD}
    tags: { counter: "${tickNode}", missing: "ns=1;s=Missing" }
machines:
  mill-1:
    model: mill
    signals: { spindle.speed: cnc/counter }
`;
  const gateway = await launchText(text, metricsPort, { dir, env: { CNC_PASSWORD: password } });
  return { gateway, pkiDir: join(dir, 'kept', 'pki') };
}

test('on a thread of its own: frames from its samples, a loss that is told, a stop in order', {
  timeout: 4 * deadlineMs,
}, async () => {
  const stage = await newStage();
  const users = { operator: password };
  const server = await stage.serveFar({ users });
  const { gateway, pkiDir } = await launch(stage.port);
  const isGood = async (good: number) =>
    (await gateway.metric('gemel_signal_good{machine="mill-1",signal="spindle.speed"}')) === good;
  await gateway.said('is not trusted');
  const [kept] = await poll('the certificate', async () => {
    const all = await listKept(pkiDir, 'rejected');
    return all.length > 0 ? all : undefined;
  });
  await trustCertificate(pkiDir, kept!.certificate);
  await poll('good frames', () => isGood(1), deadlineMs);
  expect(await gateway.metric('gemel_source_up{source="cnc"}')).toBe(1);
  const received = 'gemel_samples_received_total{source="cnc"}';
  await poll('twenty samples', async () => (await gateway.metric(received)) > 20, deadlineMs);
  await gateway.said('1 of 2 nodes; 1 refused: BadNodeIdUnknown: missing');

  await server.kill();
  await gateway.said('source cnc is down');
  await poll('frames that are not good', () => isGood(0), deadlineMs);
  await stage.serveFar({ users });
  await poll('good frames again', () => isGood(1), deadlineMs);

  expect(await gateway.stop()).toBe(0);
  const last = gateway.lines().at(-1)!;
  expect(last).toMatchObject({ msg: 'stopped', left: [] });
  const { stored, rejected, ...ledger } = last['ledger'] as LedgerRow;
  expect(stored).toBeGreaterThan(20);
  // All that the thread sent went through the loop before it ended.
  expect(stored).toBe(ledger.received - Object.values(rejected).reduce((sum, count) => sum + count, 0));
  expect(gateway.out() + gateway.err()).not.toContain(password);
});

test('a start that fails ends the process, also when threads are loaded that were never started', {
  timeout: 4 * deadlineMs,
}, async () => {
  const dir = await stateDir();
  const { file } = await (await makeCertificate({ name: 'user' })).write(dir);
  const { key } = await (await makeCertificate({ name: 'stranger' })).write(dir);
  const metricsPort = await freePort();
  const source = `type: opcua, url: "opc.tcp://127.0.0.1:${await freePort()}", thread: own, tags: { a: "ns=1;s=a" }`;
  const text = `version: 1
site: test
stateDir: ./kept
broker: { port: 0 }
metrics: { port: ${metricsPort} }
sources:
  cnc: { ${source}, userCertificate: ${file}, userKey: ${key} }
  other: { ${source} }
machines: { mill-1: { model: mill, signals: { spindle.speed: cnc/a } } }
`;
  const gateway = await launchText(text, metricsPort, { dir });
  expect(await gateway.ended()).toBe(2);
  expect(gateway.err()).toContain('it does not belong to the certificate');
});
