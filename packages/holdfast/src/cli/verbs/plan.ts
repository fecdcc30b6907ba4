import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

export function register(program: Command, _context: CliContext): void {
  program.command('plan').description('show what apply would change, and what each fault would then do');
}
