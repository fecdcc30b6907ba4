import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

export function register(program: Command, _context: CliContext): void {
  program.command('remove').description('take Holdfast and the cluster off the machines; the data stays');
}
