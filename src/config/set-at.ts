// A copy of a plain value with one place in it set. Pure.
import type { Path } from './problem.ts';
import { childValue, isGroup } from './shape.ts';

export function setAt(value: unknown, path: Path, item: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return item;
  const child = setAt(childValue(value, key), rest, item);
  if (Array.isArray(value)) return value.map((old: unknown, index) => (index === Number(key) ? child : old));
  return { ...(isGroup(value) ? value : {}), [key]: child };
}

/** A copy without one place. */
export function removeAt(value: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return undefined;
  if (Array.isArray(value)) {
    const index = Number(key);
    if (rest.length === 0) return value.filter((_, other) => other !== index);
    return value.map((old: unknown, other) => (other === index ? removeAt(old, rest) : old));
  }
  if (!isGroup(value) || !Object.hasOwn(value, key)) return value;
  if (rest.length > 0) return { ...value, [key]: removeAt(value[String(key)], rest) };
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== String(key)));
}
