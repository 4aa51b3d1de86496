// `gemel version`: what runs here, for a bug report.
import type { Command } from 'commander';
import { installation } from './installation.ts';

export function registerVersion(program: Command): void {
  program
    .command('version')
    .description('print the versions of gemel and of what it runs on')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }) => {
      const { node, v8 } = process.versions;
      const all = {
        gemel: installation().version,
        node,
        v8,
        platform: `${process.platform}-${process.arch}`,
      };
      const text = options.json
        ? JSON.stringify(all)
        : Object.entries(all)
            .map(([name, value]) => `${name} ${value}`)
            .join('\n');
      process.stdout.write(`${text}\n`);
    });
}
