import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

export function register(program: Command, _context: CliContext): void {
  program.command('drill').description('break the site on purpose and measure RTO and lost writes');
}
