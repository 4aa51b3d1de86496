// What the core hears of sources that come and go, tick by tick.
import { describe, expect, test } from 'vitest';
import type { LinkState } from '../../src/ports.ts';
import { createLinks } from '../../src/runtime/links.ts';
import type { WatchedSource } from '../../src/runtime/sources.ts';

function hear(course: readonly LinkState[], tickMs = 1000): string[] {
  let now = 0;
  const source = { name: 'shop', health: () => ({ link: 'down' as const, reason: 'no route' }) };
  const watched = { source, link: 'stopped' as LinkState };
  const told: string[] = [];
  const links = createLinks(
    [watched as unknown as WatchedSource],
    () => now,
    (name, up, reason) => {
      told.push(`${now / 1000} ${name} ${up ? 'up' : `away: ${reason}`}`);
    },
  );
  for (const link of course) {
    watched.link = link;
    links.look();
    now += tickMs;
  }
  return told;
}

describe('links', () => {
  test('one that comes, goes and comes again is told each time, once', () => {
    expect(hear(['connecting', 'up', 'up', 'down', 'down', 'connecting', 'up'])).toEqual([
      '1 shop up',
      '3 shop away: no route',
      '6 shop up',
    ]);
  });

  test('a start is no loss, until it has had its time', () => {
    expect(hear(Array.from({ length: 30 }, () => 'connecting' as const))).toEqual([]);
    expect(hear(Array.from({ length: 40 }, () => 'connecting' as const))).toEqual(['30 shop away: no route']);
  });

  test('being stopped is no news', () => {
    expect(hear(['up', 'stopped', 'stopped'])).toEqual(['0 shop up']);
  });
});
