// `gemel schema`: the JSON Schema for editors, and the files that are generated from the schemas.
import type { Command } from 'commander';
import { GemError } from '../errors.ts';

interface SchemaOptions {
  readonly write?: boolean;
  readonly check?: boolean;
  readonly dir: string;
}

export function registerSchema(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .option('--write', 'write config/gemel.schema.json, docs/config.md and docs/errors.md')
    .option('--check', 'exit 1 when one of these files has drifted from the schemas')
    .option('--dir <folder>', 'the checkout to write to or to check', '.')
    .action(async (options: SchemaOptions) => {
      process.exitCode = await runSchema(options, (text) => process.stdout.write(text));
    });
}

export async function runSchema(options: SchemaOptions, print: (text: string) => void): Promise<number> {
  if (options.write === true && options.check === true) {
    throw new GemError('GEM_USAGE', { why: '--write and --check exclude each other' });
  }
  const { driftedFiles, writeGenerated } = await import('../config/generated.ts');
  if (options.write === true) {
    const written = writeGenerated(options.dir);
    print(written.length === 0 ? 'nothing had changed\n' : written.map((file) => `wrote ${file}\n`).join(''));
    return 0;
  }
  if (options.check === true) {
    const drifted = driftedFiles(options.dir);
    print(drifted.map((file) => `${file} is out of date; run \`npm run schema\`\n`).join(''));
    return drifted.length === 0 ? 0 : 1;
  }
  const { jsonSchemaText } = await import('../config/json-schema.ts');
  print(jsonSchemaText());
  return 0;
}
