// From the text of an expression to a program. Numbers, names (`spindle.speed`; `[imu/accel.z]` for a tag or any
// other name), + - * / ^, comparisons, `a ? b : c`, functions. Bounded in length, depth and size.
import {
  type Binary,
  type FunctionName,
  functions,
  type Operation,
  operationCode,
  type Program,
} from './program.ts';
import { type Token, tokenize } from './token.ts';

const expressionLengthMax = 1000;
const depthMax = 64;

/** What is wrong with an expression; `column` counts from 1. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly column: number;

  constructor(column: number, text: string) {
    super(text);
    this.column = column;
  }
}

interface Parser {
  readonly tokens: readonly Token[];
  at: number;
  depth: number;
  readonly code: number[];
  readonly constants: number[];
  readonly names: string[];
  height: number;
  highest: number;
}

/** Throws ExpressionError and nothing else. */
export function parseExpression(text: string): Program {
  if (text.length > expressionLengthMax) {
    throw new ExpressionError(1, `longer than ${expressionLengthMax} characters`);
  }
  const parser: Parser = {
    tokens: tokenize(text, (column, what) => new ExpressionError(column, what)),
    at: 0,
    depth: 0,
    code: [],
    constants: [],
    names: [],
    height: 0,
    highest: 0,
  };
  choice(parser);
  if (peek(parser).kind !== 'end') throw expected(parser, 'an operator or the end');
  return {
    code: Int32Array.from(parser.code),
    constants: Float64Array.from(parser.constants),
    names: parser.names,
    stack: new Float64Array(parser.highest),
  };
}

/** condition ? one : other. Only the one chosen is evaluated. */
function choice(parser: Parser): void {
  enter(parser);
  comparison(parser);
  if (take(parser, '?')) {
    const toOther = emit(parser, 'jumpIfZero', 0, -1);
    choice(parser);
    if (!take(parser, ':')) throw expected(parser, '":"');
    const toEnd = emit(parser, 'jump', 0, -1);
    parser.code[toOther + 1] = parser.code.length;
    choice(parser);
    parser.code[toEnd + 1] = parser.code.length;
  }
  parser.depth--;
}

const comparisons = ['<', '<=', '>', '>=', '==', '!='] as const;

function comparison(parser: Parser): void {
  leftToRight(parser, comparisons, (inner) => leftToRight(inner, ['+', '-'], product));
}

function product(parser: Parser): void {
  leftToRight(parser, ['*', '/'], unary);
}

function leftToRight(parser: Parser, signs: readonly Binary[], part: (parser: Parser) => void): void {
  part(parser);
  for (;;) {
    const sign = signs.find((each) => take(parser, each));
    if (sign === undefined) return;
    part(parser);
    emit(parser, sign, 0, -1);
  }
}

/** -2^2 is -4, as on paper. */
function unary(parser: Parser): void {
  enter(parser);
  if (take(parser, '-')) {
    unary(parser);
    emit(parser, 'negate', 0, 0);
  } else {
    take(parser, '+');
    power(parser);
  }
  parser.depth--;
}

/** From right to left: 2^3^2 is 2^9. */
function power(parser: Parser): void {
  operand(parser);
  if (!take(parser, '^')) return;
  unary(parser);
  emit(parser, '^', 0, -1);
}

function operand(parser: Parser): void {
  const token = peek(parser);
  if (token.kind === 'number') {
    parser.at++;
    emit(parser, 'constant', parser.constants.push(token.value) - 1, 1);
  } else if (token.kind === 'name') {
    parser.at++;
    if (!token.quoted && peek(parser).text === '(') call(parser, token);
    else load(parser, token);
  } else if (take(parser, '(')) {
    choice(parser);
    if (!take(parser, ')')) throw expected(parser, '")" or an operator');
  } else {
    throw expected(parser, 'a number, a name, a function or "("');
  }
}

function load(parser: Parser, token: Token): void {
  if (token.text === 'pi' && !token.quoted) {
    emit(parser, 'constant', parser.constants.push(Math.PI) - 1, 1);
    return;
  }
  const known = parser.names.indexOf(token.text);
  emit(parser, 'load', known < 0 ? parser.names.push(token.text) - 1 : known, 1);
}

function call(parser: Parser, name: Token): void {
  if (!Object.hasOwn(functions, name.text)) {
    const list = Object.keys(functions).join(', ');
    throw new ExpressionError(name.column, `there is no function "${name.text}"; there is ${list}`);
  }
  const operation = name.text as FunctionName;
  const wanted = functions[operation];
  take(parser, '(');
  for (let given = 1; ; given++) {
    choice(parser);
    if (given < wanted) {
      if (!take(parser, ',')) throw expected(parser, `"," (${name.text} takes ${wanted} values)`);
    } else {
      if (!take(parser, ')'))
        throw expected(parser, `")" (${name.text} takes ${wanted} value${wanted > 1 ? 's' : ''})`);
      break;
    }
  }
  emit(parser, operation, 0, 1 - wanted);
}

/** Adds an instruction that changes the height of the stack by `change`; returns where it stands. */
function emit(parser: Parser, operation: Operation, about: number, change: number): number {
  parser.height += change;
  parser.highest = Math.max(parser.highest, parser.height);
  return parser.code.push(operationCode(operation), about) - 2;
}

function enter(parser: Parser): void {
  if (++parser.depth > depthMax) throw new ExpressionError(peek(parser).column, 'nested too deeply');
}

function peek(parser: Parser): Token {
  return parser.tokens[parser.at]!;
}

function take(parser: Parser, sign: string): boolean {
  const token = peek(parser);
  if (token.kind !== 'sign' || token.text !== sign) return false;
  parser.at++;
  return true;
}

function expected(parser: Parser, what: string): ExpressionError {
  const token = peek(parser);
  const found = token.kind === 'end' ? 'the end' : `"${token.text}"`;
  return new ExpressionError(token.column, `expected ${what}, found ${found}`);
}
