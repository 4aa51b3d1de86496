// What the source asks of a server: places that move, limits and lies about them, filters that are refused.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import { poll } from '../../poll.ts';
import { newPlay, type Play } from './play.ts';
import { type Stage, stageNamespace } from './stage-server.ts';

let play: Play;
beforeEach(async () => {
  play = await newPlay();
});
afterEach(() => play.close());

const id = (name: string) => `nsu=${stageNamespace};s=${name}`;

test('a node by namespace URI and by browse path is found again when a restart has moved both', async () => {
  let stage = await play.stage();
  const place = (at: Stage, name: string, nodeId: string) => {
    const { DataType, StatusCodes } = at.library;
    const nested = at.namespace.addObject({ browseName: 'Spindle', componentOf: at.machine });
    const variable = at.namespace.addVariable({
      browseName: name,
      nodeId,
      componentOf: nested,
      dataType: DataType.Double,
      minimumSamplingInterval: 0,
    });
    variable.setValueFromSource({ dataType: DataType.Double, value: 7 }, StatusCodes.Good);
  };
  place(stage, 'Speed/actual', 's=first');
  stage.number('Feed', 1);
  const { source, last } = await play.source({
    speed: { path: `/Objects/nsu=${stageNamespace};Machine/Spindle/Speed&/actual` },
    bare: `/Objects/nsu=${stageNamespace};Machine/Feed`,
    feed: id('Feed'),
    nowhere: { path: `/Objects/nsu=${stageNamespace};Machine/Nothing` },
  });
  await poll('both values', () => last('speed')?.value === 7 && last('feed')?.value === 1 && last('bare'));
  expect(last('nowhere')!.quality).toBe(0x806f0000); // BadNoMatch

  await stage.stop();
  await poll('the loss', () => source.health().link === 'down');
  stage = await play.stage({ before: ['urn:new:one', 'urn:new:two'] });
  place(stage, 'Speed/actual', 's=quite.another');
  stage.number('Feed', 2);
  // The nodes are made a moment after the server came back: they are asked for again.
  await poll('both again', () => last('speed')?.quality === 0 && last('feed')?.value === 2);
  expect(last('speed')!.value).toBe(7);
});

test('5,000 items over a limit of 1,000; a limit of the server that is a lie', async () => {
  const stage = await play.stage({ limits: { maxMonitoredItemsPerCall: 1000, maxNodesPerRead: 300 } });
  const tags: Record<string, unknown> = {};
  for (let i = 0; i < 5000; i++) {
    stage.number(`n${i}`, i);
    tags[`t${i}`] = id(`n${i}`);
  }
  const calls: number[] = [];
  stage.server.on('request', (request: object) => {
    if ('itemsToCreate' in request) calls.push((request.itemsToCreate as unknown[]).length);
  });
  const first = await play.source(tags, { samplingMs: 1000, publishingMs: 200 });
  await poll('all values', () => new Set(first.feed.samples.map(({ tag }) => tag)).size === 5000);
  expect(Math.max(...calls)).toBe(500);
  expect(calls.length).toBe(10);
  expect(first.last('t4999')).toMatchObject({ value: 4999, quality: Quality.good });
  await first.source.stop();

  // It goes on saying 1,000, and takes 200.
  stage.sayLimit('ns=0;i=11714', 1000);
  stage.server.engine.serverCapabilities.operationLimits.maxMonitoredItemsPerCall = 200;
  calls.length = 0;
  const some = Object.fromEntries(Object.entries(tags).slice(0, 900));
  const second = await play.source(some, { samplingMs: 1000, publishingMs: 200 });
  await poll('the values', () => new Set(second.feed.samples.map(({ tag }) => tag)).size === 900);
  expect(second.feed.samples.every(({ quality }) => quality === Quality.good)).toBe(true);
  // Halved until it passes, and never tried larger again.
  expect(calls).toEqual([500, 250, 125, 125, 125, 125, 125, 125, 125, 25]);
});

test("a deadband is the server's work; where it has none the tag goes without, and that is said", async () => {
  const stage = await play.stage();
  const { DataType } = stage.library;
  const plain = stage.number('Plain', 10);
  const analog = stage.namespace.addAnalogDataItem({
    browseName: 'Analog',
    nodeId: 's=Analog',
    componentOf: stage.machine,
    dataType: DataType.Double,
    engineeringUnitsRange: { low: 0, high: 1000 },
    minimumSamplingInterval: 0,
  });
  stage.set(analog, 100);
  const { of, last, said } = await play.source({
    absolute: { node: id('Plain'), deadband: { absolute: 1 } },
    percent: { node: id('Analog'), deadband: { percent: 10 } },
    // No range, so no percentage of it.
    impossible: { node: id('Plain'), deadband: { percent: 10 } },
    all: id('Plain'),
    allAnalog: id('Analog'),
  });
  await poll('first values', () => last('allAnalog') && last('all') && last('impossible') && last('percent'));
  const steps = async (variable: typeof plain, name: string, values: number[]) => {
    for (const value of values) {
      stage.set(variable, value);
      await poll(`${name} ${value}`, () => last(name)?.value === value);
    }
  };
  await steps(plain, 'all', [10.5, 10.9, 12]);
  await steps(analog, 'allAnalog', [150, 199, 301]);
  await poll('the filtered', () => last('absolute')?.value === 12 && last('percent')?.value === 301);
  expect(of('absolute').map(({ value }) => value)).toEqual([10, 12]);
  expect(of('percent').map(({ value }) => value)).toEqual([100, 301]);
  expect(new Set(of('impossible').map(({ value }) => value))).toEqual(new Set([10, 10.5, 10.9, 12]));
  expect(said('refused the filter of impossible').length).toBe(1);
});

test('tags of one node share its item, unless they ask for something else', async () => {
  const stage = await play.stage();
  stage.number('Speed', 3);
  let asked = 0;
  stage.server.on('request', (request: object) => {
    if ('itemsToCreate' in request) asked += (request.itemsToCreate as unknown[]).length;
  });
  const { last } = await play.source({
    a: id('Speed'),
    b: { node: id('Speed'), scale: 10 },
    c: { node: id('Speed'), samplingMs: 500 },
  });
  await poll(
    'three values',
    () => last('a')?.value === 3 && last('b')?.value === 30 && last('c')?.value === 3,
  );
  expect(asked).toBe(2);
});

test('a queue that runs over is a gap; that it will is said once', async () => {
  const stage = await play.stage();
  const speed = stage.number('Speed', 0);
  const tags = { speed: { node: id('Speed'), queueSize: 2 } };
  const { last, feed, of, said } = await play.source(tags, { publishingMs: 500 });
  await poll('the first value', () => last('speed'));
  expect(said('fewer values than it samples').length).toBe(1);
  let value = 0;
  await poll('a gap', async () => {
    stage.set(speed, ++value);
    return feed.remarks.includes('gap');
  });
  expect(of('speed').length).toBeLessThan(value);
  expect(of('speed').every(({ quality }) => quality === Quality.good)).toBe(true);
});
