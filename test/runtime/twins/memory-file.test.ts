// The file of a memory: whole or not at all, whatever happens to the disk, and never taken for what it is not.
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeMemory, encodeMemory, seal } from '../../../src/runtime/twins/memory.ts';
import {
  hostDisk,
  peekSealed,
  previousOf,
  readSealed,
  writeSealed,
} from '../../../src/runtime/twins/sealed-file.ts';
import { stateDir, useCleanUp } from '../../broker/fixture.ts';
import { memoryOf, tryingDisk } from './memory-of.ts';

useCleanUp();

const older = memoryOf({ version: 1, told: { bearing: 0.25 } });
const newer = memoryOf({ version: 2, told: { bearing: 0.1 + 0.2 } });
const read = (file: string) => readSealed(hostDisk, file, decodeMemory);

/** Two generations of it. */
async function twice(): Promise<string> {
  const file = join(await stateDir(), 'twins', 'mill-1.json');
  await writeSealed(hostDisk, file, encodeMemory(older));
  await writeSealed(hostDisk, file, encodeMemory(newer));
  return file;
}

describe('a memory that is kept', () => {
  test('comes back with every bit, and the one before is kept', async () => {
    const file = await twice();
    expect(await read(file)).toEqual({ value: newer, damage: '' });
    expect(decodeMemory(readFileSync(previousOf(file), 'utf8'), file)).toEqual(older);
  });

  test('is none where there is no file', async () => {
    expect(await read(join(await stateDir(), 'mill-1.json'))).toEqual({ value: undefined, damage: '' });
  });

  test('is the one before where a crash came between two renames', async () => {
    const file = await twice();
    await rm(file);
    expect(await read(file)).toEqual({ value: older, damage: '' });
  });
});

describe('damage', () => {
  test('a flipped bit anywhere is found', () => {
    const whole = Buffer.from(encodeMemory(newer));
    const survived: number[] = [];
    for (let at = 0; at < whole.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = Buffer.from(whole);
        bytes[at] = bytes[at]! ^ (1 << bit);
        if (decodeMemory(bytes.toString(), 'x') !== undefined) survived.push(at);
      }
    }
    expect(survived).toEqual([]);
  });

  test('so is a torn end at any length, and what was never ours', () => {
    const whole = encodeMemory(newer);
    for (let length = 0; length < whole.length; length++) {
      expect(decodeMemory(whole.slice(0, length), 'x')).toBeUndefined();
    }
    for (const text of ['', '\n', '{}', `${whole}\n`, seal({}), seal({ gemel: 'twin-versions', v: 1 })]) {
      expect(decodeMemory(text, 'x')).toBeUndefined();
    }
  });

  test.each([
    ['torn', (file: string) => truncateSync(file, 100)],
    ['empty', (file: string) => truncateSync(file, 0)],
    ['other bytes', (file: string) => writeFileSync(file, Buffer.from([0xff, 0xfe, 0, 10, 0x80]))],
  ])('a file that is %s is put aside and told of, and the one before counts', async (_, damage) => {
    const file = await twice();
    damage(file);
    const bytes = await readFile(file);
    const looked = await peekSealed(hostDisk, file, decodeMemory);
    expect(looked).toEqual(older);
    expect(await readFile(file)).toEqual(bytes);
    const { value, damage: said } = await read(file);
    expect(value).toEqual(older);
    expect(said).toBe(`${file} is damaged and was put aside as ${file}.damaged`);
    expect(await readFile(`${file}.damaged`)).toEqual(bytes);
  });

  test('of both leaves nothing, and both are named', async () => {
    const file = await twice();
    truncateSync(file, 10);
    truncateSync(previousOf(file), 10);
    const { value, damage } = await read(file);
    expect(value).toBeUndefined();
    expect(damage).toContain(`${file}.damaged`);
    expect(damage).toContain(`${previousOf(file)}.damaged`);
  });

  test('a memory of a newer gemel is none of it: it is refused, and stays', async () => {
    const file = await twice();
    await writeFile(file, seal({ gemel: 'twin-memory', v: 7, all: 'new' }));
    await expect(read(file)).rejects.toMatchObject({ code: 'GEM_MEMORY_NEWER' });
    expect(await readdir(join(file, '..'))).toEqual(['mill-1.json', 'mill-1.json.previous']);
    // But not where only the number is damaged.
    await writeFile(file, encodeMemory(newer).replace('"v":1', '"v":7'));
    expect((await read(file)).value).toEqual(older);
  });
});

describe('a disk that fails', () => {
  test.each(['write mill', 'rename mill-1.json.new', 'rename mill-1.json', 'sync folder'])(
    'at "%s" leaves one of the two generations, and no other',
    async (call) => {
      const file = await twice();
      const disk = tryingDisk();
      disk.fails = { call, code: 'ENOSPC' };
      const next = memoryOf({ version: 3 });
      await expect(writeSealed(disk, file, encodeMemory(next))).rejects.toThrow('ENOSPC');
      const { value, damage } = await read(file);
      expect(damage).toBe('');
      expect([newer, next]).toContainEqual(value);
      disk.fails = undefined;
      await writeSealed(disk, file, encodeMemory(next));
      expect((await read(file)).value).toEqual(next);
    },
  );
});
