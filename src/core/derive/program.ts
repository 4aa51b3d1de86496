// An expression, compiled: a list of instructions for a stack of numbers. Evaluating one allocates nothing.
import { Origins, type SignalColumns } from '../frame.ts';
import { isBad, Quality, worse } from '../quality.ts';
import { writeMissing, writeSignal } from '../read-track.ts';

export const functions = {
  abs: 1,
  sqrt: 1,
  exp: 1,
  log: 1,
  sin: 1,
  cos: 1,
  tan: 1,
  atan2: 2,
  min: 2,
  max: 2,
  hypot: 2,
  clamp: 3,
} as const;
export type FunctionName = keyof typeof functions;

const operators = ['constant', 'load', 'jump', 'jumpIfZero', 'negate'] as const;
const binaries = ['+', '-', '*', '/', '^', '<', '<=', '>', '>=', '==', '!='] as const;
export type Binary = (typeof binaries)[number];
export type Operation = (typeof operators)[number] | Binary | FunctionName;

const operations: readonly Operation[] = [
  ...operators,
  ...binaries,
  ...(Object.keys(functions) as FunctionName[]),
];

export interface Program {
  /** Pairs: an operation, and what it is about (an index of a constant or a name, the target of a jump). */
  readonly code: Int32Array;
  readonly constants: Float64Array;
  /** What it loads: names of signals, or "<source>/<tag>". */
  readonly names: readonly string[];
  readonly stack: Float64Array;
}

export function operationCode(operation: Operation): number {
  return operations.indexOf(operation);
}

const Op = {
  constant: 0,
  load: 1,
  jump: 2,
  jumpIfZero: 3,
  negate: 4,
  firstBinary: 5,
  firstFunction: 5 + binaries.length,
} as const;

/**
 * Writes the value of the program to row `row` of `out`. `operands` says by name where its value stands: a row
 * of `out`, or -1 - i for row i of `hidden`. Its quality, origin and age are the worst of what it used.
 */
export function runProgram(
  program: Program,
  operands: Int32Array,
  hidden: SignalColumns,
  out: SignalColumns,
  row: number,
): void {
  const { code, constants, stack } = program;
  let quality: number = Quality.good;
  let origin: number = Origins.measured;
  let ageMs = 0;
  let top = -1;
  for (let at = 0; at < code.length; at += 2) {
    const operation = code[at]!;
    const about = code[at + 1]!;
    if (operation === Op.load) {
      const operand = operands[about]!;
      const columns = operand < 0 ? hidden : out;
      const from = operand < 0 ? -1 - operand : operand;
      quality = worse(quality, columns.quality[from]!);
      ageMs = Math.max(ageMs, columns.ageMs[from]!);
      // No value, no result.
      if (isBad(quality)) {
        writeMissing(out, row, quality, ageMs);
        return;
      }
      origin = Math.max(origin, columns.origin[from]!);
      stack[++top] = columns.value[from]!;
    } else if (operation === Op.constant) {
      stack[++top] = constants[about]!;
    } else if (operation === Op.jump) {
      at = about - 2;
    } else if (operation === Op.jumpIfZero) {
      const condition = stack[top--]!;
      if (condition === 0) at = about - 2;
      // Neither true nor false: what follows would be a guess.
      else if (Number.isNaN(condition)) {
        writeMissing(out, row, Quality.badOutOfRange, ageMs);
        return;
      }
    } else {
      top = compute(operation, stack, top);
    }
  }
  const value = stack[0]!;
  if (Number.isFinite(value)) writeSignal(out, row, value, quality, origin, ageMs);
  else writeMissing(out, row, Quality.badOutOfRange, ageMs);
}

/** Replaces the arguments on top of the stack by the result; returns the new top. */
function compute(operation: number, stack: Float64Array, top: number): number {
  if (operation === Op.negate) {
    stack[top] = -stack[top]!;
    return top;
  }
  if (operation < Op.firstFunction) {
    const right = stack[top]!;
    stack[top - 1] = binary(operation - Op.firstBinary, stack[top - 1]!, right);
    return top - 1;
  }
  return call(operation - Op.firstFunction, stack, top);
}

/** A comparison with what is no number is no number either. */
function binary(operation: number, left: number, right: number): number {
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.NaN;
  switch (operation) {
    case 0:
      return left + right;
    case 1:
      return left - right;
    case 2:
      return left * right;
    case 3:
      return left / right;
    case 4:
      return left ** right;
    case 5:
      return left < right ? 1 : 0;
    case 6:
      return left <= right ? 1 : 0;
    case 7:
      return left > right ? 1 : 0;
    case 8:
      return left >= right ? 1 : 0;
    case 9:
      return left === right ? 1 : 0;
    default:
      return left !== right ? 1 : 0;
  }
}

const one = [Math.abs, Math.sqrt, Math.exp, Math.log, Math.sin, Math.cos, Math.tan] as const;
const two = [Math.atan2, Math.min, Math.max, Math.hypot] as const;

/** By the order of `functions`: those of one argument, of two, and clamp(value, low, high). */
function call(index: number, stack: Float64Array, top: number): number {
  if (index < one.length) {
    stack[top] = one[index]!(stack[top]!);
    return top;
  }
  if (index < one.length + two.length) {
    stack[top - 1] = two[index - one.length]!(stack[top - 1]!, stack[top]!);
    return top - 1;
  }
  stack[top - 2] = Math.min(Math.max(stack[top - 2]!, stack[top - 1]!), stack[top]!);
  return top - 2;
}
