// The wall clock of the gateway is set by an hour under a running session, for real: by libfaketime, which leaves the
// monotonic clock alone as the kernel does.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { trustCertificate } from '../../src/sources/opcua/security/pki.ts';
import { poll } from '../poll.ts';
import { freePort, tempDir } from '../ports.ts';
import { makeCertificate } from '../sources/opcua/certificates.ts';
import { startFarServer } from '../sources/opcua/far-server.ts';
import { type FarSource, startFarSource } from '../sources/opcua/far-source.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const places = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  (arch) => `/usr/lib/${arch}/faketime/libfaketime.so.1`,
);
/** Missing is a failure: it is one of the peers. */
const library = places.find((place) => existsSync(place)) ?? 'libfaketime is not installed';

interface Staged {
  readonly source: FarSource;
  /** Seconds from real time. */
  readonly set: (offsetS: number) => Promise<void>;
}

async function stage(): Promise<Staged> {
  const dir = await tempDir();
  ends.push(dir.remove);
  const port = await freePort();
  const pkiDir = join(dir.path, 'pki');
  const made = await makeCertificate({ name: 'cnc', uri: 'urn:gemel:test:tick' });
  await trustCertificate(pkiDir, made.certificate);
  await mkdir(dir.path, { recursive: true });
  const server = await startFarServer({ port, dir: dir.path, certificate: await made.write(dir.path) });
  ends.push(() => server.kill());
  const offsetFile = join(dir.path, 'offset');
  const set = (offsetS: number) => writeFile(offsetFile, `${offsetS < 0 ? '' : '+'}${offsetS}\n`);
  await set(0);
  const source = await startFarSource(
    {
      url: `opc.tcp://127.0.0.1:${port}`,
      publishingMs: 50,
      samplingMs: 0,
      tags: { counter: 'ns=1;s=Counter' },
    },
    pkiDir,
    {
      LD_PRELOAD: library,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_TIMESTAMP_FILE: offsetFile,
      FAKETIME_NO_CACHE: '1',
    },
  );
  ends.push(() => source.kill());
  return { source, set };
}

test.each([
  ['an hour ahead', 3600],
  ['an hour back', -3600],
])('the wall clock is set %s: data again within 10 s, over an encrypted channel', async (_name, offsetS) => {
  const { source, set } = await stage();
  await poll('data', async () => (await source.report()).samples > 10);
  const before = await source.report();
  expect(before.reasons).toEqual([]);
  expect(Math.abs(before.wallMs - Date.now())).toBeLessThan(2000);

  const fromMs = performance.now();
  await set(offsetS);
  const again = async () => {
    const now = await source.report();
    return now.backMs.length > before.backMs.length ? now : undefined;
  };
  const after = await poll('data again', again);
  const tookMs = performance.now() - fromMs;
  process.stdout.write(`clock set by ${offsetS} s: data again after ${tookMs.toFixed(0)} ms\n`);
  expect(tookMs).toBeLessThan(10_000);
  expect(after.reasons).toEqual([`the wall clock was stepped by ${offsetS} s`]);
  expect(after.bad).toBe(1);
  // It was really set.
  expect(Math.abs(after.wallMs - Date.now() - offsetS * 1000)).toBeLessThan(2000);
  const flowing = await poll('more data', async () => {
    const now = await source.report();
    return now.samples > after.samples + 50 ? now : undefined;
  });
  expect(flowing.link).toBe('up');
  expect(flowing.bad).toBe(1);
});
