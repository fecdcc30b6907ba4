import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

export function register(program: Command, _context: CliContext): void {
  program.command('move').description('move the workload to the other node now, in good order');
}
