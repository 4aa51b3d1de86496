#!/usr/bin/env node
// The door: plain JavaScript that any Node can read, so that an old one gets a sentence and not a stack.
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const runsTypeScript = (major === 22 && minor >= 18) || (major === 24 && minor >= 11) || major >= 26;

if (runsTypeScript) {
  const bundle = new URL('../dist/gemel.js', import.meta.url);
  const source = new URL('../src/main.ts', import.meta.url);
  // The sources win where they are, so that a stale bundle never hides an edit; GEMEL_BUNDLE=1 takes the bundle.
  const bundled = process.env.GEMEL_BUNDLE === '1';
  // It is for this file, and no key of the configuration.
  delete process.env.GEMEL_BUNDLE;
  await import((existsSync(source) && !bundled ? source : bundle).href);
} else {
  process.stderr.write(
    `gemel needs Node 22.18, 24.11, 26 or newer; this is ${process.versions.node}. ` +
      'In a checkout, `npm start` and `npm run gemel -- <command>` use the Node that `npm ci` installed.\n',
  );
  process.exitCode = 2;
}
