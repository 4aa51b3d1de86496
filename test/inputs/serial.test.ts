// Row: Serial noise. A line over TCP, as a serial server offers one, into a real gateway.
import { afterEach, describe, expect, test } from 'vitest';
import { poll } from '../poll.ts';
import { startLineServer } from '../sources/serial/line-server.ts';
import { seeded } from '../virtual-time.ts';
import { type Inputs, openInputs } from './fixture.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function openLine(more: object = {}) {
  const line = await startLineServer();
  ends.push(() => line.stop());
  const imu = {
    type: 'serial',
    path: `tcp://127.0.0.1:${line.port}`,
    columns: ['x', 'y'],
    fields: { x: 'x', y: 'y' },
    ...more,
  };
  const shop = await openInputs({ imu });
  ends.push(() => shop.close());
  await poll('the line', () => line.callers === 1 && shop.report('imu').link === 'up');
  return { line, shop };
}

const xor = (text: string) => {
  const sum = Buffer.from(text).reduce((all, byte) => all ^ byte, 0);
  return `${text}*${sum.toString(16).toUpperCase().padStart(2, '0')}\n`;
};
/** Values of the samples that are not Bad. */
const good = (shop: Inputs) => shop.stored.filter(({ value }) => value !== null).map(({ value }) => value);

describe('Serial noise: binary, no newline, partial first line, merged lines, bad checksum', () => {
  test('the first partial line is dropped, and is no fault', async () => {
    // The server begins with the end of a line, ".25,3.5": both would be numbers.
    const { line, shop } = await openLine();
    line.say('1,2\r\n');
    await poll('the first whole line', () => shop.stored.length === 2);
    expect(good(shop)).toEqual([1, 2]);
    expect(shop.report('imu').ledger.received).toBe(2);
  });

  test('no newline: capped at 1 KiB, rejected once, and resynchronised at the next line', async () => {
    const { line, shop } = await openLine();
    const endless = '7'.repeat(1500);
    const { rejected, letters } = await shop.during(
      'imu',
      () => line.say(`${endless}${endless}`),
      ({ ledger }) => ledger.rejected.too_large === 1,
    );
    expect(rejected).toEqual(['too_large']);
    expect(Buffer.byteLength(letters[0]!.excerpt)).toBeLessThanOrEqual(1024);
    line.say('7,7\n3,4\n');
    await poll('the next line', () => shop.stored.length === 2);
    expect(good(shop)).toEqual([3, 4]);
  });

  test('merged lines and binary: rejected, and nothing of them believed', async () => {
    const { line, shop } = await openLine();
    line.say('1,21,2\n1,2,3\n1\n1;2\n1,2x\n');
    line.say(Buffer.concat([Buffer.from([0x00, 0xff, 0xfe, 0x31, 0x2c, 0x80]), Buffer.from('\n5,6\n')]));
    await poll('the good line', () => good(shop).length === 2);
    expect(good(shop)).toEqual([5, 6]);
    const { ledger } = shop.report('imu');
    expect(ledger.received - ledger.stored - ledger.pending).toBe(6);
  });

  test('a bad checksum is rejected as such; a good one is believed', async () => {
    const { line, shop } = await openLine({ checksum: 'xor8' });
    const { rejected } = await shop.during(
      'imu',
      () => line.say(xor('1,2').replace('1,2', '1,3')),
      ({ ledger }) => ledger.received === 1,
    );
    expect(rejected).toEqual(['checksum']);
    line.say(xor('1,2'));
    await poll('the good line', () => good(shop).length === 2);
    expect(good(shop)).toEqual([1, 2]);
  });

  test('more than 50 % noise in 10 s is Bad, said by the source, and over when it is over', async () => {
    const { line, shop } = await openLine();
    line.say('1,2\n'.repeat(5));
    await poll('the values', () => shop.stored.length === 10);
    const random = seeded(3);
    const noise = Buffer.from(Array.from({ length: 4000 }, () => Math.floor(random() * 256)));
    line.say(Buffer.concat([Buffer.from('\n'), noise, Buffer.from(`\n${'#,\n'.repeat(20)}`)]));
    await poll('the source to say so', () => shop.report('imu').link === 'down');
    expect(shop.report('imu').reason).toMatch(/noise|%/);
    await poll('Bad values', () => shop.stored.some(({ quality }) => quality.startsWith('Bad')));
    expect(new Set(good(shop))).toEqual(new Set([1, 2]));
    line.say('3,4\n'.repeat(10));
    await poll('it is over', () => shop.report('imu').link === 'up');
    await poll('good values', () => good(shop).includes(4));
  });
});
