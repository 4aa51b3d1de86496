// The OPC UA source against the plant's CNC in its own process: data, a server that dies and comes back, a
// node that is not there.
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import type { Source } from '../../../src/ports.ts';
import { type OpcuaSourceConfig, opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';
import { createOpcuaSource } from '../../../src/sources/opcua/source.ts';
import { createKeptFeed } from '../../kept-feed.ts';
import { cncReady, type PlantProcess, spawnPlant } from '../../plant/process.ts';
import { poll } from '../../poll.ts';
import { freePort, tempDir } from '../../ports.ts';
import { keptLog } from '../../silent-log.ts';
import { startWatch } from '../../stopwatch.ts';

const clock = { nowMs: Date.now, monotonicMs: () => performance.now() };
const node = (path: string) => `nsu=urn:gemel:plant:cnc;s=mill-1.${path}`;
const tags = {
  speed: { node: node('Spindle.Speed'), unit: 'rpm' },
  running: { node: node('Channel.Running'), kind: 'boolean' },
  depth: node('Cut.Depth'),
  z: { node: node('Axis.Z.Commanded'), unit: 'mm' },
  nowhere: node('No.Such.Node'),
  foreign: 'nsu=urn:somebody:else;i=1',
  programme: node('Channel.Programme'),
};

let state: Awaited<ReturnType<typeof tempDir>>;
let plant: PlantProcess;
let words: string[];
let url: string;
const sources: Source[] = [];

function open(extra: Partial<Record<keyof OpcuaSourceConfig, unknown>>, pki: string) {
  const config = opcuaSourceSchema.parse({
    type: 'opcua',
    url,
    publishingMs: 50,
    silenceS: 2,
    tags,
    ...extra,
  });
  const log = keptLog();
  const source = createOpcuaSource('cnc', config, { log, clock, pkiDir: join(state.path, pki) });
  sources.push(source);
  const feed = createKeptFeed();
  const of = (name: string) => feed.samples.filter(({ tag }) => tag === name);
  return { source, log, feed, of };
}

beforeAll(async () => {
  state = await tempDir();
  const broker = `mqtt://127.0.0.1:${await freePort()}`;
  words = [
    '--broker',
    broker,
    '--opcua-port',
    `${await freePort()}`,
    '--state-dir',
    join(state.path, 'plant'),
  ];
  plant = spawnPlant(words);
  url = await cncReady(plant);
});

afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.stop()));
});

afterAll(async () => {
  await plant.kill();
  await state.remove();
});

describe('without encryption', () => {
  const none = { security: { mode: 'None', allowNone: true } };

  test('is refused unless it is allowed, and a password always', async () => {
    const insecure = { code: 'GEM_OPCUA_INSECURE' };
    const plain = open({ security: { mode: 'None' } }, 'pki-refused');
    await expect(plain.source.start(plain.feed)).rejects.toMatchObject(insecure);
    const password = open({ ...none, username: 'operator', password: 'secret' }, 'pki-refused');
    await expect(password.source.start(password.feed)).rejects.toMatchObject(insecure);
  });

  test('data comes with time and quality; what is no number or no node does not stop the rest', async () => {
    const { source, feed, of, log } = open(none, 'pki');
    await source.start(feed);
    // It goes on connecting by itself.
    expect(source.health().link).toBe('connecting');
    await poll('twenty samples', () => of('speed').length > 20);
    const { value, quality, sourceMs } = of('speed').at(-1)!;
    expect(Number.isFinite(value)).toBe(true);
    expect(quality).toBe(Quality.good);
    expect(Math.abs(Date.now() - sourceMs)).toBeLessThan(2000);
    expect(of('running').at(-1)!.value).toBeOneOf([0, 1]);
    for (const name of ['nowhere', 'foreign']) {
      expect(of(name)).toMatchObject([
        { value: Number.NaN, quality: Quality.badNodeIdUnknown, sourceMs: Number.NaN },
      ]);
    }
    expect(feed.rejects).toEqual([{ reason: 'type', excerpt: expect.stringContaining('BRACKET-17') }]);
    expect(source.health()).toEqual({ link: 'up', reason: '', insecure: true });
    expect(log.lines.some(({ level, message }) => level === 'warn' && message.includes('encryption'))).toBe(
      true,
    );
  });

  test('an unchanged reading keeps coming with its new time', async () => {
    const { source, feed, of } = open(none, 'pki');
    await source.start(feed);
    // Much of a part is milled with the z axis standing still.
    const last = await poll('a standing axis', () => {
      const ten = of('z').slice(-10);
      return ten.length === 10 && ten.every(({ value }) => value === ten[0]!.value) ? ten : undefined;
    });
    for (let i = 1; i < last.length; i++) expect(last[i]!.sourceMs).toBeGreaterThan(last[i - 1]!.sourceMs);
  });

  test('a killed server: Bad once for each tag that was good; back again: data within 5 s', async () => {
    const { source, feed, of } = open(none, 'pki');
    await source.start(feed);
    await poll('data', () => of('speed').length > 5 && of('depth').length > 0);
    await plant.kill();
    await poll('the loss', () => source.health().link === 'down');
    const badOf = (name: string) => of(name).filter(({ quality }) => quality === Quality.badNoCommunication);
    for (const name of ['speed', 'running', 'depth']) {
      expect(badOf(name)).toMatchObject([
        { value: Number.NaN, quality: Quality.badNoCommunication, sourceMs: Number.NaN },
      ]);
    }
    expect(badOf('nowhere')).toEqual([]);
    const count = of('speed').length;

    plant = spawnPlant(words);
    await cncReady(plant);
    const backMs = startWatch();
    await poll('data again', () => of('speed').length > count + 3);
    expect(backMs()).toBeLessThan(5000);
    expect(of('speed').at(-1)!.quality).toBe(Quality.good);
    expect(badOf('speed').length).toBe(1);
    expect(source.health().link).toBe('up');
  });

  test('a server that hangs is found by its silence', async () => {
    const { source, feed, of } = open(none, 'pki');
    await source.start(feed);
    await poll('data', () => of('speed').length > 5);
    plant.child.kill('SIGSTOP');
    try {
      await poll('the silence', () => source.health().link === 'down');
      expect(source.health().reason).toBe('silent for 2 s');
      expect(of('speed').at(-1)!.quality).toBe(Quality.badNoCommunication);
    } finally {
      plant.child.kill('SIGCONT');
    }
    await poll('data again', () => of('speed').at(-1)!.quality === Quality.good);
  });

  test('after stop nothing is pushed, also while it was still connecting', async () => {
    const { source, feed, of } = open(none, 'pki');
    await source.start(feed);
    await poll('data', () => of('speed').length > 5);
    await source.stop();
    const count = of('speed').length;
    const hasty = open(none, 'pki');
    await hasty.source.start(hasty.feed);
    await hasty.source.stop();
    const witness = open(none, 'pki');
    await witness.source.start(witness.feed);
    await poll('data of another', () => witness.of('speed').length > 10);
    expect(of('speed').length).toBe(count);
    expect(hasty.of('speed')).toEqual([]);
    expect(source.health().link).toBe('stopped');
  });
});
