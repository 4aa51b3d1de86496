// Secrets that shine: put in by every way there is, and searched for in everything that comes out.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { stateDir } from '../broker/fixture.ts';
import type { GemelProcess } from '../gemel-process.ts';

/** One word for all ways in, so that one search finds any of them. */
export const canary = 'c4n4ry';
export const secrets = {
  env: `${canary}-env-9f3a`,
  file: `${canary}-file-77b1`,
  credential: `${canary}-credential-5e2d`,
};

/** A folder with the same kinds of secret files that a real installation has. */
export async function hideaway() {
  const dir = await stateDir();
  mkdirSync(join(dir, 'credentials'));
  writeFileSync(join(dir, 'broker.password'), `${secrets.file}\n`, { mode: 0o600 });
  writeFileSync(join(dir, 'credentials', 'cnc'), secrets.credential, { mode: 0o400 });
  const env = { CANARY: secrets.env, CREDENTIALS_DIRECTORY: join(dir, 'credentials') };
  return { dir, env };
}

/** Also in the encodings in which a careless line would show it. */
export function expectSilent(text: string | Buffer): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const found = [canary, ...Object.values(secrets)]
    .flatMap((word) => [
      word,
      Buffer.from(word).toString('hex'),
      Buffer.from(word).toString('base64').replace(/=+$/, ''),
    ])
    .filter((word) => bytes.includes(word));
  expect(found, text.toString().slice(0, 2000)).toEqual([]);
}

/** All it said. */
export const all = (process: GemelProcess) => `${process.out()}${process.err()}`;
/** A source that cannot be reached, and has a password all the same. */
export const cnc = (port: number) =>
  `  cnc: { type: opcua, url: "opc.tcp://127.0.0.1:${port}", username: operator, password: "\${credential:cnc}", tags: { a: "ns=1;s=a" } }\n`;

/** Every file below a folder but those the test has put there. */
export function filesLeftIn(dir: string): string[] {
  const ours = ['gemel.yaml', 'broker.password', join('credentials', 'cnc')].map((file) => join(dir, file));
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !ours.includes(file));
}
