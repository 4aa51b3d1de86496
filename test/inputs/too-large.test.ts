// Row: Payload over the limit, more than 64 fields in one message.
import { generate } from 'mqtt-packet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawSocket, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { type Inputs, openInputs } from './fixture.ts';

const limit = 262_144;
const reason = 'gemel_samples_rejected_total{source="shop",reason="too_large"}';

let shop: Inputs;
beforeAll(async () => {
  const topics = [{ topic: 'shop/{m}', fields: { v: '{m}/v' } }];
  // The broker takes more than the source, so that the source's own limit is seen as well.
  const broker = { port: 0, limits: { packetBytes: 2 * limit } };
  shop = await openInputs({ shop: { type: 'mqtt', topics } }, {}, { broker });
});
afterAll(() => shop.close());

describe('Payload over the limit (256 KiB default), more than 64 fields in one message: reject `too_large`', () => {
  useCleanUp();

  test('a payload over the limit is rejected before parsing; one at the limit is taken', async () => {
    const padded = (bytes: number) => `{"v":1}${' '.repeat(bytes - 7)}`;
    expect(await shop.send('shop/m', padded(limit))).toMatchObject({ samples: [{ value: 1 }], rejected: [] });
    // Not even JSON: had it been parsed, the reason would be another.
    const over = await shop.send('shop/m', 'x'.repeat(limit + 1));
    expect(over).toMatchObject({ samples: [], rejected: ['too_large'] });
    expect(over.letters[0]!.excerpt.length).toBeLessThanOrEqual(1024);
    expect(await shop.metric(reason)).toBeGreaterThan(0);
  });

  test('65 fields are rejected before parsing, 64 are taken', async () => {
    const object = (fields: number) =>
      `{"v":1${Array.from({ length: fields - 1 }, (_, i) => `,"f${i}":${i}`).join('')}}`;
    expect((await shop.send('shop/m', object(64))).samples).toHaveLength(1);
    expect(await shop.send('shop/m', object(65))).toMatchObject({ samples: [], rejected: ['too_large'] });
    // Rejected by what it holds before the parser could find its end missing.
    expect((await shop.send('shop/m', object(65).slice(0, -1))).rejected).toEqual(['too_large']);
  });

  test('on the embedded broker the limit acts on the remaining length, before the payload is buffered', async () => {
    const { port } = new URL(shop.url);
    const socket = await rawSocket(Number(port));
    socket.write(
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        clientId: 'big',
        keepalive: 60,
      }),
    );
    await poll('the CONNACK', () => socket.received.length > 0);
    // The fixed header of a publish of 200 MiB, and no byte of it.
    socket.write(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x64]));
    await poll('the cut', () => socket.gone);
    expect((await shop.send('shop/m', '{"v":2}')).samples).toMatchObject([{ value: 2 }]);
  });
});
