// What is left of a wrong configuration when the wrong parts are cut out: only for further checks, never to run.
import type { z } from 'zod';
import type { Path } from './problem.ts';
import { type Config, configSchema } from './schema.ts';
import { removeAt } from './set-at.ts';
import { valueAt } from './shape.ts';

export interface Salvaged {
  readonly config: Config;
  /** Where something was cut out: nothing below can be judged by its absence. */
  readonly unsure: readonly Path[];
}

const rounds = 8;

export function salvage(input: unknown): Salvaged | undefined {
  const unsure: Path[] = [];
  let value = input;
  for (let round = 0; round < rounds; round++) {
    const result = configSchema.safeParse(value);
    if (result.success) return { config: result.data, unsure };
    const paths = result.error.issues.flatMap((issue) => wrongPaths(issue, value));
    if (paths.some((path) => path.length === 0)) return undefined;
    // From the back, so that cutting one entry of a list does not move the next.
    for (const path of paths.sort(comparePaths).reverse()) {
      value = removeAt(value, path);
      unsure.push(path);
    }
  }
  return undefined;
}

function wrongPaths(issue: z.core.$ZodIssue, value: unknown): Path[] {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key]);
  // A missing key spoils the group that lacks it.
  return [valueAt(value, path) === undefined ? path.slice(0, -1) : path];
}

function comparePaths(a: Path, b: Path): number {
  for (const [index, key] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (key === other) continue;
    if (typeof key === 'number' && typeof other === 'number') return key - other;
    return String(key) < String(other) ? -1 : 1;
  }
  return a.length - b.length;
}
