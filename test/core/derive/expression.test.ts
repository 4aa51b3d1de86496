import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpressionError, parseExpression } from '../../../src/core/derive/expression.ts';
import { runProgram } from '../../../src/core/derive/program.ts';
import { newSignalColumns, Origins, origins } from '../../../src/core/frame.ts';
import { Quality } from '../../../src/core/quality.ts';
import { writeSignal } from '../../../src/core/read-track.ts';

type Given = Record<string, number | { value?: number; quality?: number; origin?: number; ageMs?: number }>;

/** Every name is a row; the first row takes the result. */
function evaluate(text: string, given: Given = {}) {
  const program = parseExpression(text);
  const out = newSignalColumns(1 + program.names.length);
  for (const [i, name] of program.names.entries()) {
    const entry = given[name];
    const {
      value = Number.NaN,
      quality = Quality.good,
      origin = Origins.measured,
      ageMs = 0,
    } = typeof entry === 'object' ? entry : { value: entry };
    writeSignal(out, i + 1, value, quality, origin, ageMs);
  }
  const operands = Int32Array.from(program.names, (_, i) => i + 1);
  runProgram(program, operands, newSignalColumns(0), out, 0);
  return {
    value: out.value[0]!,
    quality: out.quality[0]!,
    origin: origins[out.origin[0]!],
    ageMs: out.ageMs[0]!,
  };
}

function complaint(text: string): string {
  try {
    parseExpression(text);
    return '';
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return `${error.column}: ${error.message}`;
  }
}

describe('an expression', () => {
  it.each<[string, number]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['12 / 4 / 3', 1],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['2 ^ 3 ^ 2', 512],
    ['--3', 3],
    ['.5e1 + 1E-1', 5.1],
    ['1 < 2', 1],
    ['1 + 1 == 2', 1],
    ['2 <= 1', 0],
    ['3 != 3', 0],
    ['1 > 2 ? 10 : 20', 20],
    ['1 ? 0 ? 1 : 2 : 3', 2],
    ['0 ? 1 : 0 ? 2 : 3', 3],
    ['max(1, 2) + min(3, 4)', 5],
    ['hypot(3, 4)', 5],
    ['clamp(7, 0, 5)', 5],
    ['clamp(-7, 0, 5) + 1', 1],
    ['atan2(1, 1) * 4 == pi', 1],
    ['sqrt(abs(-16)) + exp(0) + log(1) + sin(0) + cos(0) + tan(0)', 6],
  ])('%s is %d', (text, value) => expect(evaluate(text).value).toBeCloseTo(value, 12));

  it('reads signals by name, and anything else in brackets', () => {
    expect(
      evaluate('spindle.voltage * spindle.current', { 'spindle.voltage': 24, 'spindle.current': 2 }).value,
    ).toBe(48);
    expect(evaluate('[imu/accel.z] - [a b-c] + [pi]', { 'imu/accel.z': 5, 'a b-c': 2, pi: 1 }).value).toBe(4);
    expect(evaluate('a-b', { a: 3, b: 1 }).value).toBe(2);
  });

  it('is as good as the worst it used, and as old', () => {
    const given: Given = {
      a: { value: 1, ageMs: 5 },
      b: { value: 2, quality: Quality.uncertain, origin: Origins.held, ageMs: 70 },
      c: { quality: Quality.badSensorFailure, origin: Origins.missing },
    };
    expect(evaluate('a + b', given)).toEqual({
      value: 3,
      quality: Quality.uncertain,
      origin: 'held',
      ageMs: 70,
    });
    expect(evaluate('a + c', given)).toMatchObject({
      value: Number.NaN,
      quality: Quality.badSensorFailure,
      origin: 'missing',
    });
    // What is not chosen does not count.
    expect(evaluate('a > 0 ? a : c', given)).toMatchObject({ value: 1, quality: Quality.good });
    expect(evaluate('a < 0 ? a : c', given)).toMatchObject({ quality: Quality.badSensorFailure });
  });

  it.each([
    '1 / 0',
    '0 / 0',
    'sqrt(-1)',
    'log(0)',
    '0 / 0 > 1',
    '0 / 0 ? 1 : 2',
    'sqrt(-1) < 0 ? 1 : 2',
    '1e308 * 10',
    '1e999',
  ])('%s is Bad and no number', (text) => {
    expect(evaluate(text)).toMatchObject({
      value: Number.NaN,
      quality: Quality.badOutOfRange,
      origin: 'missing',
    });
  });
});

