import { type Command, InvalidArgumentError } from 'commander';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';

export function register(program: Command, context: CliContext): void {
  const verb = program
    .command('maintenance')
    .description('drain a node, or take the hands off the whole site, while somebody works on it')
    .argument(...siteArgument)
    .argument('<on|off>', 'begin or end it', parseSwitch)
    .option('--node <name>', 'this node only: its workloads move away and it takes nothing over')
    .action(async (siteFile: string, on: boolean, options: { readonly node?: string }) => {
      const { beginMaintenance, endMaintenance } = await import('../../observe/index.ts');
      const { openHosts } = await import('../../hosts/index.ts');
      const site = await context.loadSite(siteFile);
      await using hosts = openHosts(site);
      const change = on ? beginMaintenance : endMaintenance;
      const result = await change(site, hosts, context.clock, { ...options, siteFile, signal: context.signal });
      context.printJson(result);
      context.print(`${site.name}: ${result.message}`);
    });
  addExamples(
    verb,
    'holdfast maintenance site.yaml on --node bravo    # then work on bravo',
    'holdfast maintenance site.yaml off --node bravo',
  );
  describeJson(verb, '{ changed: boolean, message: string }');
}

function parseSwitch(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new InvalidArgumentError('Write on or off.');
}
