import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { HoldfastError, whyUnreadable } from '../../core/index.ts';
import type { InputFile, LintInput, Severity } from '../../lint/index.ts';
import type { Machine, Site } from '../../site/index.ts';
import { addExamples, type CliContext, describeJson } from '../context.ts';
import { collect } from './plan.ts';

interface Options {
  readonly live?: string;
  readonly host?: readonly string[];
  readonly sshConfig?: string;
  readonly failOn: Severity | 'never';
  readonly sarif?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const verb = program
    .command('lint')
    .description('find what is dangerous in a configuration, ours or anybody’s')
    .argument('[file...]', 'a site file, cib.xml, corosync.conf, DRBD .res files, /etc/default/sbd: judged together')
    .option('--live <site>', 'read the running cluster of that site file, and judge it with the file')
    .option(
      '--host <destination>',
      'read the running cluster from that machine, over SSH as root or as a user with sudo (may be repeated)',
      collect,
    )
    .option('--ssh-config <file>', 'the ssh_config for --host')
    .addOption(
      new Option('--fail-on <severity>', 'end with 7 where a finding is that bad, or worse')
        .choices(['error', 'warning', 'note', 'never'])
        .default('error'),
    )
    .option('--sarif', 'print a SARIF 2.1.0 log instead of text')
    .action((files: readonly string[], options: Options) => run(files, options, program.version() ?? '', context));
  addExamples(
    verb,
    'holdfast lint site.yaml',
    'holdfast lint --live site.yaml --fail-on warning',
    'holdfast lint --host root@node1 --host root@node2',
    'holdfast lint cib.xml /etc/corosync/corosync.conf /etc/drbd.d/*.res --sarif > lint.sarif',
  );
  describeJson(
    verb,
    '{ findings: { rule: string, severity: "error" | "warning" | "note", why: string, remedy: string,\n    where: { file: string, line?: number, column?: number, xmlPath?: string } }[] }',
  );
}

async function run(files: readonly string[], options: Options, version: string, context: CliContext): Promise<void> {
  if (options.sarif && context.json) throw usage('--sarif and --json exclude each other.', 'Give one of them.');
  const { lint, renderFindings, sarifLog, severities } = await import('../../lint/index.ts');
  const judge = async () => {
    const input = await gather(files, options, context);
    return { findings: lint(input), siteFile: input.site?.file };
  };
  const { findings, siteFile } = await judge().catch((error: unknown) => {
    if (options.sarif && error instanceof HoldfastError)
      context.print(JSON.stringify(sarifLog({ findings: [], problems: error.problems, version }), null, 2));
    throw error;
  });
  if (options.sarif)
    context.print(
      JSON.stringify(sarifLog({ findings, version, ...(siteFile === undefined ? {} : { siteFile }) }), null, 2),
    );
  else context.print(renderFindings(findings, { columns: context.columns, paint: context.style }));
  context.printJson({ findings });
  const worst = options.failOn === 'never' ? [] : severities.slice(0, severities.indexOf(options.failOn) + 1);
  if (findings.some(({ severity }) => worst.includes(severity))) context.setExitCode(7);
}

async function gather(names: readonly string[], options: Options, context: CliContext): Promise<LintInput> {
  const { kindOf } = await import('../../lint/index.ts');
  const files = await Promise.all(names.map(readInput));
  const machines = options.host ?? [];
  const siteFiles = files.filter(({ text }) => kindOf(text) === 'site').map(({ name }) => name);
  if (options.live !== undefined) siteFiles.push(options.live);
  const [siteFile, ...more] = siteFiles;
  if (more.length > 0) throw usage('More than one site file was given.', 'Judge one site at a time.');
  if (names.length === 0 && options.live === undefined && machines.length === 0) {
    throw usage('There is nothing to judge.', 'Give files, --live SITE or --host MACHINE.');
  }
  if (machines.length > 0 && options.live !== undefined) {
    throw usage('--live and --host exclude each other.', 'Name the machines in the site file, or give --host alone.');
  }
  const site = siteFile === undefined ? undefined : await context.loadSite(siteFile);
  const others = files.filter(({ name }) => !siteFiles.includes(name));
  const live = await readLive(options, site, context);
  const ours = site === undefined || live.files.length > 0 || others.length > 0 ? [] : await compiledOf(site);
  return {
    files: [...others, ...live.files, ...ours],
    hosts: live.hosts,
    ...(site === undefined || siteFile === undefined
      ? {}
      : { site: { site, file: siteFile, text: (await readInput(siteFile)).text } }),
  };
}

async function readInput(name: string): Promise<InputFile> {
  try {
    return { name, text: await readFile(name, 'utf8') };
  } catch (error) {
    throw new HoldfastError(
      {
        code: 'HF-LINT-INPUT',
        message: `${name} cannot be read: ${whyUnreadable(error)}.`,
        remedy: 'Check the path and its permissions.',
        source: 'user',
      },
      { cause: error },
    );
  }
}

async function readLive(
  options: Options,
  site: Site | undefined,
  context: CliContext,
): Promise<Required<Pick<LintInput, 'files' | 'hosts'>>> {
  const destinations = options.host ?? [];
  if (options.live === undefined && destinations.length === 0) return { files: [], hosts: [] };
  const { openHosts, openMachines } = await import('../../hosts/index.ts');
  const { readCluster } = await import('../../lint/index.ts');
  await using hosts =
    options.live !== undefined && site !== undefined
      ? openHosts(site)
      : openMachines(
          destinations.map(machineAt),
          options.sshConfig === undefined ? {} : { configFile: options.sshConfig },
        );
  const members = site?.witness?.kind === 'qnetd' ? hosts.all.slice(0, site.nodes.length) : hosts.all;
  return await readCluster(members, context.signal);
}

/** Whoever names another user than root means one who may use sudo. */
function machineAt(ssh: string): Machine {
  const [, user, host] = /^(?:([^@]+)@)?(.+)$/.exec(ssh) ?? [];
  return { name: host ?? ssh, ssh, sudo: user !== undefined && user !== 'root' };
}

async function compiledOf(site: Site): Promise<readonly InputFile[]> {
  const { compiledFiles } = await import('../../lint/index.ts');
  const { loadAgentTexts } = await import('../../workloads/index.ts');
  return compiledFiles(site, await loadAgentTexts());
}

function usage(message: string, remedy: string): HoldfastError {
  return new HoldfastError({ code: 'HF-CLI-USAGE', message, remedy, source: 'user' });
}
