import type { Command } from 'commander';
import type { Status } from '../../observe/index.ts';
import type { Site } from '../../site/index.ts';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';

const watchPeriodMs = 2_000;

export function register(program: Command, context: CliContext): void {
  const verb = program
    .command('status')
    .description('who is active, and whether the site would survive the next fault')
    .argument(...siteArgument)
    .option(
      '-w, --watch',
      'look again every 2 s until Ctrl-C; off a terminal, and with --json, print only what changes',
    )
    .action(async (siteFile: string, options: { readonly watch?: boolean }) => {
      const { readStatus } = await import('../../observe/index.ts');
      const { openHosts } = await import('../../hosts/index.ts');
      const site = await context.loadSite(siteFile);
      await using hosts = openHosts(site);
      if (options.watch) {
        await watch(context, site, siteFile, hosts);
        return;
      }
      const status = await readStatus(site, hosts, context.clock, { siteFile, signal: context.signal });
      await show(context, site, status);
      setExitCode(context, status);
    });
  addExamples(verb, 'holdfast status site.yaml', 'holdfast status site.yaml --watch');
  describeJson(
    verb,
    '{ snapshot: Snapshot, assessment: { site, safe, verdict, active, passive, serves, faults, move, findings, acceptedRisks } }\nWith --watch one such value, on a line of its own, for each change.',
  );
}

async function show(context: CliContext, site: Site, status: Status): Promise<void> {
  const { renderStatus } = await import('../../observe/index.ts');
  context.printJson(status);
  context.print(renderStatus(status, site, { columns: context.columns, paint: context.style }));
}

function setExitCode(context: CliContext, { snapshot, assessment }: Status): void {
  const reachable = snapshot.machines.some((machine) => machine.reachable);
  if (!reachable) context.setExitCode(3);
  else context.setExitCode(assessment.safe ? 0 : 4);
}

async function watch(
  context: CliContext,
  site: Site,
  siteFile: string,
  hosts: Parameters<typeof import('../../observe/index.ts').watchStatus>[1],
): Promise<void> {
  const { essence, renderStatus, watchStatus } = await import('../../observe/index.ts');
  const fullScreen = context.terminal && !context.json;
  const style = { columns: context.columns, paint: context.style };
  let last = '';
  if (fullScreen) context.print(enterScreen);
  try {
    const options = { siteFile, signal: context.signal, periodMs: watchPeriodMs };
    for await (const status of watchStatus(site, hosts, context.clock, options)) {
      setExitCode(context, status);
      if (fullScreen) {
        const text = fitting(renderStatus(status, site, style), context.rows);
        context.print(`${home}${eachLineCleared(text)}${clearBelow}`);
        continue;
      }
      if (essence(status) === last) continue;
      last = essence(status);
      context.printJson(status);
      context.print(`${new Date(status.snapshot.takenAtMs).toISOString()} ${status.assessment.verdict}`);
    }
  } finally {
    if (fullScreen) context.print(leaveScreen);
  }
}

// xterm's alternate screen: what was on the terminal before comes back at the end (XTerm Control Sequences, "DECSET 1049").
const enterScreen = '\u001b[?1049h\u001b[?25l';
const leaveScreen = '\u001b[?25h\u001b[?1049l';
const home = '\u001b[H';
const clearBelow = '\u001b[J';

/** A screen that scrolled would show old lines for new ones. The last line of the terminal holds the cursor. */
function fitting(text: string, rows = 24): string {
  const lines = text.split('\n');
  if (lines.length < rows) return text;
  const kept = lines.slice(0, rows - 2);
  return [...kept, `… ${lines.length - kept.length} more lines: run status without --watch to read them.`].join('\n');
}

/** Old text is cleared line by line, not the screen at once, so that nothing flickers. */
function eachLineCleared(text: string): string {
  return text.replaceAll('\n', '\u001b[K\n');
}
