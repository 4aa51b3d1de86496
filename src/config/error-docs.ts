// docs/errors.md from the error table. Pure.
import type { ErrorRow } from '../errors/row.ts';
import { errorTable } from '../errors.ts';

const preface = `# Errors

Generated from \`src/errors.ts\` by \`npm run schema\`; do not edit.

Every error has a code, one line that says what is wrong, and one that says what to do. The exit code is 1 when something
failed and 2 when the command line or the configuration has to change. After a *retried* error the gateway goes on by
itself.
`;

export function errorDocs(): string {
  const rows: [string, ErrorRow][] = Object.entries(errorTable);
  const overview = rows.map(
    ([code, row]) =>
      `| [${code}](#${code.toLowerCase()}) | ${row.exitCode} | ${row.retryable ? 'yes' : 'no'} |`,
  );
  const head = `| Code | Exit code | Retried |\n|---|---|---|\n${overview.join('\n')}\n`;
  return `${preface}\n${head}\n${rows.map(([code, row]) => section(code, row)).join('\n')}`;
}

function section(code: string, row: ErrorRow): string {
  const message = row.message.replaceAll('\n', ' ');
  return `## ${code}\n\n> ${message.replace(/[<>*_]/g, '\\$&')}\n\n${row.hint}\n`;
}
