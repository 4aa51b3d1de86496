import { describe, expect, it } from 'vitest';
import { createLifecycle, type Part } from '../../src/runtime/lifecycle.ts';
import { keptLog } from '../silent-log.ts';

function part(name: string, said: string[], overrides: Partial<Part> = {}): Part {
  return {
    name,
    start: async () => void said.push(`${name} up`),
    stop: async () => void said.push(`${name} down`),
    ...overrides,
  };
}

const deadlines = { startMs: 50, stopMs: 50 };

describe('the lifecycle', () => {
  it('stops in the reverse order of the start', async () => {
    const said: string[] = [];
    const life = createLifecycle(
      [part('sink', said), part('loop', said), part('source', said)],
      deadlines,
      keptLog(),
    );
    await life.start();
    expect(await life.stop()).toEqual([]);
    expect(said).toEqual(['sink up', 'loop up', 'source up', 'source down', 'loop down', 'sink down']);
  });

  it('leaves a part behind that does not stop, names it, and stops the others', async () => {
    const said: string[] = [];
    const log = keptLog();
    const stuck = part('stuck', said, { stop: () => new Promise(() => {}) });
    const life = createLifecycle([part('a', said), stuck, part('b', said)], deadlines, log);
    await life.start();
    expect(await life.stop()).toEqual(['stuck']);
    expect(said.slice(-2)).toEqual(['b down', 'a down']);
    expect(log.lines.some((line) => line.message.includes('stuck did not stop within 50 ms'))).toBe(true);
  });

  it('stops what runs when a later start fails, and says why', async () => {
    const said: string[] = [];
    const broken = part('broken', said, { start: () => Promise.reject(new Error('no such device')) });
    const life = createLifecycle([part('a', said), broken, part('b', said)], deadlines, keptLog());
    await expect(life.start()).rejects.toThrow('no such device');
    expect(said).toEqual(['a up', 'broken down', 'a down']);
  });

  it('gives up on a start that hangs', async () => {
    const life = createLifecycle(
      [part('slow', [], { start: () => new Promise(() => {}) })],
      deadlines,
      keptLog(),
    );
    await expect(life.start()).rejects.toMatchObject({ code: 'GEM_START_TIMEOUT' });
  });
});
