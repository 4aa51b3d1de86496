// From a DataValue to a sample: what each type and status becomes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import { decode, newDecoded, newTagRule, type TagRule } from '../../../src/sources/opcua/values/decode.ts';
import type { WireValue } from '../../../src/sources/opcua/values/wire.ts';

const number = newTagRule({});
const boolean = newTagRule({ kind: 'boolean' });
const enumeration = newTagRule({ kind: 'enum' });
const at = new Date(1_790_000_000_123);

function wire(dataType: number, value: unknown, status = 0, arrayType = 0): WireValue {
  return { value: { dataType, arrayType, value }, statusCode: { value: status }, sourceTimestamp: at };
}

function decoded(value: WireValue, rule: TagRule = number) {
  const into = newDecoded();
  decode(value, rule, into);
  return into;
}

describe('numbers', () => {
  test.each([
    ['SByte', 2, -5, -5],
    ['Byte', 3, 255, 255],
    ['Int16', 4, -32_768, -32_768],
    ['UInt16', 5, 65_535, 65_535],
    ['Int32', 6, -2_147_483_648, -2_147_483_648],
    ['UInt32', 7, 4_294_967_295, 4_294_967_295],
    ['Float', 10, 1.5, 1.5],
    ['Double', 11, 1e-9, 1e-9],
    ['Int64, one', 8, [0, 1], 1],
    ['Int64, minus one', 8, [0xffffffff, 0xffffffff], -1],
    ['Int64, words as signed', 8, [-1, -2], -2],
    ['UInt64, 2^32 + 5', 9, [1, 5], 4_294_967_301],
    ['Int64 as bigint', 8, -7n, -7],
  ])('%s', (_name, dataType, raw, value) => {
    expect(decoded(wire(dataType, raw))).toMatchObject({ value, quality: Quality.good, reject: undefined });
  });

  test('Int64 of any size comes back as the nearest number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (big) => {
        const high = Number(BigInt.asUintN(64, big) >> 32n);
        const low = Number(BigInt.asUintN(32, big));
        const { value } = decoded(wire(8, [high, low]));
        expect(Math.abs(value - Number(big))).toBeLessThanOrEqual(1024);
        if (Number.isSafeInteger(Number(big))) expect(BigInt(value)).toBe(big);
      }),
    );
  });

  test('a 64-bit integer that no number can hold is Uncertain as a number, and exact as what it is', () => {
    const big = wire(9, [0x80000000, 1]);
    expect(decoded(big)).toMatchObject({ value: 2 ** 63, quality: Quality.uncertain, exact: undefined });
    const exact = { exact: 2n ** 63n + 1n, quality: Quality.good };
    expect(decoded(big, newTagRule({ kind: 'uint64' }))).toMatchObject(exact);
    expect(decoded(big, newTagRule({ kind: 'int64' }))).toMatchObject({ quality: Quality.badOutOfRange });
    expect(decoded(wire(9, [0x200000, 0])).quality).toBe(Quality.uncertain);
    expect(decoded(wire(9, [0x1fffff, 0xffffffff])).quality).toBe(Quality.good);
  });

  test('Int64 of any size keeps every bit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (big) => {
        const words = [Number(BigInt.asUintN(64, big) >> 32n), Number(BigInt.asUintN(32, big))];
        expect(decoded(wire(8, words), newTagRule({ kind: 'int64' })).exact).toBe(big);
      }),
    );
  });

  test('scale and offset act on numbers, not on words', () => {
    const scaled = newTagRule({ scale: 0.1, offset: -40 });
    expect(decoded(wire(6, 650), scaled).value).toBeCloseTo(25);
    expect(decoded(wire(6, 3), newTagRule({ kind: 'enum', scale: 0.1 })).value).toBe(3);
    expect(decoded(wire(1, true), newTagRule({ kind: 'boolean', scale: 0.1 })).value).toBe(1);
  });

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY]])('%d is Bad', (raw) => {
    expect(decoded(wire(11, raw))).toMatchObject({ value: Number.NaN, quality: Quality.badOutOfRange });
  });
});

describe('booleans and enumerations', () => {
  test('a boolean is 0 or 1, for a tag that says so', () => {
    expect(decoded(wire(1, true), boolean).value).toBe(1);
    expect(decoded(wire(1, false), boolean).value).toBe(0);
    expect(decoded(wire(1, true), number).reject).toBe('type');
    expect(decoded(wire(6, 1), boolean).reject).toBe('type');
  });

  test('an enumeration is a whole number', () => {
    expect(decoded(wire(6, 4), enumeration).value).toBe(4);
    expect(decoded(wire(11, 4.5), enumeration).reject).toBe('type');
    expect(decoded(wire(12, 'AUTO'), enumeration).reject).toBe('type');
  });
});

