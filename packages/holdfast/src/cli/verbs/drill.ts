import { type Command, InvalidArgumentError } from 'commander';
import { HoldfastError, type ProgressSink, shellWord } from '../../core/index.ts';
// Of the drill only this is loaded for the help.
import { type FaultName, faultNames } from '../../drill/fault-names/index.ts';
import type { DrillEvent, DrillReport, DrillResult } from '../../drill/index.ts';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { checkWritable, type OutputFile, writeOutput } from './drill-output.ts';

interface DrillFlags {
  readonly fault?: readonly FaultName[];
  readonly all?: boolean;
  readonly heal?: boolean;
  readonly repeat: number;
  readonly json?: string | true;
  readonly report?: string;
  readonly junit?: string;
}

export function register(program: Command, context: CliContext): void {
  const [, siteMeaning] = siteArgument;
  const verb = program
    .command('drill')
    .description('break the site on purpose, under load, and measure what it promised')
    // Declared as one that may be absent, to say what has become of it.
    .usage('[options] <site>')
    .argument('[site]', siteMeaning)
    .option('--fault <name>', 'do this (may be repeated; the names stand below)', addFault)
    .option('--all', 'do every fault that the site and its machines allow, and say which not, and why')
    .option('--repeat <times>', 'do each so often', readRepeat, 1)
    .option('--heal', 'do nothing new: undo whatever a drill that died has left on the nodes')
    .option('--json [file]', 'write the report as JSON, without a file or with - to standard output')
    .option('--report <file>', 'write the report as one HTML page')
    .option('--junit <file>', 'write the report as JUnit XML')
    .action(async (siteFile: string | undefined, flags: DrillFlags) => {
      if (siteFile === undefined) throw noSite(flags);
      await (flags.heal ? heal(siteFile, context) : run(siteFile, flags, context));
    });
  addExamples(
    verb,
    'holdfast drill site.yaml --fault power-cut --fault network-cut --repeat 10 --report report.html',
    'holdfast drill site.yaml --all --json report.json --junit report.xml',
  );
  verb.addHelpText('after', `\nFaults:\n${wrapped(faultNames)}`);
  describeJson(
    verb,
    `{ version: 1, site: string, environment, drills: [{ fault, site, node, startedAt, expected, expectation,
  objectiveSeconds, budgetSeconds, rtoSeconds, interruptionSeconds, afterHealingSeconds, attempted, acknowledged, lost, duplicated, recovered, unexpected, twoActive, phases,
  outcome: "pass" | "fail" | "unknown", reasons: string[], notes: string[], durability, timeline }],
  leftOut: [{ fault, because }] }
{ healed: true } with --heal`,
  );
}

/** Four to a line. */
function wrapped(names: readonly string[]): string {
  const lines = names.map((_, index) => (index % 4 === 0 ? names.slice(index, index + 4) : []));
  return lines
    .filter((line) => line.length > 0)
    .map((line) => `  ${line.join(', ')}`)
    .join('\n');
}

async function run(siteFile: string, flags: DrillFlags, context: CliContext): Promise<void> {
  const faults = flags.all ? faultNames : (flags.fault ?? []);
  if (faults.length === 0) throw noFault();
  const outputs = outputsOf(siteFile, flags, context);
  await checkWritable(outputs);
  const { drill, openDrillEnvironment, paceFor } = await import('../../drill/index.ts');
  await using opened = await open(siteFile, context);
  const { site, hosts } = opened;
  const environment = openDrillEnvironment(site, hosts, context.clock);
  const show = progressOf(context.progress);
  let report: DrillReport | undefined;
  const options = { faults, leaveOut: flags.all === true, repeat: flags.repeat, pace: paceFor(site) };
  try {
    for await (const event of drill(site, options, environment, context.signal)) {
      show(event);
      if (event.kind === 'report') report = event.report;
    }
  } finally {
    // What was measured is kept, also when a later drill could not begin.
    if (report !== undefined) await deliver(report, outputs, flags, context);
  }
}

async function heal(siteFile: string, context: CliContext): Promise<void> {
  const { healSite, openHealing } = await import('../../drill/index.ts');
  await using opened = await open(siteFile, context);
  const { site, hosts } = opened;
  const show = progressOf(context.progress);
  context.progress({ kind: 'task-started', id: 'drill', title: 'Undoing what a drill may have left' });
  await healSite(site, openHealing(site, hosts, context.clock), show);
  context.progress({ kind: 'task-finished', id: 'drill', outcome: 'done' });
  context.printJson({ healed: true });
}

