import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { HoldfastError, type ProgressSink } from '../../core/index.ts';
import type { DrillEvent, DrillReport, DrillResult, FaultName } from '../../drill/index.ts';
import { type CliContext, describeJson, siteArgument } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';

/** The names stand here, too, so that the help does not load the drill; a test holds both lists together. */
export const drillFaults = [
  'process-crash',
  'process-hang',
  'planned-move',
  'power-cut',
  'network-cut',
] as const satisfies readonly FaultName[];

interface DrillFlags {
  readonly fault: readonly FaultName[];
  readonly all?: boolean;
  readonly heal?: boolean;
  readonly repeat: number;
  readonly json?: string | true;
  readonly report?: string;
  readonly junit?: string;
}

export function register(program: Command, context: CliContext): void {
  const verb = program
    .command('drill')
    .description('break the site on purpose, under load, and measure what it promised')
    .argument(...siteArgument)
    .option('--fault <name>', `do this to the active node: ${drillFaults.join(', ')} (may be repeated)`, addFault, [])
    .option('--all', 'do every fault')
    .option('--repeat <times>', 'do each so often', readRepeat, 1)
    .option('--heal', 'do nothing new: undo whatever a drill that died has left on the nodes')
    .option('--json [file]', 'write the report as JSON, without a file or with - to standard output')
    .option('--report <file>', 'write the report as one HTML page')
    .option('--junit <file>', 'write the report as JUnit XML')
    .action((siteFile: string, flags: DrillFlags) =>
      flags.heal ? heal(siteFile, context) : run(siteFile, flags, context),
    );
  describeJson(
    verb,
    `{ version: 1, site: string, environment, drills: [{ fault, site, node, startedAt, objectiveSeconds, budgetSeconds,
  rtoSeconds, interruptionSeconds, attempted, acknowledged, lost, duplicated, recovered, unexpected, twoActive, phases,
  outcome: "pass" | "fail" | "unknown", reasons: string[], notes: string[], durability, timeline }] }`,
  );
}

async function run(siteFile: string, flags: DrillFlags, context: CliContext): Promise<void> {
  const faults = flags.all ? drillFaults : flags.fault;
  if (faults.length === 0) throw noFault();
  const { drill, usualPace } = await import('../../drill/index.ts');
  await using opened = await open(siteFile, context);
  const show = progressOf(context.progress);
  let report: DrillReport | undefined;
  const options = { faults, repeat: flags.repeat, pace: usualPace };
  try {
    for await (const event of drill(opened.site, options, opened.environment, context.signal)) {
      show(event);
      if (event.kind === 'report') report = event.report;
    }
  } finally {
    // What was measured is kept, also when a later drill could not begin.
    if (report !== undefined) await deliver(report, flags, context);
  }
}

async function heal(siteFile: string, context: CliContext): Promise<void> {
  const { healSite } = await import('../../drill/index.ts');
  await using opened = await open(siteFile, context);
  const show = progressOf(context.progress);
  context.progress({ kind: 'task-started', id: 'drill', title: 'Undoing what a drill may have left' });
  await healSite(opened.site, opened.environment, show);
  context.progress({ kind: 'task-finished', id: 'drill', outcome: 'done' });
  context.printJson({ healed: true });
}

async function open(siteFile: string, context: CliContext) {
  const { openDrillEnvironment } = await import('../../drill/index.ts');
  const { openHosts } = await import('../../hosts/index.ts');
  const site = await context.loadSite(siteFile);
  const hosts = openHosts(site);
  try {
    const environment = openDrillEnvironment(site, hosts, context.clock);
    return { site, environment, [Symbol.asyncDispose]: () => hosts.close() };
  } catch (error) {
    await hosts.close();
    throw error;
  }
}

async function deliver(report: DrillReport, flags: DrillFlags, context: CliContext): Promise<void> {
  const { renderDrillHtml, renderDrillJunit, renderDrillTable } = await import('../../report/index.ts');
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (typeof flags.json === 'string' && flags.json !== '-') await writeFile(flags.json, json);
  if (flags.report !== undefined) await writeFile(flags.report, renderDrillHtml(report));
  if (flags.junit !== undefined) await writeFile(flags.junit, renderDrillJunit(report));
  if (flags.json === '-') context.print(json.trimEnd());
  else context.print(renderDrillTable(report, { colour: context.colour, width: context.columns }));
  context.printJson(report);
  context.setExitCode(exitCodeOf(report.drills));
}

function exitCodeOf(drills: readonly DrillResult[]): ExitCode {
  if (drills.some(({ outcome }) => outcome === 'fail')) return 5;
  return drills.some(({ outcome }) => outcome === 'unknown') ? 6 : 0;
}

/** One task for each drill; what happens in it is its latest output. */
function progressOf(progress: ProgressSink): (event: DrillEvent) => void {
  let count = 0;
  const id = () => `drill-${count}`;
  const say = (text: string) => progress({ kind: 'task-output', id: id(), text });
  return (event) => {
    switch (event.kind) {
      case 'drill-started': {
        count += 1;
        const title = event.of === 1 ? event.fault : `${event.fault} ${event.repetition} of ${event.of}`;
        return progress({ kind: 'task-started', id: id(), title });
      }
      case 'step':
        return say(event.text);
      case 'load':
        return say(`${event.acknowledged} of ${event.attempted} writes acknowledged${by(event.servedBy)}`);
      case 'fault-injected':
        return say(`${event.fault} on ${event.node}`);
      case 'service-restored':
        return say(`${event.node} serves again after ${event.rtoSeconds.toFixed(2)} s`);
      case 'drill-finished':
        return finish(progress, id(), event.result);
      case 'report':
        return;
    }
  };
}

function finish(progress: ProgressSink, id: string, { outcome, rtoSeconds, reasons, lost }: DrillResult): void {
  if (outcome === 'pass') {
    const note = `back after ${rtoSeconds?.toFixed(2)} s, ${lost} lost`;
    progress({ kind: 'task-finished', id, outcome: 'done', note });
  } else progress({ kind: 'task-failed', id, message: `${outcome}: ${reasons.join('; ')}` });
}

function by(node: string | undefined): string {
  return node === undefined ? '' : ` by ${node}`;
}

function addFault(name: string, before: readonly FaultName[]): readonly FaultName[] {
  const fault = drillFaults.find((each) => each === name);
  if (fault === undefined) throw new InvalidArgumentError(`There is ${drillFaults.join(', ')}.`);
  return [...before, fault];
}

function readRepeat(text: string): number {
  const repeat = Number(text);
  if (!Number.isInteger(repeat) || repeat < 1 || repeat > 1000)
    throw new InvalidArgumentError('Give a number from 1 to 1000.');
  return repeat;
}

function noFault(): HoldfastError {
  return new HoldfastError({
    code: 'HF-CLI-USAGE',
    message: 'No fault was named.',
    remedy: `Name one with --fault (${drillFaults.join(', ')}), or all with --all.`,
    source: 'user',
  });
}
