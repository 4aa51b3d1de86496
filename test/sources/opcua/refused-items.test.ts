// Nodes a server does not have, not yet or not any more: Bad, told once, asked for again; the others go on.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import { poll } from '../../poll.ts';
import { newPlay, type Play } from './play.ts';
import { stageNamespace } from './stage-server.ts';

let play: Play;
beforeEach(async () => {
  play = await newPlay();
});
afterEach(() => play.close());

const id = (name: string) => `nsu=${stageNamespace};s=${name}`;

test('what is refused is Bad and asked for again, told in one line; the others go on', async () => {
  const stage = await play.stage();
  const speed = stage.number('Speed', 1);
  const { source, of, last, said, feed } = await play.source({
    speed: id('Speed'),
    late: id('Late'),
    foreign: 'nsu=urn:somebody:else;i=1',
    never: id('Never'),
  });
  await poll('the first value', () => last('speed')?.value === 1);
  expect(source.health().link).toBe('up');
  const told = await poll('the line', () => said('2 of 4 nodes')[0] ?? said('1 of 4 nodes')[0]);
  expect(told.message).toBe('1 of 4 nodes; 3 refused: BadNodeIdUnknown: late, foreign, never');
  for (const name of ['late', 'foreign', 'never']) {
    expect(of(name)).toMatchObject([{ value: Number.NaN, quality: Quality.badNodeIdUnknown }]);
  }
  stage.number('Late', 5);
  await poll('the late node', () => last('late')?.value === 5);
  expect((await poll('the news', () => said('2 of 4 nodes')[0])).message).toContain('2 refused');
  // Asked again in between, and yet told once.
  expect(of('never').length).toBe(1);
  stage.set(speed, 2);
  await poll('the others to go on', () => last('speed')?.value === 2);

  // A node that goes away, and one of that name that comes.
  stage.addressSpace.deleteNode(stage.addressSpace.findNode('ns=2;s=Late')!);
  await poll('it to be Bad', () => last('late')?.quality !== 0);
  stage.number('Late', 6);
  await poll('it to be back', () => last('late')?.value === 6);
  expect(feed.rejects).toEqual([]);
});

test('a round of asking that the server fails is followed by another; a late node does not wait for a lost one', async () => {
  const stage = await play.stage();
  stage.number('Here', 1);
  const { engine } = stage.server;
  const translate = engine.translateBrowsePaths.bind(engine);
  let failed = 0;
  const { last, source } = await play.source({
    here: id('Here'),
    late: { path: `/Objects/nsu=${stageNamespace};Machine/Late` },
  });
  await poll('the refusal', () => last('late')?.quality === 0x806f0000);
  engine.translateBrowsePaths = async () => {
    failed++;
    throw new Error('not now');
  };
  await poll('a failed round', () => failed > 0);
  engine.translateBrowsePaths = translate;
  stage.number('Late', 5);
  await poll('the late node', () => last('late')?.value === 5);
  expect(last('here')?.value).toBe(1);
  expect(source.health().link).toBe('up');
});
