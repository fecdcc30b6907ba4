import type { Command } from 'commander';
import { addExamples, type CliContext, describeJson } from '../context.ts';

export function register(program: Command, context: CliContext): void {
  const verb = program
    .command('schema')
    .description('print the JSON Schema of the site file, for editors')
    .action(async () => {
      const { siteJsonSchema } = await import('../../site/index.ts');
      const schema = siteJsonSchema();
      context.print(JSON.stringify(schema, null, 2));
      context.printJson(schema);
    });
  addExamples(verb, 'holdfast schema > site.schema.json');
  describeJson(verb, 'the same schema');
}
