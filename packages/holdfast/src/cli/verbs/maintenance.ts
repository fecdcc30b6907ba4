import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

export function register(program: Command, _context: CliContext): void {
  program.command('maintenance').description('stop the cluster from acting while somebody works on the machines');
}
