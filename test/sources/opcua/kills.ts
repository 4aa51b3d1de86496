// Kills a server again and again and tells how its client fared: the same run for the quick suite and the long one.
import { expect } from 'vitest';
import { trustCertificate } from '../../../src/sources/opcua/security/pki.ts';
import { poll } from '../../poll.ts';
import { freePort, tempDir } from '../../ports.ts';
import { startWatch } from '../../stopwatch.ts';
import { makeCertificate } from './certificates.ts';
import { type FarServer, startFarServer, tickNode } from './far-server.ts';
import { startFarSource } from './far-source.ts';

export interface Kills {
  /** To the first data of all: what a connection takes on this machine, as busy as it is. */
  /** From the server's return to the first good sample. */
  readonly backMs: readonly number[];
  /** What the source had to say during the outage that took longest to come back from. */
  readonly slowest: readonly string[];
  /** Bad samples: one for each gap. */
  readonly bad: number;
  readonly sessions: number;
  readonly subscriptions: number;
  readonly rssMb: { readonly warm: number; readonly end: number };
  readonly heapMb: { readonly warm: number; readonly end: number };
}

export interface KillPlan {
  readonly times: number;
  /** Memory is measured from this kill on: the first ones load and compile what the later ones use. */
  readonly warm: number;
  readonly encrypted: boolean;
}

export async function killServer({ times, warm, encrypted }: KillPlan): Promise<Kills> {
  const dir = await tempDir();
  const port = await freePort();
  const made = await makeCertificate({ name: 'tick', uri: 'urn:gemel:test:tick' });
  await trustCertificate(`${dir.path}/pki`, made.certificate);
  const options = { port, dir: dir.path, certificate: await made.write(dir.path) };
  let server: FarServer = await startFarServer(options);
  const source = await startFarSource(
    {
      url: `opc.tcp://127.0.0.1:${port}`,
      publishingMs: 50,
      samplingMs: 0,
      security: encrypted ? {} : { mode: 'None', allowNone: true },
      tags: { counter: tickNode },
    },
    `${dir.path}/pki`,
  );
  try {
    const backMs: number[] = [];
    let slowest: readonly string[] = [];
    await poll('the first data', async () => (await source.report()).samples > 5);
    let warmed = await source.memory();
    for (let kill = 1; kill <= times; kill++) {
      // Out of step with the attempts, as a real outage would be.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
      const before = await source.report();
      await server.kill();
      await poll('the loss', async () => (await source.report()).bad > before.bad);
      server = await startFarServer(options);
      const after = await poll('data again', async () => {
        const now = await source.report();
        return now.backMs.length > before.backMs.length ? now : undefined;
      });
      const tookMs = after.backMs.at(-1)! - server.readyMs;
      if (tookMs > Math.max(0, ...backMs)) slowest = after.reasons.slice(before.reasons.length);
      backMs.push(tookMs);
      expect(after.bad).toBe(kill);
      // Tidied up after every kill, so that what has grown at the end is not merely uncollected.
      const memory = await source.memory();
      if (kill === warm) warmed = memory;
    }
    await poll('one session', async () => (await server.ask('count')).sessions === 1);
    const counted = await server.ask('count');
    const [end, ended] = [await source.report(), await source.memory()];
    const stopMs = startWatch();
    await source.stop();
    // Timers of sessions long gone would keep the program from its end.
    expect(stopMs()).toBeLessThan(5000);
    return {
      backMs,
      slowest,
      bad: end.bad,
      ...counted,
      rssMb: { warm: warmed.rssMb, end: ended.rssMb },
      heapMb: { warm: warmed.heapMb, end: ended.heapMb },
    };
  } finally {
    source.kill();
    await server.kill();
    await dir.remove();
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
