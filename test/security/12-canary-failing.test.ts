// Statement 12: secrets are references, and nothing the program says holds one: here no error,
// no complaint about a configuration, no dump of it and no crash.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspectConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { cleanUp, useCleanUp } from '../broker/fixture.ts';
import { gemel } from '../gemel-process.ts';
import { type GatewayInput, launchGateway } from '../running-gateway.ts';
import { all, cnc, expectSilent, hideaway, secrets } from './canary.ts';

describe('12: secrets where something is wrong, and where a configuration is printed', () => {
  useCleanUp();

  const external =
    '{ url: "mqtt://gw:${env:CANARY}@127.0.0.1:9", username: "${env:CANARY}", password: "${file:broker.password}"';

  test('starts that fail', async () => {
    const { dir, env } = await hideaway();
    const busy = createServer();
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
    cleanUp(() => busy.close());
    const { port } = busy.address() as { port: number };
    const starts: [GatewayInput, string][] = [
      [{ broker: `${external} }`, env: { ...env, GEMEL_METRICS_PORT: `${port}` } }, 'GEM_PORT_IN_USE'],
      [{ broker: `${external}, tls: { ca: nowhere.pem } }` }, 'GEM_FILE_UNREADABLE'],
      [{ broker: `${external}, tls: { key: broker.password } }` }, 'GEM_FILE_UNREADABLE'],
      [{ broker: `${external} }`, more: 'stateDir: ./gemel.yaml\n' }, 'GEM_STATE_UNWRITABLE'],
      [{ broker: `${external} }`, more: 'brokr: {}\n' }, 'GEM_CONFIG_INVALID'],
      [{ broker: `{ url: "mqtt://gw:%zz${secrets.env}@127.0.0.1:9" }` }, 'GEM_'],
      [{ broker: '{ url: "mqtt://gw:${env:CANARY}@127.0.0.1:99999" }' }, 'GEM_'],
    ];
    for (const [input, code] of starts) {
      const gateway = await launchGateway({ sources: cnc(1), level: 'trace', dir, env, ...input });
      expect([code, await gateway.ended()]).toEqual([code, expect.toBeOneOf([1, 2])]);
      expect(gateway.err()).toContain(code);
      expectSilent(all(gateway));
    }
  });

  /** What anybody would be told of this file, by `run` and by `check`. */
  const told = (text: string, env: Record<string, string> = {}): string => {
    const { problems } = inspectConfig(`version: 1\n${text}`, '/etc/gemel.yaml', { env, preflight: true });
    expect(problems.length).toBeGreaterThan(0);
    return problems.map(formatProblem).join('\n');
  };
  const withPassword = (written: string) => `broker:\n  url: mqtt://b\n  password: ${written}\n`;

  test.each(['@', '%', '`', '{', '[', '"', "'", '"\\q', '- ', 'x: '])(
    'a password that YAML cannot read, for it begins with %s',
    (sign) => expectSilent(told(withPassword(`${sign}${secrets.env}`))),
  );

  test.each(['*', '!', '|', '>'])('a password that YAML cannot read, for it begins with %s', (sign) =>
    expectSilent(told(withPassword(`${sign}${secrets.env}`))),
  );

  test('a password given twice, by a variable that is misspelt, or beside another that is wrong', () => {
    expectSilent(told(`${withPassword(secrets.env)}  password: ${secrets.env}\n`));
    expectSilent(told(withPassword('x'), { GEMEL_BROKER_PASSWRD: secrets.env }));
    const beside = { GEMEL_LOOP_PERIOD_MS: 'soon', GEMEL_BROKER_PASSWORD: secrets.env };
    expectSilent(told(withPassword('x'), beside));
  });

  test('a crash: what is thrown where nobody catches it', async () => {
    const { dir, env } = await hideaway();
    const thrown = 'throw new Error("out of the blue")';
    const rejected = 'Promise.reject(new Error("out of the blue"))';
    for (const deed of [thrown, rejected]) {
      // Once it waits for signals it has its configuration, and could tell it.
      const code = `const timer = setInterval(() => { if (process.listenerCount("SIGTERM") > 0) { clearInterval(timer); ${deed}; } }, 20)`;
      const preload = `--import=data:text/javascript,${encodeURIComponent(code)}`;
      const broker = `${external} }`;
      const gateway = await launchGateway({
        broker,
        level: 'trace',
        dir,
        env: { ...env, NODE_OPTIONS: preload },
      });
      expect(await gateway.ended()).toBe(1);
      expect(gateway.lines().at(-1)?.msg).toContain('uncaught: out of the blue');
      expectSilent(all(gateway));
    }
  });

  test('the configuration as it is printed: by check, for people and for programs', async () => {
    const { dir, env } = await hideaway();
    const file = join(dir, 'gemel.yaml');
    writeFileSync(file, `version: 1\nbroker: ${external} }\nsources:\n${cnc(1)}`);
    for (const words of [[], ['--print'], ['--json'], ['--print', '--json']]) {
      const check = gemel(['check', file, ...words], { cwd: dir, env });
      expect(await check.ended()).toBe(0);
      expectSilent(all(check));
      if (words.length > 0 && words[0] === '--print') expect(check.out()).toContain('${credential:cnc}');
    }
  });
});
