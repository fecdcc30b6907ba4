import type { Command } from 'commander';
import { HoldfastError, nearest, type Paint } from '../../core/index.ts';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';
import { exitCodeOf } from '../exit-codes.ts';

export function register(program: Command, context: CliContext): void {
  const verb = program
    .command('budget')
    .description('add up how long each fault may take, from the site file alone')
    .argument(...siteArgument)
    .option('--terms', 'add what each fault is made of, term by term')
    .option('--fault <name>', 'add what this fault is made of')
    .action((siteFile: string, options: { terms?: true; fault?: string }) => run(siteFile, options, context));
  addExamples(
    verb,
    'holdfast budget site.yaml',
    'holdfast budget site.yaml --fault power-cut',
    'holdfast budget site.yaml --json | jq \'.budget["power-cut"]\'',
  );
  describeJson(verb, `{ site: string, objectiveSeconds: number, problems: Problem[], budget: ${budgetShape} }`);
}

/** The seconds of an outage without an end of its own are infinite, which JSON cannot say. */
export const budgetShape =
  '{ [fault]: {\n  seconds: number | null, promised: boolean, endsWhen?: string, countsFrom?: string,\n' +
  '  terms: { name: string, seconds: number, because: string, origin: "site-file" | "holdfast" | "upstream" | "assumed",\n' +
  '    setting: string, value: string, source: string }[] } }';

async function run(siteFile: string, options: { terms?: true; fault?: string }, context: CliContext): Promise<void> {
  const { budget, budgetInBrief, budgetInTables, checkObjectives, entriesOf } = await import('../../budget/index.ts');
  const site = await context.loadSite(siteFile);
  const faults = budget(site);
  const [problem, ...others] = checkObjectives(site);
  const entries = entriesOf(faults);
  if (options.fault !== undefined && !entries.some(([name]) => name === options.fault)) {
    throw unknownFault(
      options.fault,
      entries.map(([name]) => name),
      site.name,
    );
  }
  const shown = entries.filter(([name]) => options.fault === undefined || name === options.fault);
  const wantsTerms = options.terms === true || options.fault !== undefined;
  const objectiveSeconds = site.objectives.rtoMs / 1000;
  const paint: Paint = (style, text) => context.style(style, text);
  context.print(
    [
      ...budgetInBrief(site, faults, paint, context.columns),
      '',
      ...(wantsTerms
        ? budgetInTables(Object.fromEntries(shown), objectiveSeconds, paint, context.columns)
        : [context.style('dim', 'What each is made of: --terms, or --fault NAME for one.')]),
    ].join('\n'),
  );
  const problems = problem === undefined ? [] : [problem, ...others];
  context.printJson({ site: site.name, objectiveSeconds, problems, budget: faults });
  if (problem === undefined) return;
  if (!context.json) throw new HoldfastError([problem, ...others]);
  context.setExitCode(exitCodeOf(problem.source));
}

function unknownFault(name: string, names: readonly string[], site: string): HoldfastError {
  const meant = nearest(name, names);
  return new HoldfastError({
    code: 'HF-CLI-USAGE',
    message: `The budget of ${site} has no fault \`${name}\`.`,
    remedy: meant === undefined ? `It has ${names.join(', ')}.` : `Did you mean \`${meant}\`?`,
    source: 'user',
  });
}
