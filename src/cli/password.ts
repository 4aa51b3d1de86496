// `gemel password`: turns a password into the hash that a configuration may hold.
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { GemError } from '../errors.ts';

export function registerPassword(program: Command): void {
  program
    .command('password')
    .description('read a password from standard input and print its hash for broker.users')
    .addHelpText('after', "\nExample: printf '%s' 'the password' | gemel password")
    .action(async () => {
      if (process.stdin.isTTY) process.stderr.write('Password, then Enter and Ctrl-D: ');
      const password = (await text(process.stdin)).replace(/\r?\n$/, '');
      if (password.length < 8)
        throw new GemError('GEM_USAGE', { why: 'a password has at least 8 characters' });
      const { hashPassword } = await import('../broker/password.ts');
      process.stdout.write(`${await hashPassword(password)}\n`);
    });
}
