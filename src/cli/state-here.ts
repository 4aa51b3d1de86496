// The state directory of a gateway that was started here without a configuration of one's own: `state`, or that of the
// demo. Looks only; makes nothing.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const places = ['state', join('state', 'demo')];

/** The first in which there is `part`, or undefined; one that the environment names is the only one. */
export function stateHere(part: string, env: NodeJS.ProcessEnv): string | undefined {
  const named = env['GEMEL_STATE_DIR'];
  const asked = named === undefined || named === '' ? places : [named];
  return asked.map((place) => resolve(place)).find((place) => existsSync(join(place, part)));
}
