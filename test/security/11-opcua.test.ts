// Statement 11: OPC UA without encryption is refused unless allowed, and then said; the
// broken policies as well; never a silent fallback to a weaker endpoint; never a password under None.
import { describe, expect, test } from 'vitest';
import { inspectConfig } from '../../src/config/load.ts';
import { cleanUp, stateDir, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { startRelay } from '../relay.ts';
import { launchGateway, startGateway, ticked } from '../running-gateway.ts';
import { counterNode, startCounterServer } from '../sources/opcua/counter-server.ts';

const password = 'c4n4ry-of-the-cnc';
const env = { CNC_PASSWORD: password };
const login = 'username: operator, password: "${env:CNC_PASSWORD}"';
const broker = '{ port: 0 }';
const cnc = (url: string, more: string) =>
  `  cnc: { type: opcua, url: "${url}", tags: { counter: "${counterNode}" }, ${more} }\n`;
const up = 'gemel_source_up{source="cnc"}';

/** A server that offers None and nothing else, behind a wire that keeps what is said. */
async function weakServer() {
  const port = await freePort();
  const server = await startCounterServer(port, await stateDir());
  cleanUp(() => server.stop());
  const relay = await startRelay(port);
  return { server, relay, url: `opc.tcp://127.0.0.1:${relay.port}` };
}

describe('11: OPC UA without encryption', () => {
  useCleanUp();

  test.each([
    ['that nobody allowed', 'security: { mode: None }'],
    ['with a password, allowed or not', `security: { mode: None, allowNone: true }, ${login}`],
  ])('None %s: refuses to start', async (_name, more) => {
    const relay = await startRelay(1);
    const gateway = await launchGateway({
      broker,
      env,
      sources: cnc(`opc.tcp://127.0.0.1:${relay.port}`, more),
    });
    expect(await gateway.ended()).toBe(2);
    expect(gateway.err()).toMatch(/^gemel: source cnc: .* without encryption \[GEM_OPCUA_INSECURE\]/);
    expect(relay.tries).toEqual([]);
    expect(gateway.out() + gateway.err()).not.toContain(password);
  });

  test.each(['mode: Sign', 'policy: None', 'policy: Basic128', 'policy: Basic192'])(
    '%s is no choice',
    (weak) => {
      const text = `version: 1\nsources:\n${cnc('opc.tcp://127.0.0.1:4840', `security: { ${weak} }`)}`;
      const { problems, loaded } = inspectConfig(text, 'gemel.yaml', { env: {} });
      expect(loaded).toBeUndefined();
      expect(problems).toMatchObject([{ text: expect.stringMatching(/expected .*, found/) as string }]);
    },
  );

  test.each(['Basic128Rsa15', 'Basic256'])(
    '%s, which is broken, refuses to start unless allowed',
    async (policy) => {
      const relay = await startRelay(1);
      const sources = cnc(`opc.tcp://127.0.0.1:${relay.port}`, `security: { policy: ${policy} }`);
      const gateway = await launchGateway({ broker, sources });
      expect(await gateway.ended()).toBe(2);
      expect(gateway.err()).toMatch(
        new RegExp(`^gemel: source cnc: .* ${policy}, .* \\[GEM_OPCUA_DEPRECATED\\]`),
      );
      expect(relay.tries).toEqual([]);
    },
  );

  test('allowed: it connects, says so as a warning', async () => {
    const { server, url } = await weakServer();
    const sources = cnc(url, 'security: { mode: None, allowNone: true }');
    const gateway = await startGateway({ broker, sources });
    await poll('the source', async () => (await gateway.metric(up)) === 1);
    await gateway.said('INSECURE');
    expect(server.sessions()).toBe(1);
    expect(await gateway.metric('gemel_source_insecure{source="cnc"}')).toBe(1);
    const warnings = gateway
      .lines()
      .filter(({ level, msg }) => level === 'warn' && msg.startsWith('INSECURE'));
    expect(warnings).toMatchObject([{ source: 'cnc', url }]);
  });

  test('a server with nothing but None gets no session and no password from a source that wants encryption', async () => {
    const { server, relay, url } = await weakServer();
    const gateway = await startGateway({ broker, env, sources: cnc(url, login) });
    await gateway.said('the OPC UA server is away');
    await poll('another try', () => relay.tries.length >= 3);
    await ticked(gateway, 3);
    expect(await gateway.metric(up)).toBe(0);
    expect(await gateway.metric('gemel_source_insecure{source="cnc"}')).toBe(0);
    expect(server.sessions()).toBe(0);
    expect(relay.said().length).toBeGreaterThan(0);
    expect(relay.said().includes(password)).toBe(false);
    expect(relay.said().includes('operator')).toBe(false);
    const away = gateway.lines().filter(({ msg }) => msg === 'the OPC UA server is away');
    expect(away).toHaveLength(1);
    expect(away[0]?.['reason']).toBe(
      'the server does not offer SignAndEncrypt with Basic256Sha256; it offers None',
    );
  });
});
