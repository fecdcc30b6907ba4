import type { Command } from 'commander';
import { HoldfastError } from '../../core/index.ts';
import type { Site } from '../../site/index.ts';
import { ask } from '../ask.ts';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';

interface TestOptions {
  readonly all?: true;
  readonly power?: true;
  readonly active?: true;
  readonly yes?: string;
}

export function register(program: Command, context: CliContext): void {
  const fencing = program
    .command('fencing')
    .helpCommand(false)
    .description('the devices that make a node surely dead: list them, and prove that they work');
  const listVerb = fencing
    .command('list')
    .description('list the fencing devices of a site, by node and level; asks no machine')
    .argument(...siteArgument)
    .action((siteFile: string) => list(siteFile, context));
  const testVerb = fencing
    .command('test')
    .description(
      'ask each device for the state of its node, from every machine that may have to fence; switches nothing',
    )
    .argument(...siteArgument)
    .argument('[node]', 'the devices of this node')
    .option('--all', 'the devices of both nodes')
    .option(
      '--power',
      'switch the node off and on by each level of its devices: the node leaves the cluster for that time',
    )
    .option('--active', 'with --power: also the node that serves; its workloads move first')
    .option('--yes <node>', 'with --power: do not ask; NODE is the name of the node')
    .action((siteFile: string, node: string | undefined, options: TestOptions) =>
      test(siteFile, node, options, context),
    );
  addExamples(listVerb, 'holdfast fencing list site.yaml');
  addExamples(
    testVerb,
    'holdfast fencing test site.yaml --all',
    'holdfast fencing test site.yaml bravo --power    # really off and on, by each device',
  );
  describeJson(listVerb, '{ devices: { device, node, level, kind, at, timeoutSeconds, confirmsPowerLoss }[] }');
  describeJson(
    testVerb,
    '{ works: boolean, status: { device, node, level, askedFrom, outcome, power?, seconds, said, code? }[],\n  power: { node, level, devices, outcome, offSeconds, goneSeconds, backSeconds, said, code? }[] }',
  );
}

async function list(siteFile: string, context: CliContext): Promise<void> {
  const { listDevices, renderDevices } = await import('../../fencing-proof/index.ts');
  const site = await context.loadSite(siteFile);
  const devices = listDevices(site);
  context.printJson({ devices });
  context.print(devices.length === 0 ? `${site.name} has no fencing.` : renderDevices(devices, style(context)));
}

async function test(siteFile: string, node: string | undefined, options: TestOptions, context: CliContext) {
  const { provePower, proveStatus, renderPowerProofs, renderStatusProofs } = await import(
    '../../fencing-proof/index.ts'
  );
  const { openHosts } = await import('../../hosts/index.ts');
  const site = await context.loadSite(siteFile);
  const nodes = chosenNodes(site, node, options);
  await using hosts = openHosts(site);
  const status = await proveStatus(site, hosts, nodes, context.signal);
  context.print(renderStatusProofs(status, style(context)));
  let power: Awaited<ReturnType<typeof provePower>> = [];
  if (options.power && node !== undefined) {
    await confirm(node, options.yes, context);
    power = await provePower(site, hosts, context.clock, {
      node,
      active: options.active === true,
      siteFile,
      signal: context.signal,
      progress: context.progress,
    });
    context.print(`\n${renderPowerProofs(power, style(context))}`);
  }
  const works = [...status, ...power].every(({ outcome }) => outcome === 'works');
  context.printJson({ works, status, power });
  context.setExitCode(works ? 0 : 4);
}

function chosenNodes(site: Site, node: string | undefined, { all, power }: TestOptions): readonly string[] {
  const names = site.nodes.map(({ name }) => name);
  if (node === undefined && all && !power) return names;
  if (node !== undefined && !all && names.includes(node)) return [node];
  throw new HoldfastError({
    code: 'HF-FENCING-TEST-NODE',
    message:
      node === undefined
        ? 'It is not said which node is meant.'
        : all
          ? 'Either a node is named or all are meant.'
          : `${site.name} has no node ${node}.`,
    remedy: `Name one of ${names.join(', ')}${power ? '' : ', or give --all'}.`,
    source: 'user',
  });
}

async function confirm(node: string, yes: string | undefined, context: CliContext): Promise<void> {
  const typed =
    yes ??
    (await ask(
      `${node} will be switched off and on. Type its name to go on: `,
      `Give --yes ${node}, or run it on a terminal.`,
      context.signal,
    ));
  if (typed === node) return;
  throw new HoldfastError({
    code: 'HF-FENCING-TEST-NODE',
    message: `\`${typed}\` is not ${node}: nothing was switched.`,
    remedy: `Type ${node} to go on.`,
    source: 'user',
  });
}

function style(context: CliContext) {
  return { columns: context.columns, paint: context.style };
}
