// Where this gemel is installed, and which version it is: from package.json, the one place it is written.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** src/ in a checkout and dist/ in a bundle stand side by side: one level up either way. */
export const installationDir = fileURLToPath(new URL('..', import.meta.url));

const text = readFileSync(join(installationDir, 'package.json'), 'utf8');

export const version: string = (JSON.parse(text) as { version: string }).version;
export const door = join(installationDir, 'bin', 'gemel.js');