describe('what is no number', () => {
  test.each([
    ['String', 12, '12.5', 'type'],
    ['NodeId', 17, {}, 'type'],
    ['LocalizedText', 21, { text: 'x' }, 'type'],
    ['ByteString', 15, Buffer.from('x'), 'opaque'],
    ['ExtensionObject', 22, {}, 'opaque'],
    ['Variant', 24, {}, 'opaque'],
  ])('%s is rejected', (_name, dataType, raw, reason) => {
    expect(decoded(wire(dataType, raw)).reject).toBe(reason);
  });

  test('an array or a matrix is rejected whole, never cut', () => {
    expect(decoded(wire(11, new Float64Array([1, 2]), 0, 1)).reject).toBe('type');
    expect(decoded(wire(11, new Float64Array(4), 0, 2)).reject).toBe('type');
  });

  test('malformed words of a 64-bit integer are rejected', () => {
    expect(decoded(wire(8, [1])).reject).toBe('type');
    expect(decoded(wire(8, ['1', 2])).reject).toBe('type');
  });

  test('good without a value is Bad, not zero', () => {
    const empty: WireValue = { statusCode: { value: 0 }, sourceTimestamp: at };
    expect(decoded(empty)).toMatchObject({ value: Number.NaN, quality: Quality.badOutOfRange });
    expect(decoded(wire(0, null))).toMatchObject({ value: Number.NaN, quality: Quality.badOutOfRange });
  });
});

describe('status', () => {
  test('a Bad status has no value, whatever came with it', () => {
    expect(decoded(wire(11, 42, 0x808c0000))).toMatchObject({
      value: Number.NaN,
      quality: Quality.badSensorFailure,
    });
    expect(decoded(wire(12, 'x', 0x80310000)).reject).toBeUndefined();
  });

  test('an Uncertain one keeps it', () => {
    const code = Quality.uncertainLastUsableValue;
    expect(decoded(wire(11, 42, code))).toMatchObject({ value: 42, quality: code });
  });

  test('the low 16 bits are no part of the quality; the overflow bit is a gap', () => {
    expect(decoded(wire(11, 42, 0x00000480))).toMatchObject({ quality: Quality.good, value: 42, gap: true });
    expect(decoded(wire(11, 42, 0x00000401))).toMatchObject({ quality: Quality.good, gap: false });
    expect(decoded(wire(11, 42, 0x00000080))).toMatchObject({ quality: Quality.good, gap: false });
  });

  test('what one value left behind is gone with the next', () => {
    const into = newDecoded();
    decode(wire(12, 'x', 0x480), number, into);
    decode(wire(11, 1), number, into);
    expect(into).toEqual({
      reject: undefined,
      value: 1,
      exact: undefined,
      quality: 0,
      gap: false,
      coerced: false,
      sourceMs: at.getTime(),
    });
  });
});

describe('time', () => {
  const server = new Date(1_790_000_000_999);
  const value = { dataType: 11, arrayType: 0, value: 1 };
  test('the source knows best, then the server, then nobody', () => {
    const statusCode = { value: 0 };
    const both = { value, statusCode, sourceTimestamp: at, serverTimestamp: server };
    expect(decoded(both).sourceMs).toBe(at.getTime());
    expect(decoded({ ...both, sourceTimestamp: null }).sourceMs).toBe(server.getTime());
    expect(decoded({ value, statusCode }).sourceMs).toBeNaN();
  });
});

describe('a structure whose inner type is not known', () => {
  const fields = (...names: string[]) => ({ fields: names.map((name) => ({ name, fieldType: 'Double' })) });
  const torn = { inner: { schema: fields() }, after: 7, schema: fields('inner', 'after') };
  const whole = { inner: { x: 1, schema: fields('x') }, after: 7, schema: fields('inner', 'after') };
  const sealed = { ...torn, inner: { nodeId: 'ns=1;i=9', buffer: Buffer.from([1]), schema: fields() } };

  test('is not believed in what comes after it either, unless it came with its length', () => {
    const rule = newTagRule({ field: 'after' });
    expect(decoded(wire(22, torn), rule)).toMatchObject({ reject: 'opaque', value: Number.NaN });
    expect(decoded(wire(22, whole), rule)).toMatchObject({ reject: undefined, value: 7 });
    expect(decoded(wire(22, sealed), rule)).toMatchObject({ reject: undefined, value: 7 });
    expect(decoded(wire(22, sealed), newTagRule({ field: 'inner.x' })).reject).toBe('opaque');
  });
});
