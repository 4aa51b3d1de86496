// What the CNC of the plant can be made to do wrong, seen by our source: every gap is Bad once, data is back within
// seconds, and the CNC never has more than one session of ours.
import { join } from 'node:path';
import { AttributeIds, OPCUAClient } from 'node-opcua-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isBad, isGood, Quality } from '../../src/core/quality.ts';
import { type Cnc, startCnc } from '../../src/plant/cnc.ts';
import type { CncFault } from '../../src/plant/cnc-fault.ts';
import type { NodeSpec } from '../../src/plant/panel.ts';
import { splitChain } from '../../src/sources/opcua/security/certificate.ts';
import { listKept, trustCertificate } from '../../src/sources/opcua/security/pki.ts';
import { poll } from '../poll.ts';
import { newStage, open, type Stage, useStage } from '../sources/opcua/stage.ts';
import { startWatch } from '../stopwatch.ts';
import { layWire } from './wire.ts';

useStage();

const backMsMax = 5000;
let stage: Stage;
let cnc: Cnc;
let beat: NodeJS.Timeout;
/** How fast the clock of the CNC runs. */
let pace: number;

beforeEach(async () => {
  stage = await newStage();
  asked = 0;
  pace = 1;
  let beats = 0;
  const panel: NodeSpec[] = [
    { path: 'Beat', type: 'Double', about: 'counts', cyclic: true, read: () => ++beats },
  ];
  cnc = await startCnc([{ id: 'mill-1', panel }], stage.port, join(stage.dir, 'plant'));
  const fromMs = Date.now();
  beat = setInterval(() => cnc.update(fromMs + (Date.now() - fromMs) * pace), 20);
});

afterEach(async () => {
  clearInterval(beat);
  await cnc.stop();
});

const set = (...faults: CncFault[]) => cnc.setFaults(new Set(faults));
const tags = { beat: 'nsu=urn:gemel:plant:cnc;s=mill-1.Beat' };

async function start(extra: object = {}) {
  const opened = stage.source({ tags, silenceS: 2, ...extra });
  await opened.source.start(opened.feed);
  const gaps = () => opened.feed.samples.filter(({ quality }) => quality === Quality.badNoCommunication);
  const back = async () => {
    const tookMs = startWatch();
    await opened.flowing();
    expect(tookMs()).toBeLessThan(backMsMax);
  };
  return { ...opened, gaps, back };
}

let asked: number;
/** Sessions the CNC has and ever had, as it says itself, without those that ask. */
async function sessions(): Promise<{ now: number; ever: number }> {
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 }, endpointMustExist: false });
  await client.connect(cnc.url);
  const session = await client.createSession();
  const [now, ever] = await session.read(
    ['ns=0;i=2277', 'ns=0;i=2278'].map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
  );
  await session.close(true);
  await client.disconnect();
  asked++;
  return { now: Number(now!.value.value) - 1, ever: Number(ever!.value.value) - asked };
}

/** That the CNC shows to whoever asks. */
async function certificate() {
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 }, endpointMustExist: false });
  await client.connect(cnc.url);
  const [endpoint] = await client.getEndpoints();
  await client.disconnect();
  return splitChain(endpoint!.serverCertificate)[0]!;
}

test('expired-session: known at once, data again by one new session: the library makes none beside', async () => {
  // Nothing but the server's own word can tell.
  const { flowing, down, back, gaps, feed } = await start({ ...open, silenceS: 3600 });
  await flowing();
  expect(await sessions()).toEqual({ now: 1, ever: 1 });
  for (const ever of [2, 3]) {
    const foundMs = startWatch();
    set('expired-session');
    await down(/the server ended the session/);
    expect(foundMs()).toBeLessThan(1000);
    expect(feed.samples.at(-1)?.quality).toBe(Quality.badNoCommunication);
    set();
    await back();
    expect(gaps().length).toBe(ever - 1);
    expect(await sessions()).toEqual({ now: 1, ever });
  }
});

test('refused-transfer: nothing of a lost session is asked for, so nothing can be refused', async () => {
  const wire = await layWire(stage.port);
  const { flowing, down, back, gaps } = await start({ ...open, url: `opc.tcp://127.0.0.1:${wire.port}` });
  await flowing();
  set('refused-transfer');
  wire.cut();
  await down('lost');
  await back();
  expect(gaps().length).toBe(1);
  expect((await sessions()).now).toBe(1);
  wire.close();
});

describe('rotated-certificate', () => {
  test('encrypted: the new one is refused and kept, with what to do; trusted, data is back', async () => {
    const first = await certificate();
    await trustCertificate(stage.pkiDir, first);
    const { source, flowing, down, gaps, feed } = await start();
    await flowing();
    const count = feed.samples.length;
    set('rotated-certificate');
    const why = await down('has changed, and the new one is not trusted');
    expect(source.health()).toEqual({ link: 'down', reason: why });
    const [kept, ...others] = await listKept(stage.pkiDir, 'rejected');
    expect(others).toEqual([]);
    expect(kept!.certificate.fingerprint256).not.toBe(first.fingerprint256);
    expect(why).toContain(`kept as ${kept!.file}`);
    expect(why).toContain(`gemel trust ${kept!.certificate.fingerprint.replaceAll(':', '').slice(0, 16)}`);
    // Not a value since.
    expect(gaps().length).toBe(1);
    expect(feed.samples.slice(count).findLastIndex(({ quality }) => isGood(quality))).toBeLessThan(
      feed.samples.slice(count).findIndex(({ quality }) => isBad(quality)),
    );
    await trustCertificate(stage.pkiDir, kept!.certificate);
    await flowing();
    expect(gaps().length).toBe(1);
  });

  test('in the open: the CNC restarts, and data is back', async () => {
    const { flowing, down, back, gaps } = await start(open);
    await flowing();
    set('rotated-certificate');
    await down(/lost|ended|closed|shutting/);
    await back();
    expect(gaps().length).toBe(1);
    expect((await sessions()).now).toBe(1);
  });
});

test('cycling-status: each status is passed on as it is; the link stays', async () => {
  const { source, flowing, gaps, feed } = await start(open);
  await flowing();
  pace = 10;
  set('cycling-status');
  const fromIndex = feed.samples.length;
  const seen = () => new Set(feed.samples.slice(fromIndex).map(({ quality }) => quality));
  await poll('all three', () => seen().size === 3);
  // UncertainLastUsableValue and BadSensorFailure, as the server says them.
  expect(seen()).toEqual(new Set([Quality.good, 0x40900000, 0x808c0000]));
  for (const { quality, value, sourceMs } of feed.samples.slice(fromIndex)) {
    expect(Number.isNaN(value)).toBe(isBad(quality));
    expect(Number.isFinite(sourceMs)).toBe(true);
  }
  expect(gaps()).toEqual([]);
  expect(source.health().link).toBe('up');
});

test('half-open: found by silence, Bad once; data when it is mended, and one session', async () => {
  const { flowing, down, back, gaps, feed } = await start({ ...open, silenceS: 1 });
  await flowing();
  const foundMs = startWatch();
  set('half-open');
  await down('silent for 1 s');
  expect(foundMs()).toBeLessThan(2500);
  expect(feed.samples.at(-1)?.quality).toBe(Quality.badNoCommunication);
  set();
  await back();
  expect(gaps().length).toBe(1);
  // What the CNC still kept of the first was taken up and closed.
  expect((await sessions()).now).toBe(1);
});
