// The reserve on the disk.
import { existsSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ballastFile, createBallast, giveBallast } from '../../../src/history/upkeep/ballast.ts';
import { newFolder } from './history-files.ts';

const bytes = 1_000_000;

describe('the ballast', () => {
  test('is really there, and is given back once', () => {
    using folder = newFolder();
    const ballast = createBallast(folder.file, bytes);
    let pieces = 0;
    for (; ballast.make(0); pieces++) expect(ballast.isThere).toBe(false);
    expect(pieces).toBeGreaterThan(1);
    expect(ballast.isThere).toBe(true);
    const { size, blocks } = statSync(ballastFile(folder.file));
    expect(size).toBe(bytes);
    expect(blocks * 512).toBeGreaterThanOrEqual(bytes);
    expect([ballast.give(), ballast.give(), ballast.isThere]).toEqual([true, false, false]);
    expect(existsSync(ballastFile(folder.file))).toBe(false);
  });

  test('is known again by the next gateway, unless it is sparse, cut off, or of another size', () => {
    using folder = newFolder();
    const path = ballastFile(folder.file);
    const first = createBallast(folder.file, bytes);
    while (first.make(0));
    expect(createBallast(folder.file, bytes).isThere).toBe(true);
    truncateSync(path, bytes / 2);
    expect(createBallast(folder.file, bytes).isThere).toBe(false);
    writeFileSync(path, '');
    truncateSync(path, bytes);
    expect(createBallast(folder.file, bytes).isThere).toBe(false);
    expect(existsSync(path)).toBe(false);
  });

  test('is not made where it would take the last room, nor left half made', () => {
    using folder = newFolder();
    const ballast = createBallast(folder.file, bytes);
    expect(ballast.make(1e15)).toBe(false);
    expect(existsSync(ballastFile(folder.file))).toBe(false);
    ballast.make(0);
    ballast.close();
    expect(existsSync(ballastFile(folder.file))).toBe(false);
  });

  test('of no size is none', () => {
    using folder = newFolder();
    const ballast = createBallast(folder.file, 0);
    expect([ballast.make(0), ballast.isThere, ballast.give(), giveBallast(folder.file)]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
