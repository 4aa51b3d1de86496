// An error on its way from the writer's thread: the engine would keep its words and lose its class and its code.
import { errorTable, GemError } from '../../errors.ts';
import type { Failure } from './message.ts';

export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof GemError) return { code: error.code, details: error.details, message };
  return { code: undefined, details: {}, message };
}

export function errorOf({ code, details, message }: Failure): Error {
  return code !== undefined && code in errorTable ? new GemError(code, details) : new Error(message);
}
