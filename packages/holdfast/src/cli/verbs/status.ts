import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

export function register(program: Command, _context: CliContext): void {
  program.command('status').description('who is active, and whether the site would survive the next fault');
}