describe('a wrong expression', () => {
  it.each<[string, string]>([
    ['', '1: expected a number, a name, a function or "(", found the end'],
    ['1 +', '4: expected a number, a name, a function or "(", found the end'],
    ['(1', '3: expected ")" or an operator, found the end'],
    ['1 2', '3: expected an operator or the end, found "2"'],
    ['a ? 1', '6: expected ":", found the end'],
    ['min(1)', '6: expected "," (min takes 2 values), found ")"'],
    ['sin(1, 2)', '6: expected ")" (sin takes 1 value), found ","'],
    ['a $ b', '3: expected a number, a name or an operator, found "$"'],
    ['[a', '1: expected a name and "]" after "["'],
    ['a = b', '3: expected "==" to compare, found "="'],
  ])('"%s" is refused with the column', (text, expected) => expect(complaint(text)).toBe(expected));

  it('is refused when it is too long or too deep, and never overflows anything', () => {
    expect(complaint('1+'.repeat(600))).toMatch(/longer than 1000/);
    expect(complaint(`${'('.repeat(400)}1`)).toMatch(/nested too deeply/);
    expect(complaint(`${'-'.repeat(900)}1`)).toMatch(/nested too deeply/);
    expect(complaint(`1${'^1'.repeat(400)}`)).toMatch(/nested too deeply/);
    expect(complaint(`1${'?1:1'.repeat(200)}`)).toMatch(/nested too deeply/);
    expect(evaluate(`1${'+1'.repeat(499)}`).value).toBe(500);
  });

  it('throws nothing but its own error, whatever the text', () => {
    const words = [
      'a',
      '1',
      '+',
      '-',
      '*',
      '/',
      '^',
      '(',
      ')',
      '?',
      ':',
      '<',
      '==',
      'min(',
      ',',
      '[',
      ']',
      ' ',
      '.',
    ];
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (any) => void complaint(any)),
      { numRuns: 3000 },
    );
  });

  it('computes a tree as the tree says', () => {
    interface Tree {
      text: string;
      value: number;
    }
    const leaf = fc.integer({ min: 0, max: 20 }).map((value): Tree => ({ text: String(value), value }));
    const apply: Readonly<Record<string, (a: number, b: number) => number>> = {
      '+': (a, b) => a + b,
      '-': (a, b) => a - b,
      '*': (a, b) => a * b,
      '/': (a, b) => a / b,
      '<': (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Number(a < b)),
      '>=': (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Number(a >= b)),
    };
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.tuple(tie('tree'), fc.constantFrom(...Object.keys(apply)), tie('tree')).map(([a, sign, b]) => ({
          text: `(${a.text} ${sign} ${b.text})`,
          value: apply[sign]!(a.value, b.value),
        })),
        fc.tuple(tie('tree'), tie('tree'), tie('tree')).map(([a, b, c]) => ({
          text: `(${a.text} ? ${b.text} : ${c.text})`,
          value: Number.isNaN(a.value) ? a.value : a.value === 0 ? c.value : b.value,
        })),
        tie('tree').map((a) => ({ text: `(-${a.text})`, value: -a.value })),
      ),
    }));
    fc.assert(
      fc.property(tree, ({ text, value: expected }) => {
        if (text.length > 1000) return;
        const { value } = evaluate(text);
        if (Number.isFinite(expected)) expect(value).toBeCloseTo(expected, 9);
        else expect(value).toBeNaN();
      }),
    );
  });
});
