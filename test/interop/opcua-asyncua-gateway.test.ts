// The whole gateway on Python's asyncua, encrypted and with a login: nothing flows until each side trusts the
// other, and what flows then stands in the frames. Times, qualities and the return are as for a bare source.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Heard, hear, peer, stateDir, useCleanUp } from '../broker/fixture.ts';
import { gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { launchText, type RunningGateway } from '../running-gateway.ts';
import { bodiesOf, lastOf } from './heard-json.ts';
import { type AsyncuaServer, nodeOf, startAsyncua } from './opcua-asyncua-server.ts';

interface Signal {
  readonly value: number | null;
  readonly quality: string;
  readonly origin: string;
  readonly ageMs: number | null;
  readonly code?: string;
}

interface Frame {
  readonly signals: Record<string, Signal>;
}

interface Health {
  readonly sources: { readonly cnc: { readonly link: string; readonly reason: string } };
}

interface Kept {
  readonly standing: string;
  readonly sha1: string;
  readonly applicationUri: string;
}

const login = { user: 'gateway', password: 'a long one' };
const credentials = `${login.user}:${login.password}`;

/** A mill whose spindle speed is the server's Double, between -100 and 100 in a sine. */
async function startGateway(
  server: AsyncuaServer,
  dir: string,
  more: string,
  env: Record<string, string> = {},
) {
  const [mqttPort, metricsPort] = [await freePort(), await freePort()];
  const text = `version: 1
site: test
stateDir: state
broker: { port: ${mqttPort} }
metrics: { port: ${metricsPort} }
publish: { healthS: 1 }
sources:
  cnc:
    type: opcua
    url: ${server.url}
    publishingMs: 50
    samplingMs: 10
    ${more}
    tags:
      speed: { node: "${nodeOf('Double')}", unit: rpm }
      feed: { node: "${nodeOf('Cycling')}", unit: mm/min }
machines:
  mill-1:
    model: mill
    lagMs: 200
    signals:
      spindle.speed: { tag: cnc/speed, staleMs: 300, missingMs: 1000 }
      cut.feed: cnc/feed
`;
  const gateway = await launchText(text, metricsPort, { dir, env });
  await gateway.said('first frame');
  const watcher = await peer(mqttPort);
  const heard = hear(watcher);
  await watcher.subscribeAsync('gemel/#');
  return { gateway, heard };
}

const frames = (heard: readonly Heard[], name: string) =>
  bodiesOf<Frame>(heard, 'gemel/test/mill-1/frame').map(({ signals }) => signals[name]!);

const sourceOf = (heard: readonly Heard[]) => lastOf<Health>(heard, 'gemel/test/health')?.sources.cnc;

const isFlowing = (heard: readonly Heard[]) => frames(heard, 'spindle.speed').at(-1)?.quality === 'good';

async function trust(gateway: RunningGateway, ...words: string[]): Promise<string> {
  const command = gemel(['trust', '--config', gateway.file, ...words]);
  expect(await command.ended()).toBe(0);
  return command.out();
}

/** The certificate of the gateway becomes a file in the server's folder, as its operator would do it. */
async function letIn(server: AsyncuaServer, gateway: RunningGateway): Promise<void> {
  const pem = await trust(gateway, '--own', '--pem');
  expect(pem).toContain('BEGIN CERTIFICATE');
  writeFileSync(join(server.dir, 'trusted', 'gateway.pem'), pem);
}

describe('the gateway and asyncua', () => {
  useCleanUp();
  const secured = `username: ${login.user}\n    password: \${env:CNC_PASSWORD}`;

  for (const policy of ['Basic256Sha256', 'Aes256_Sha256_RsaPss'] as const) {
    test(`${policy}: refused until both sides trust, then frames; kill -9 and back`, async () => {
      const words = ['--encrypt', '--user', credentials];
      const server = await startAsyncua({ words });
      const security = `security: { policy: ${policy} }\n    ${secured}`;
      const { gateway, heard } = await startGateway(server, await stateDir(), security, {
        CNC_PASSWORD: login.password,
      });
      await poll('the refusal', () => /not trusted/.test(sourceOf(heard)?.reason ?? ''), 40_000);
      const listed = JSON.parse(await trust(gateway, '--json')) as { certificates: Kept[] };
      expect(listed.certificates).toMatchObject([
        { standing: 'rejected', applicationUri: 'urn:gemel:test:asyncua:server' },
      ]);
      expect(frames(heard, 'spindle.speed').filter(({ quality }) => quality !== 'bad')).toEqual([]);

      await trust(gateway, listed.certificates[0]!.sha1);
      const theirs = 'the server does not trust our certificate';
      await poll('the refusal of the other side', () => sourceOf(heard)?.reason.includes(theirs), 40_000);
      expect(sourceOf(heard)?.link).not.toBe('up');
      await letIn(server, gateway);
      await poll('data', () => isFlowing(heard), 40_000);

      // In a row, however often a busy machine made the server late before.
      const newest = () => frames(heard, 'spindle.speed').slice(-30);
      const isYoung = ({ quality, ageMs }: Signal) => quality === 'good' && ageMs! < 150;
      await poll('thirty young frames', () => newest().length === 30 && newest().every(isYoung));
      expect(new Set(newest().map(({ value }) => value)).size).toBeGreaterThan(25);
      await expect
        .poll(() => frames(heard, 'cut.feed').map(({ code }) => code))
        .toEqual(expect.arrayContaining(['BadSensorFailure', 'UncertainLastUsableValue']));

      await server.kill();
      await poll('Bad', () => frames(heard, 'spindle.speed').at(-1)!.quality === 'bad');
      await startAsyncua({ words, port: server.port, dir: server.dir });
      const backMs = performance.now();
      await poll('data again', () => isFlowing(heard));
      expect(performance.now() - backMs).toBeLessThan(5000);
      expect(await gateway.stop()).toBe(0);
    });
  }

  test('a wrong password: down, with the reason, and the password in no line', async () => {
    const server = await startAsyncua({ words: ['--encrypt', '--user', credentials] });
    const wrong = 'not the password';
    const { gateway, heard } = await startGateway(server, await stateDir(), secured, { CNC_PASSWORD: wrong });
    await poll('the refusal', () => /not trusted/.test(sourceOf(heard)?.reason ?? ''), 40_000);
    const listed = JSON.parse(await trust(gateway, '--json')) as { certificates: Kept[] };
    await trust(gateway, listed.certificates[0]!.sha1);
    await letIn(server, gateway);
    await poll('the reason', () => /BadUserAccessDenied|login/i.test(sourceOf(heard)?.reason ?? ''));
    expect(frames(heard, 'spindle.speed').filter(({ quality }) => quality !== 'bad')).toEqual([]);
    expect(`${gateway.out()}${gateway.err()}${JSON.stringify(heard)}`).not.toContain(wrong);
  });
});
