// Files as they come: in which encoding, with which line ends, and what is none.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { createLines, lineMax } from '../../../src/sources/replay/lines.ts';
import { openReader } from '../../../src/sources/replay/reader.ts';
import { tempDir } from '../../ports.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const text = 'Zeit,Wärme\n1,21.5\n';
const utf16 = (bytes: Buffer) => Buffer.from(bytes).swap16();

async function textOf(bytes: Uint8Array, chunkBytes?: number): Promise<string> {
  const dir = await tempDir();
  ends.push(() => dir.remove());
  const file = join(dir.path, 'log.csv');
  await writeFile(file, bytes);
  const reader = await openReader(file, 'auto', chunkBytes);
  ends.push(() => reader.close());
  let all = '';
  for (let piece = await reader.read(); piece !== ''; piece = await reader.read()) all += piece;
  return all;
}

describe('a file is read', () => {
  const le = Buffer.from(text, 'utf16le');
  const leMarked = Buffer.from(`\ufeff${text}`, 'utf16le');
  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 with a mark', leMarked],
    ['UTF-16, the other way round, with a mark', utf16(leMarked)],
    ['UTF-16 without a mark', le],
    ['UTF-16, the other way round, without a mark', utf16(le)],
  ])('in %s, however it is cut', async (_name, bytes) => {
    expect(await textOf(bytes)).toBe(text);
    expect(await textOf(bytes, 3)).toBe(text);
  });

  test.each([
    ['', ''],
    ['x', 'x'],
  ])('when it holds no more than %j', async (content, read) => {
    expect(await textOf(Buffer.from(content))).toBe(read);
  });

  test.each([
    ['a spreadsheet', [0x50, 0x4b, 3, 4], 'it is a ZIP archive or a spreadsheet: save it as CSV'],
    ['UTF-32', [0xff, 0xfe, 0, 0], 'its text is UTF-32: save it as UTF-8'],
  ])('not when it is %s, and why is said', async (_name, bytes, why) => {
    await expect(textOf(Buffer.from(bytes))).rejects.toThrow(why);
  });
});

describe('lines', () => {
  const linesOf = (pieces: readonly string[], charactersMax = lineMax) => {
    const seen: (readonly [string, number, boolean])[] = [];
    const lines = createLines((line, number, tooLong) => seen.push([line, number, tooLong]), charactersMax);
    for (const piece of pieces) lines.write(piece);
    lines.end();
    return seen;
  };

  test('end with LF, CR or both, in one file, however it is cut', () => {
    const ends = fc.constantFrom('\n', '\r\n', '\r');
    const line = fc.tuple(fc.stringMatching(/^[a-z]{1,4}$/), ends);
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(3)), (lines, cuts) => {
        const whole = lines.flat().join('');
        const pieces: string[] = [];
        let from = 0;
        for (const cut of cuts) {
          pieces.push(whole.slice(from, from + cut));
          from += cut;
        }
        pieces.push(whole.slice(from));
        expect(linesOf(pieces)).toEqual(lines.map(([content], i) => [content, i + 1, false]));
      }),
    );
  });

  test('that are too long are told of by their beginning, and the next one is read', () => {
    const long = 'x'.repeat(1000);
    for (const pieces of [[`${long}\nab\n`], [long, long, '\r', '\nab'], `${long}\nab`.split('')]) {
      const [first, second] = linesOf(pieces, 100);
      expect([first![1], first![2], second]).toEqual([1, true, ['ab', 2, false]]);
      expect(first![0].length).toBeLessThan(300);
    }
  });
});
