import type { Command } from 'commander';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';

export function register(program: Command, context: CliContext): void {
  const verb = program
    .command('move')
    .description('move the workloads to the other node, on purpose')
    .argument(...siteArgument)
    .option('--to <node>', 'the node that shall serve (default: the one that does not now)')
    .action(async (siteFile: string, options: { readonly to?: string }) => {
      const { moveWorkload } = await import('../../observe/index.ts');
      const { openHosts } = await import('../../hosts/index.ts');
      const site = await context.loadSite(siteFile);
      await using hosts = openHosts(site);
      const result = await moveWorkload(site, hosts, context.clock, {
        siteFile,
        signal: context.signal,
        progress: context.progress,
        ...(options.to === undefined ? {} : { to: options.to }),
      });
      context.printJson({ moved: result !== null, ...result });
      if (result === null) context.print(`${site.name}: ${options.to} serves already; nothing was changed.`);
      else {
        const seconds = (result.tookMs / 1000).toFixed(2);
        context.print(
          `${site.name}: ${result.to} serves; moved from ${result.from} in ${seconds} s. Nothing is pinned.`,
        );
      }
    });
  addExamples(verb, 'holdfast move site.yaml', 'holdfast move site.yaml --to bravo');
  describeJson(verb, '{ moved: boolean, from?, to?, sentAtMs?, orderedAtMs?, servedAtMs?, tookMs? }');
}
