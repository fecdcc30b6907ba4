import type { Command } from 'commander';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';

export function register(program: Command, context: CliContext): void {
  const verb = program
    .command('clear')
    .description('let the cluster forget failures and look again at what really runs')
    .argument(...siteArgument)
    .argument(
      '[resource]',
      'one resource, such as workload-ledger, or a fencing device as `holdfast fencing list` names it (default: all)',
    )
    .action(async (siteFile: string, resource: string | undefined) => {
      const { clearFailures } = await import('../../observe/index.ts');
      const { openHosts } = await import('../../hosts/index.ts');
      const site = await context.loadSite(siteFile);
      await using hosts = openHosts(site);
      await clearFailures(site, hosts, { signal: context.signal, ...(resource === undefined ? {} : { resource }) });
      context.printJson({ cleared: resource ?? 'all' });
      context.print(
        `${site.name}: the cluster has forgotten the failures of ${resource ?? 'everything'} and looked again.`,
      );
    });
  addExamples(verb, 'holdfast clear site.yaml', 'holdfast clear site.yaml workload-ledger');
  describeJson(verb, '{ cleared: string }');
}
