// The version, from package.json: the one place it is written.
import { readFileSync } from 'node:fs';

/** Beside src/ in a checkout, beside dist/ in an installation: one level up either way. */
const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');

export const version: string = (JSON.parse(text) as { version: string }).version;
