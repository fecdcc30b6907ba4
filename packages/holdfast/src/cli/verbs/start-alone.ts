import type { Command } from 'commander';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';

interface StartAloneFlags {
  readonly isOff?: string;
  readonly discard?: string;
}

export function register(program: Command, context: CliContext): void {
  const verb = program
    .command('start-alone')
    .description('let the last living node serve without a majority, once the other node is surely off')
    .argument(...siteArgument)
    .argument('<node>', 'the node that shall serve; nobody else of the site answers')
    .option('--is-off <node>', 'you have seen that the other node has no power, and will get none by itself')
    .option('--discard <node>', 'replicated state: give up what the other node may have written since')
    .action(async (siteFile: string, node: string, options: StartAloneFlags) => {
      const { startAlone } = await import('../../observe/index.ts');
      const { openHosts } = await import('../../hosts/index.ts');
      const site = await context.loadSite(siteFile);
      await using hosts = openHosts(site);
      const result = await startAlone(site, hosts, context.clock, node, {
        siteFile,
        signal: context.signal,
        progress: context.progress,
        ...(options.isOff === undefined ? {} : { isOff: options.isOff }),
        ...(options.discard === undefined ? {} : { discard: options.discard }),
      });
      context.printJson(result);
      if (result.data !== undefined) context.print(result.data.words);
      context.print(
        `${site.name}: ${result.node} serves, alone; ${result.other} is off (${result.offBecause}). ` +
          'There is no redundancy until another machine is back.',
      );
    });
  addExamples(
    verb,
    'holdfast start-alone site.yaml alpha                                     # says what it still needs to know',
    'holdfast start-alone site.yaml alpha --is-off bravo',
    'holdfast start-alone site.yaml alpha --is-off bravo --discard bravo      # each node has a disk of its own',
  );
  describeJson(
    verb,
    '{ node: string, other: string, offBecause: "its fencing device switched it off" | "a person has seen it",\n  data?: { freshness: "newest-when-last-up" | "perhaps-newest" | "unknown", wasActive?: boolean, generation?: string,\n    newestFile?: { path: string, atMs: number }, forbiddenBy?: string, words: string } }',
  );
}
