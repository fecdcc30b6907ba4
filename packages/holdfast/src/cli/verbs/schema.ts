import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('schema')
    .description('print the JSON Schema of the site file, for editors')
    .action(async () => {
      const { siteJsonSchema } = await import('../../site/index.ts');
      const schema = siteJsonSchema();
      context.print(JSON.stringify(schema, null, 2));
      context.printJson(schema);
    });
}
