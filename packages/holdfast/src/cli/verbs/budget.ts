import type { Command } from 'commander';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { renderProblem } from '../render-error.ts';

export function register(program: Command, context: CliContext): void {
  const verb = program
    .command('budget')
    .description('add up how long each fault may take, from the site file alone')
    .argument(...siteArgument)
    .action((siteFile: string) => run(siteFile, context));
  addExamples(verb, 'holdfast budget site.yaml', 'holdfast budget site.yaml --json | jq \'.budget["power-cut"]\'');
  describeJson(verb, `{ site: string, objectiveSeconds: number, problems: Problem[], budget: ${budgetShape} }`);
}

/** The seconds of an outage without an end of its own are infinite, which JSON cannot say. */
export const budgetShape =
  '{ [fault]: {\n  seconds: number | null, promised: boolean, endsWhen?: string, countsFrom?: string,\n' +
  '  terms: { name: string, seconds: number, because: string, origin: "site-file" | "holdfast" | "upstream" | "assumed",\n' +
  '    setting: string, value: string, source: string }[] } }';

async function run(siteFile: string, context: CliContext): Promise<void> {
  const { budget, budgetInTables, checkObjectives, entriesOf, promisedFaults } = await import('../../budget/index.ts');
  const site = await context.loadSite(siteFile);
  const faults = budget(site);
  const problems = checkObjectives(site);
  const objectiveSeconds = site.objectives.rtoMs / 1000;
  const [longest] = promisedFaults(faults);
  const endless = entriesOf(faults).flatMap(([name, { promised, endsWhen }]) =>
    promised && endsWhen !== undefined ? [name] : [],
  );
  context.print(
    [
      ...budgetInTables(faults, objectiveSeconds, (style, text) => context.style(style, text), context.columns),
      '',
      ...problems.map((problem) => renderProblem(problem, context.colour)),
      ...(problems.length > 0 || longest === undefined
        ? []
        : [
            `${site.name} promises ${objectiveSeconds} s; the longest single fault that ends by itself takes ${longest[1].seconds} s: ${longest[0]}.`,
          ]),
      ...(endless.length === 0
        ? []
        : [context.style('red', `The promise does not hold for ${endless.join(', ')}: no end of its own.`)]),
    ].join('\n'),
  );
  context.printJson({ site: site.name, objectiveSeconds, problems, budget: faults });
  const [problem] = problems;
  if (problem !== undefined) context.setExitCode(exitCodeOf(problem.source));
}