async function open(siteFile: string, context: CliContext) {
  const { openHosts } = await import('../../hosts/index.ts');
  const site = await context.loadSite(siteFile);
  const hosts = openHosts(site);
  return { site, hosts, [Symbol.asyncDispose]: () => hosts.close() };
}

/** The terminal first: a file that cannot be written must not take the results with it. */
async function deliver(
  report: DrillReport,
  outputs: readonly OutputFile[],
  flags: DrillFlags,
  context: CliContext,
): Promise<void> {
  const { renderDrillTable } = await import('../../report/index.ts');
  context.setExitCode(exitCodeOf(report.drills));
  if (flags.json === '-') context.print(jsonOf(report).trimEnd());
  else context.print(renderDrillTable(report, { colour: context.colour, width: context.columns }));
  context.printJson(report);
  await writeOutput(outputs, report);
}

function outputsOf(siteFile: string, flags: DrillFlags, context: CliContext): readonly OutputFile[] {
  const { json, report, junit } = flags;
  const outputs: OutputFile[] = [];
  if (typeof json === 'string' && json !== '-') {
    outputs.push({ title: 'The JSON report', file: json, render: async (each) => jsonOf(each) });
  }
  if (report !== undefined) {
    const render = async (each: DrillReport) => {
      const { renderDrillHtml } = await import('../../report/index.ts');
      return renderDrillHtml(each, commandOf(siteFile, flags, context.env));
    };
    outputs.push({ title: 'The report', file: report, render });
  }
  if (junit !== undefined) {
    const render = async (each: DrillReport) => {
      const { renderDrillJunit } = await import('../../report/index.ts');
      return renderDrillJunit(each);
    };
    outputs.push({ title: 'The JUnit report', file: junit, render });
  }
  return outputs;
}

function jsonOf(report: DrillReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** How this drill was called, for whoever wants to repeat it. */
export function commandOf(siteFile: string, flags: DrillFlags, env: CliContext['env']): string {
  // Source: npm, config `npm_command`, which npx sets to `exec` for what it runs.
  const program = env.npm_command === 'exec' ? ['npx', 'holdfast'] : ['holdfast'];
  const faults = flags.all ? ['--all'] : (flags.fault ?? []).flatMap((fault) => ['--fault', fault]);
  const repeat = flags.repeat > 1 ? ['--repeat', String(flags.repeat)] : [];
  const files = (['report', 'json', 'junit'] as const).flatMap((name) => {
    const value = flags[name];
    if (value === undefined) return [];
    return value === true ? [`--${name}`] : [`--${name}`, value];
  });
  const words = ['drill', siteFile, ...faults, ...repeat, ...files];
  return [...program, ...words.map(shellWord)].join(' ');
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
      case 'left-out':
        progress({ kind: 'task-started', id: event.fault, title: event.fault });
        return progress({ kind: 'task-finished', id: event.fault, outcome: 'skipped', note: event.because });
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
    const back = rtoSeconds === null ? 'kept out until it was healed' : `back after ${rtoSeconds.toFixed(2)} s`;
    const note = `${back}, ${lost} lost`;
    progress({ kind: 'task-finished', id, outcome: 'done', note });
  } else progress({ kind: 'task-failed', id, message: `${outcome}: ${reasons.join('; ')}` });
}

function by(node: string | undefined): string {
  return node === undefined ? '' : ` by ${node}`;
}

function addFault(name: string, before: readonly FaultName[] = []): readonly FaultName[] {
  const fault = faultNames.find((each) => each === name);
  if (fault === undefined) throw new InvalidArgumentError(`There is ${faultNames.join(', ')}.`);
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
    remedy: `Name one with --fault (${faultNames.join(', ')}), or all with --all.`,
    source: 'user',
  });
}

function noSite({ json }: DrillFlags): HoldfastError {
  const swallowed = typeof json === 'string' && json !== '-';
  return new HoldfastError({
    code: 'HF-CLI-USAGE',
    message: swallowed ? `No site file was named: --json took ${json} for its own file.` : 'No site file was named.',
    remedy: swallowed ? 'Write the site file before --json.' : 'Name it: `holdfast drill site.yaml --fault power-cut`.',
    source: 'user',
  });
}
