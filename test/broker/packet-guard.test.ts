// The cut of a byte stream into packets, and the limit that holds before a payload is kept.
import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { PacketGuard } from '../../src/broker/packet-guard.ts';

const LIMIT = 4096;

function collector(limitBytes = LIMIT) {
  const packets: Buffer[] = [];
  const bodies: number[] = [];
  const guard = new PacketGuard(limitBytes, (chunk, start, body, end) => {
    packets.push(Buffer.from(chunk.subarray(start, end)));
    bodies.push(body - start);
    return true;
  });
  return { guard, packets, bodies };
}

const topic = fc.stringMatching(/^[a-z]{1,12}(\/[a-z]{1,12}){0,4}$/);
const messageId = fc.integer({ min: 1, max: 65_535 });
const publish = fc.record({
  cmd: fc.constant('publish' as const),
  topic,
  payload: fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
  qos: fc.constantFrom(0, 1, 2),
  messageId,
  retain: fc.boolean(),
  dup: fc.constant(false),
});
const subscribe = fc.record({
  cmd: fc.constant('subscribe' as const),
  messageId,
  subscriptions: fc.array(fc.record({ topic, qos: fc.constantFrom(0, 1, 2) }), {
    minLength: 1,
    maxLength: 5,
  }),
});
const others = fc.constantFrom<Packet>(
  { cmd: 'pingreq' } as Packet,
  { cmd: 'disconnect' } as Packet,
  { cmd: 'puback', messageId: 7 } as Packet,
  { cmd: 'pubrel', messageId: 7 } as Packet,
  {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: 'x',
    keepalive: 9,
  } as Packet,
);
const stream = fc.array(
  fc.oneof(publish as fc.Arbitrary<Packet>, subscribe as fc.Arbitrary<Packet>, others),
  {
    minLength: 1,
    maxLength: 12,
  },
);

/** Cuts `bytes` after each of `cuts` (fractions of its length). */
function chunksOf(bytes: Buffer, cuts: number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => Math.floor(cut * bytes.length)))].sort((a, b) => a - b);
  const edges = [0, ...at, bytes.length];
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i]!, end));
}

describe('valid streams', () => {
  test('any stream in any pieces comes out packet by packet', () => {
    fc.assert(
      fc.property(
        stream,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 }),
        (packets, cuts) => {
          const frames = packets.map((packet) => generate(packet));
          const { guard, packets: out } = collector();
          for (const chunk of chunksOf(Buffer.concat(frames), cuts))
            expect(guard.read(chunk)).toBeUndefined();
          expect(guard.fault).toBeUndefined();
          expect(guard.pendingBytes).toBe(0);
          expect(out.map((frame) => frame.toString('hex'))).toEqual(
            frames.map((frame) => frame.toString('hex')),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  test('byte by byte, with the variable header where it is', () => {
    const frame = generate({
      cmd: 'publish',
      topic: 'a',
      payload: Buffer.alloc(300),
      qos: 0,
      retain: false,
      dup: false,
    });
    const { guard, packets, bodies } = collector();
    for (const byte of frame) guard.read(Buffer.from([byte]));
    expect(packets).toEqual([frame]);
    expect(bodies).toEqual([3]);
  });

  test('what is not taken is handed back whole, and goes on where it stopped', () => {
    fc.assert(
      fc.property(
        stream,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 }),
        (packets, cuts) => {
          const frames = packets.map((packet) => generate(packet));
          const out: Buffer[] = [];
          let refuse = true;
          const guard = new PacketGuard(LIMIT, (chunk, start, _body, end) => {
            refuse = !refuse;
            if (!refuse) return false;
            out.push(Buffer.from(chunk.subarray(start, end)));
            return true;
          });
          for (const chunk of chunksOf(Buffer.concat(frames), cuts)) {
            for (let rest: Buffer | undefined = chunk; rest !== undefined && rest.length > 0; )
              rest = guard.read(rest);
          }
          expect(Buffer.concat(out).equals(Buffer.concat(frames))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('what is cut', () => {
  function header(first: number, remaining: number): Buffer {
    const bytes = [first];
    do {
      bytes.push(remaining >= 128 ? (remaining & 127) | 128 : remaining);
      remaining >>= 7;
    } while (remaining > 0);
    return Buffer.from(bytes);
  }

  test('a length over the limit, as soon as the header is there, with nothing kept', () => {
    const { guard, packets } = collector();
    guard.read(header(0x30, LIMIT + 1));
    expect(guard.fault).toBe('too-large');
    expect(guard.pendingBytes).toBe(0);
    guard.read(Buffer.alloc(100_000));
    expect(guard.pendingBytes).toBe(0);
    expect(packets).toEqual([]);
  });

  test('control: a length at the limit passes', () => {
    const { guard, packets } = collector();
    guard.read(Buffer.concat([header(0x30, LIMIT), Buffer.alloc(LIMIT)]));
    expect(guard.fault).toBeUndefined();
    expect(packets).toHaveLength(1);
  });

  test('no more is set aside than has come, whatever length is announced', () => {
    const { guard } = collector(200_000_000);
    guard.read(Buffer.concat([header(0x30, 199_000_000), Buffer.alloc(1000)]));
    expect(guard.fault).toBeUndefined();
    expect(guard.pendingBytes).toBeLessThan(4096);
  });

  test.each([
    ['type 0', [0x00, 0x00]],
    ['QoS 3', [0x36, 0x00]],
    ['a CONNECT with flags', [0x11, 0x00]],
    ['a SUBSCRIBE without its flag', [0x80, 0x00]],
    ['a PUBREL without its flag', [0x60, 0x02, 0, 1]],
    ['a length of five bytes', [0x30, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['HTTP', [...Buffer.from('GET / HTTP/1.1\r\n')]],
  ])('%s is malformed', (_name, bytes) => {
    const { guard } = collector();
    guard.read(Buffer.from(bytes));
    expect(guard.fault).toBe('malformed');
  });
});
