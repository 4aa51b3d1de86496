// Where this gemel is installed, and which version it is: from package.json, the one place it is written.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Installation {
  readonly dir: string;
  readonly version: string;
  /** What a Node runs to run us. */
  readonly door: string;
}

/** Looks upwards, for the sources lie deeper in the tree than the bundle does. */
export function installation(): Installation {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json')) && dir !== dirname(dir)) dir = dirname(dir);
  const { version } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { version: string };
  return { dir, version, door: join(dir, 'bin', 'gemel.js') };
}
