import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

export function register(program: Command, _context: CliContext): void {
  program.command('secrets').description('keep the passwords and keys of a site in an encrypted file');
}
