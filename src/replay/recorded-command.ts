// A command as a recording has it, back into one for the core. What is no command of this version is no line of a
// recording; what it may say is for the core to judge.
import { alarmActions } from '../core/alarm.ts';
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

function fits(read: JsonObject): boolean {
  const { kind, memory, gapS, integrate, told, values, sigma, component, wear } = read;
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
    case 'alarm':
      return isAlarmRequest(read);
    case 'link':
      return isLink(read);
    default:
      return false;
  }
}

function isLink({ source, up, reason }: JsonObject): boolean {
  return [source, reason].every((one) => typeof one === 'string') && typeof up === 'boolean';
}

function isAlarmRequest({ alarm, action, by, forS, comment }: JsonObject): boolean {
  return (
    [alarm, by].every((one) => typeof one === 'string') &&
    alarmActions.some((one) => one === action) &&
    (forS === undefined || typeof forS === 'number') &&
    (comment === undefined || typeof comment === 'string')
  );
}

function isMemory(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { state, parameters, sigma, wear, filters, alarms, normals } = value;
  const isKnown = [state, parameters, sigma].every(isNumbers) && isLists(wear);
  const isLearnt = [filters, normals].every((one) => one === undefined || isLists(one));
  return isKnown && isLearnt && (alarms === undefined || isAlarms(alarms));
}

/** What each of them says the core looks at itself. */
function isAlarms(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { occurrences, alarms, rhythms } = value;
  const isCounted = typeof occurrences === 'number' && isObjects(alarms);
  return isCounted && (rhythms === undefined || isLists(rhythms));
}

function isObjects(value: unknown): boolean {
  return Array.isArray(value) && value.every(isObject);
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
