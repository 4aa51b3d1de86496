// A command as a recording has it, back into one for the core. What is no command of this version is no line of a
// recording; what it may say is for the core to judge.
import type { TwinCommand } from '../core/twin-command.ts';
import { isObject, type JsonObject } from '../formats/json.ts';

/** Of a text. Undefined for what is no command, or none of this version. */
export function parseTwinCommand(text: string): TwinCommand | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return isObject(read) ? asTwinCommand(read) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for what this version does not know. */
export function asTwinCommand(read: JsonObject): TwinCommand | undefined {
  return typeof read['machine'] === 'string' && fits(read) ? (read as unknown as TwinCommand) : undefined;
}

function fits({ kind, memory, gapS, integrate, told, values, sigma, component, wear }: JsonObject): boolean {
  switch (kind) {
    case 'restore':
      return (
        isMemory(memory) && typeof gapS === 'number' && typeof integrate === 'boolean' && isNumbers(told)
      );
    case 'parameters':
      return isNumbers(values) && isNumbers(sigma);
    case 'inspected':
      return typeof component === 'string' && typeof wear === 'number' && typeof sigma === 'number';
    case 'replaced':
      return typeof component === 'string';
    default:
      return false;
  }
}

function isMemory(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { state, parameters, sigma, wear, filters } = value;
  const isKnown = [state, parameters, sigma].every(isNumbers) && isLists(wear);
  return isKnown && (filters === undefined || isLists(filters));
}

function isLists(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isList);
}

function isNumbers(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((one) => typeof one === 'number');
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'number');
}
