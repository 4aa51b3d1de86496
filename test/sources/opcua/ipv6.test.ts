// A server that is called by its IPv6 address: in the source, and in what looks at it. On a computer without IPv6 it
// is that which is said, and no riddle.
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newProgress } from '../../../src/cli/browse/progress.ts';
import { runBrowse } from '../../../src/cli/browse.ts';
import { runTrust } from '../../../src/cli/trust.ts';
import { attempt } from '../../../src/sources/opcua/check/attempt.ts';
import { opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';
import { ipv6Of } from '../../../src/sources/opcua/session/dial.ts';
import { poll } from '../../poll.ts';
import { freePort } from '../../ports.ts';
import { keptLog } from '../../silent-log.ts';
import { newPlay, type Play } from './play.ts';
import { stageNamespace } from './stage-server.ts';

/** Whether this computer has such an address to listen at. */
async function hasLoopback6(): Promise<boolean> {
  const server = createServer();
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(0, '::1', () => resolve(true));
  });
  if (listening) await new Promise((resolve) => server.close(resolve));
  return listening;
}
const has = await hasLoopback6();
const without = 'this computer has no IPv6';

let play: Play;
beforeEach(async () => {
  play = await newPlay();
});
afterEach(() => play.close());

const id = (name: string) => `nsu=${stageNamespace};s=${name}`;
const six = (url: string) => url.replace('127.0.0.1', '[::1]');

async function stageAt6() {
  const stage = await play.stage(has ? { host: '::1' } : {});
  stage.number('Speed', 7);
  return { stage, url: six(stage.url) };
}

async function browse(url: string, options: object) {
  let out = '';
  const print = (text: string) => {
    out += text;
  };
  const words = { depth: 20, max: 5000, policy: 'Basic256Sha256', stateDir: play.dir, ...options };
  const style = { columns: 0, colour: false };
  await runBrowse(url, words, { env: {}, print, progress: newProgress(() => {}, false), style });
  return out;
}

describe('a server at an IPv6 address', () => {
  test('delivers, is found again after it was away, and is left without a session', async () => {
    const { stage, url } = await stageAt6();
    const { source, last } = await play.source({ speed: id('Speed') }, { url });
    if (!has) {
      await poll('the reason', () => source.health().reason.includes(without));
      return;
    }
    await poll('a value', () => last('speed')?.value === 7);
    await stage.stop();
    await poll('the loss', () => source.health().link === 'down');
    const again = await stageAt6();
    await poll('a value again', () => last('speed')?.quality === 0 && source.health().link === 'up');
    expect(again.stage.server.currentSessionCount).toBe(1);
    await source.stop();
    await poll('the session to be closed', () => again.stage.server.currentSessionCount === 0);
  });

  test('shows its certificate, is trusted, and is let in', async () => {
    const { url } = await stageAt6();
    const secure = { security: { mode: 'SignAndEncrypt' } };
    const { source, last } = await play.source({ speed: id('Speed') }, { url, ...secure });
    if (!has) {
      await poll('the reason', () => source.health().reason.includes(without));
      return;
    }
    await poll('the refusal', () => source.health().reason.includes('is not trusted'));
    const [kept = ''] = await readdir(join(play.dir, 'pki', 'rejected'));
    const fingerprint = /\[([0-9a-f]+)\]/.exec(kept)?.[1] ?? '';
    let listed = '';
    const print = (text: string) => {
      listed += text;
    };
    await runTrust(undefined, { stateDir: play.dir }, {}, print);
    expect(listed).toContain(url);
    await runTrust(fingerprint, { stateDir: play.dir }, {}, () => {});
    await poll('a value', () => last('speed')?.value === 7);
    expect(await browse(url, { path: `/Objects/nsu=${stageNamespace};Machine` })).toContain('Speed');
  });

  test('is browsed, and checked tag by tag', async () => {
    const { url } = await stageAt6();
    const security = { mode: 'None', allowNone: true };
    const tags = { speed: id('Speed'), wrong: id('Sped') };
    const config = opcuaSourceSchema.parse({ type: 'opcua', url, security, tags });
    const { reason, verdicts } = await attempt('cnc', config, { log: keptLog(), pkiDir: play.dir });
    expect(reason).toContain(has ? '' : without);
    expect(verdicts.map(({ tag }) => tag)).toEqual(has ? ['wrong'] : []);
    const out = browse(url, { allowNone: true });
    if (has) expect(await out).toContain('Speed');
    else await expect(out).rejects.toThrow(without);
  });

  test('where nothing listens says so', async () => {
    const url = `opc.tcp://[::1]:${await freePort()}`;
    const words = has ? 'connection refused: nothing listens there' : without;
    await expect(browse(url, { allowNone: true })).rejects.toThrow(words);
  });
});

test.each([
  ['opc.tcp://[::1]:4841/path', { host: '::1', port: 4841 }],
  ['opc.tcp://[2001:DB8::7]', { host: '2001:DB8::7', port: 4840 }],
  ['opc.tcp://[fe80::1%eth0]:4840', { host: 'fe80::1%eth0', port: 4840 }],
  ['opc.tcp://192.168.1.20:4840', undefined],
  ['opc.tcp://cnc:4840/[::1]', undefined],
])('the address in %s', (url, address) => {
  expect(ipv6Of(url)).toEqual(address);
});
