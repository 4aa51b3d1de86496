// The files that are made from the schemas and the error table, and how to tell that one has drifted.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configDocs } from './docs.ts';
import { errorDocs } from './error-docs.ts';
import { jsonSchemaText } from './json-schema.ts';

/** Path in the repository to content. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['config/gemel.schema.json', jsonSchemaText()],
    ['docs/config.md', configDocs()],
    ['docs/errors.md', errorDocs()],
  ]);
}

/** Those below `root` that are missing or differ. */
export function driftedFiles(root: string): string[] {
  return [...generatedFiles()]
    .filter(([file, text]) => readText(join(root, file)) !== text)
    .map(([file]) => file);
}

/** Returns what it wrote: only what had drifted. */
export function writeGenerated(root: string): string[] {
  const drifted = driftedFiles(root);
  const files = generatedFiles();
  for (const file of drifted) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), files.get(file) ?? '');
  }
  return drifted;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
