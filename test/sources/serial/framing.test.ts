// Bytes to lines: however they are cut into pieces, the lines are the same, and noise costs one line at most.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFraming } from '../../../src/sources/serial/framing.ts';

function frame(chunks: readonly Buffer[], lineBytesMax = 64) {
  const lines: string[] = [];
  const tooLong: string[] = [];
  let noise = 0;
  const framing = createFraming(lineBytesMax, {
    onLine: (bytes, from, to) => lines.push(bytes.toString('latin1', from, to)),
    onTooLong: (bytes) => tooLong.push(bytes.toString('latin1')),
    onNoise: () => noise++,
  });
  for (const chunk of chunks) framing.push(chunk);
  return { lines, tooLong, noise, framing };
}

/** The same by splitting a whole text. */
function linesOf(bytes: Buffer, lineBytesMax: number) {
  const pieces = bytes.toString('latin1').split(/[\r\n]/);
  const whole = pieces.slice(1, -1).filter((line) => line !== '');
  return whole.filter((line) => line.length <= lineBytesMax);
}

const bytesWithLineEnds = fc
  .array(fc.oneof(fc.constantFrom(10, 13), fc.integer({ min: 0, max: 255 })), { maxLength: 400 })
  .map((bytes) => Buffer.from(bytes));

test('however the bytes are cut, the lines are those of the whole', () => {
  fc.assert(
    fc.property(
      bytesWithLineEnds,
      fc.array(fc.integer({ min: 1, max: 40 })),
      fc.integer({ min: 1, max: 64 }),
      (bytes, cuts, most) => {
        const chunks: Buffer[] = [];
        let from = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(from, from + cut));
          from += cut;
        }
        chunks.push(bytes.subarray(from));
        expect(frame(chunks, most).lines).toEqual(linesOf(bytes, most));
      },
    ),
    { numRuns: 500 },
  );
});

test('a line as long as allowed is taken, one byte more is refused and said once', () => {
  const { lines, tooLong } = frame([
    Buffer.from(`\n${'a'.repeat(64)}\n${'b'.repeat(65)}\n${'c'.repeat(1000)}\nd\n`),
  ]);
  expect(lines).toEqual(['a'.repeat(64), 'd']);
  expect(tooLong).toEqual(['b'.repeat(64), 'c'.repeat(64)]);
});

test('a stream without line ends is counted as noise by its length, and nothing is kept of it', () => {
  const { lines, tooLong, noise } = frame(Array.from({ length: 100 }, () => Buffer.alloc(64, 0x55)));
  expect(lines).toEqual([]);
  expect(tooLong).toEqual([]);
  expect(noise).toBe(100);
});

test('after a restart the first line is dropped again', () => {
  const { lines, framing } = frame([Buffer.from('x\nab\nc')]);
  framing.restart();
  framing.push(Buffer.from('d\nef\n'));
  expect(lines).toEqual(['ab', 'ef']);
});
