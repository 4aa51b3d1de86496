// Statement 12: a secret or a key in a file that anybody may read refuses the start.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { type GatewayInput, launchGateway } from '../running-gateway.ts';
import { all, cnc, expectSilent, hideaway, secrets } from './canary.ts';

describe('12: files that anybody may read', () => {
  useCleanUp();

  const exposed: [string, string, string, () => GatewayInput][] = [
    [
      'a password',
      'secret',
      'chmod o-rwx',
      () => ({ broker: '{ url: "mqtt://b", password: "${file:secret}" }' }),
    ],
    ['a credential', 'credentials/cnc', 'chmod o-rwx', () => ({ broker: '{ port: 0 }', sources: cnc(1) })],
    [
      'the key of our broker',
      'server.key',
      'chmod 640',
      () => ({ broker: '{ port: 0, tls: { cert: server.pem, key: server.key } }' }),
    ],
  ];

  const refuses = async (path: string, advice: string, inputOf: () => GatewayInput) => {
    const { dir, env } = await hideaway();
    const file = join(dir, path);
    writeFileSync(join(dir, 'secret'), secrets.file, { mode: 0o600 });
    if (path.endsWith('.key')) {
      writeFileSync(file, secrets.file);
      writeFileSync(file.replace(/key$/, 'pem'), 'no certificate');
    }
    chmodSync(file, 0o644);
    const gateway = await launchGateway({ ...inputOf(), dir, env });
    expect(await gateway.ended()).toBe(2);
    expect(gateway.err()).toContain(file);
    expect(gateway.err()).toMatch(/0?644/);
    expect(gateway.err()).toContain(advice);
    expectSilent(all(gateway));
    chmodSync(file, 0o600);
    const closed = await launchGateway({ ...inputOf(), dir, env });
    await poll(
      'no word of it any more',
      () => closed.child.exitCode !== null || closed.out().includes('starting'),
    );
    expect(closed.err()).not.toContain(advice);
  };

  test.each(exposed)('%s: refuses to start, and says what to do', (_name, path, advice, inputOf) =>
    refuses(path, advice, inputOf),
  );

  test('our key at an external broker: refuses to start, and says what to do', () =>
    refuses('client.key', 'chmod 640', () => ({
      broker: '{ url: "mqtts://b", tls: { cert: client.pem, key: client.key } }',
    })));
});
