import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { verifyPassword } from '../../src/broker/password.ts';
import { gemel } from '../gemel-process.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

async function ask(words: string[], input = '') {
  const one = gemel(words, { input });
  return { code: await one.ended(), out: one.out(), err: one.err() };
}

describe('gemel', () => {
  it('says its version', async () => {
    expect((await ask(['--version'])).out.trim()).toBe(version);
    expect(JSON.parse((await ask(['version', '--json'])).out)).toMatchObject({
      gemel: version,
      node: process.versions.node,
    });
  });

  it.each(['run', 'demo', 'check', 'schema', 'plant', 'fit', 'password', 'version'])(
    'explains %s',
    async (command) => {
      const { code, out } = await ask([command, '--help']);
      expect(code).toBe(0);
      expect(out).toContain(`Usage: gemel ${command}`);
    },
  );

  it('lists every command in its help', async () => {
    const { code, out } = await ask(['--help']);
    expect(code).toBe(0);
    for (const command of ['run', 'demo', 'check', 'schema', 'plant', 'fit', 'password', 'version'])
      expect(out).toContain(`  ${command}`);
  });

  it('turns a password into a hash that opens, and only with it', async () => {
    const { code, out } = await ask(['password'], 'correct horse\n');
    expect(code).toBe(0);
    expect(await verifyPassword(Buffer.from('correct horse'), out.trim())).toBe(true);
    expect(await verifyPassword(Buffer.from('wrong horse'), out.trim())).toBe(false);
  });

  it('refuses a password that is none', async () => {
    expect(await ask(['password'], 'short')).toMatchObject({
      code: 2,
      err: expect.stringContaining('at least 8'),
    });
  });

  it('tells an old Node what it needs, in one sentence', () => {
    // The door asks process.versions; a preload makes this Node say it is an older one.
    const older =
      'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})';
    const door = new URL('../../bin/gemel.js', import.meta.url).pathname;
    const { status, stderr } = spawnSync(process.execPath, ['--import', older, door, 'run'], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^gemel needs Node 22\.18, 24\.11, 26 or newer; this is 20\.20\.2\. .*\n$/);
  });
});
