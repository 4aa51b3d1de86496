// What subscribers see, byte by byte: every folder of test/golden/mqtt-sink, and the rules of the numbers.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Forecast } from '../../../src/core/forecast.ts';
import { type Frame, type MachineLayout, newFrame } from '../../../src/core/frame.ts';
import type { BehaviourSpec, Model, ParameterSpec, SignalSpec } from '../../../src/core/model.ts';
import type { DeadLetter, GatewayEvent } from '../../../src/ports/event.ts';
import type { Health } from '../../../src/ports.ts';
import { sixDigits } from '../../../src/sinks/mqtt/digits.ts';
import {
  createFrameEncoder,
  encodeDeadLetter,
  encodeEvent,
  encodeSignal,
  encodeStatus,
} from '../../../src/sinks/mqtt/encode.ts';
import { encodeForecast } from '../../../src/sinks/mqtt/forecast.ts';
import { encodeHealth } from '../../../src/sinks/mqtt/health.ts';
import { encodeMeta } from '../../../src/sinks/mqtt/meta.ts';
import { frameOf, machineOf } from '../../suites/scene.ts';

interface GoldenMachine {
  id: string;
  lagMs: number;
  model: { id: string; version: string; behaviour?: BehaviourSpec };
  inputs: SignalSpec[];
  outputs: SignalSpec[];
  parameters?: ParameterSpec[];
  parameterValues?: number[];
}

type GoldenInput =
  | { kind: 'frame'; machine: GoldenMachine; frame: Partial<Record<keyof Frame, unknown>> }
  | {
      kind: 'meta';
      machine: GoldenMachine;
      periodMs: number;
      now?: { version: number; values: number[]; sigma: Record<string, number> };
    }
  | { kind: 'forecast'; forecast: Forecast }
  | { kind: 'health'; health: Health }
  | { kind: 'event'; event: GatewayEvent }
  | { kind: 'deadLetter'; letter: DeadLetter }
  | { kind: 'signal'; value: number | null; quality: number; timeMs: number }
  | { kind: 'status'; state: 'online' | 'offline'; sinceMs?: number; version: string };

function layoutOf(golden: GoldenMachine): MachineLayout {
  const { id, lagMs, inputs, outputs, parameters = [], parameterValues } = golden;
  const model: Model = { ...golden.model, inputs, outputs, states: [], parameters, step() {} };
  const values = Float64Array.from(parameterValues ?? parameters.map((spec) => spec.value));
  return { id, lagMs, model, signals: [...inputs, ...outputs], parameters: values };
}

/** JSON has no NaN: null stands for it. */
function readFrame(machine: MachineLayout, given: Partial<Record<keyof Frame, unknown>>): Frame {
  const frame: Frame = newFrame(machine);
  for (const [key, value] of Object.entries(given)) {
    if (!Array.isArray(value)) Object.assign(frame, { [key]: value });
    else frame[key as 'value'].set(value.map((v: number | null) => v ?? Number.NaN));
  }
  return frame;
}

/** JSON has no Infinity either. */
function readForecast(given: Forecast): Forecast {
  const far = (hours: number | null) => hours ?? Number.POSITIVE_INFINITY;
  const components = given.components.map((each) => {
    const { p10, p50, p90 } = each.rulHours;
    return { ...each, rulHours: { p10: far(p10), p50: far(p50), p90: far(p90) } };
  });
  return { ...given, components };
}

function encode(golden: GoldenInput): string {
  switch (golden.kind) {
    case 'frame': {
      const machine = layoutOf(golden.machine);
      return createFrameEncoder(machine)(readFrame(machine, golden.frame));
    }
    case 'meta':
      return encodeMeta(
        layoutOf(golden.machine),
        golden.periodMs,
        golden.now && { ...golden.now, values: Float64Array.from(golden.now.values) },
      );
    case 'forecast':
      return encodeForecast(readForecast(golden.forecast));
    case 'health':
      return encodeHealth(golden.health);
    case 'event':
      return encodeEvent(golden.event);
    case 'deadLetter':
      return encodeDeadLetter(golden.letter);
    case 'signal':
      return encodeSignal(golden.value ?? Number.NaN, golden.quality, golden.timeMs);
    case 'status':
      return encodeStatus(golden.state, golden.sinceMs, golden.version);
  }
}

describe('golden messages of the MQTT sink', () => {
  const root = join(import.meta.dirname, '../../golden/mqtt-sink');
  test.each(readdirSync(root).sort())('%s', (name) => {
    const read = (file: string) => readFileSync(join(root, name, file), 'utf8');
    const text = encode(JSON.parse(read('input.json')) as GoldenInput);
    expect(text).toBe(read('expected.json').trimEnd());
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });
});

describe('numbers', () => {
  test.each([
    [4.2137123, '4.21371'],
    [-0.000123456789, '-0.000123457'],
    [1234567.8, '1234570'],
    [123456.7, '123457'],
    [999999.6, '1000000'],
    [9.999999, '10'],
    [-0, '0'],
    [1e-9, '1e-9'],
    [1.23456789e300, '1.23457e+300'],
    [Number.NaN, 'null'],
    [Number.POSITIVE_INFINITY, 'null'],
  ])('%d is written %s', (value, text) => {
    expect(sixDigits(value)).toBe(text);
  });

  test('any number is JSON, right to six digits, and has no more of them', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: -320, max: 0 }),
        (x, e) => {
          const value = x * 10 ** e;
          const text = sixDigits(value);
          const read = JSON.parse(text) as number;
          const digits = text
            .replace(/e.*$/, '')
            .replace(/^-?0*\.?0*|\.|-/g, '')
            .replace(/0+$/, '');
          expect(digits.length).toBeLessThanOrEqual(6);
          expect(Math.abs(read - value)).toBeLessThanOrEqual(Math.abs(value) * 5.001e-6 + Number.MIN_VALUE);
        },
      ),
    );
  });
});

test('any frame is JSON with every signal in it', () => {
  const machine = machineOf('press-1');
  const toText = createFrameEncoder(machine);
  const anything = fc.double();
  fc.assert(
    fc.property(
      fc.array(anything, { minLength: 4, maxLength: 4 }),
      fc.array(fc.integer({ min: 0, max: 0xffffffff }), { minLength: 4, maxLength: 4 }),
      fc.array(anything, { minLength: 2, maxLength: 2 }),
      (values, qualities, twins) => {
        const frame = frameOf(machine, 7, values);
        frame.quality.set(qualities);
        for (const column of [frame.twin, frame.sigma, frame.residual]) column.set(twins);
        const read = JSON.parse(toText(frame)) as { signals: object; twin: object; residuals: object };
        expect(Object.keys(read.signals)).toEqual(machine.signals.map(({ name }) => name));
        expect(Object.keys(read.residuals)).toEqual(Object.keys(read.twin));
      },
    ),
  );
});

test('the excerpt of a dead letter is at most 1 KiB of printable text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (excerpt) => {
      const text = encodeDeadLetter({ source: 'shop', reason: 'parse', timeMs: 0, excerpt });
      const read = (JSON.parse(text) as { excerpt: string }).excerpt;
      expect(Buffer.byteLength(read)).toBeLessThanOrEqual(1024);
      expect(read).not.toMatch(/[\p{Cc}\p{Cs}]/u);
    }),
  );
});
