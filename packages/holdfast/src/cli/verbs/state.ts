import type { Command } from 'commander';
import { bytesInWords, HoldfastError, renderTable } from '../../core/index.ts';
import type { Resolution, SideLoss } from '../../replica/index.ts';
import { ask } from '../ask.ts';
import { addExamples, type CliContext, describeJson, siteArgument } from '../context.ts';

const viewShape = `{ site, ends: { node, disk, report: { kind: "up" | "down" | "no-module", … } | null, why? }[],
  relation: "same" | "first-newer" | "second-newer" | "split-brain" | "unrelated" | "both-new" | null }`;

export function register(program: Command, context: CliContext): void {
  const group = program.command('state').description('look after the two copies of a replicated state');
  const status = group
    .command('status')
    .description('how both copies are: roles, disks, what differs, and how far a copy is')
    .argument(...siteArgument)
    .action((siteFile: string) => showStatus(siteFile, context));
  addExamples(status, 'holdfast state status site.yaml');
  describeJson(status, `{ good: boolean, verdict: string, view: ${viewShape} }`);

  const verify = group
    .command('verify')
    .description('compare the two disks block by block while they serve')
    .argument(...siteArgument)
    .action((siteFile: string) => runVerify(siteFile, context));
  addExamples(verify, 'holdfast state verify site.yaml');
  describeJson(verify, '{ differingBytes: number, tookMs: number }');

  const resolve = group
    .command('resolve')
    .description('end a split brain: see what each side would lose, name the one to discard, keep a copy of it')
    .argument(...siteArgument)
    .option('--discard <node>', 'the node whose own writes are given up; without it nothing is changed')
    .option('--keep <file>', 'where on that node the copy of its disk goes (default: /var/lib/holdfast/discarded)')
    .option('--yes <node>', 'do not ask; NODE is the one to discard, once more')
    .action((siteFile: string, options: ResolveFlags) => runResolve(siteFile, options, context));
  addExamples(
    resolve,
    'holdfast state resolve site.yaml                                # shows both sides, changes nothing',
    'holdfast state resolve site.yaml --discard bravo',
    'holdfast state resolve site.yaml --discard bravo --keep /mnt/usb/bravo.img --yes bravo',
  );
  describeJson(
    resolve,
    '{ relation: string | null, sides: { node, role, disk, generation?, since?, changedBytes?, lastWrittenAtMs?, newest: { path, atMs }[], unread? }[],\n  resolved?: { kind: "discard" | "go-on-alone", loser, winner, loserServes, kept?: { node, path, bytes } } }',
  );
}

async function open(siteFile: string, context: CliContext) {
  const replica = await import('../../replica/index.ts');
  const { openHosts } = await import('../../hosts/index.ts');
  const site = await context.loadSite(siteFile);
  const replicated = replica.replicatedSite(site);
  return { replica, site, replicated, hosts: openHosts(site) };
}

async function showStatus(siteFile: string, context: CliContext): Promise<void> {
  const { replica, replicated, hosts } = await open(siteFile, context);
  await using _ = hosts;
  const view = await replica.readReplica(replicated, hosts, context.signal);
  const { good, text } = replica.verdictOf(view);
  const remedy = replica.remedyOf(view, siteFile);
  context.printJson({ good, verdict: text, view });
  context.print(context.style(good ? 'green' : 'red', text));
  const columns = replica.rowTitles.map((title) => ({ title }));
  context.print(renderTable(columns, replica.rowsOf(view), context.columns));
  if (remedy !== undefined) context.print(`→ ${remedy}`);
  if (!good) context.setExitCode(4);
}

async function runVerify(siteFile: string, context: CliContext): Promise<void> {
  const { replica, site, replicated, hosts } = await open(siteFile, context);
  await using _ = hosts;
  const { clock, progress, signal } = context;
  const result = await replica.verifyReplica(replicated, { hosts, clock, progress, signal });
  context.printJson(result);
  const took = `${(result.tookMs / 1000).toFixed(0)} s`;
  if (result.differingBytes === 0) {
    context.print(context.style('green', `${site.name}: the two disks are the same, block by block (${took}).`));
    return;
  }
  context.print(
    context.style(
      'red',
      `${site.name}: ${bytesInWords(result.differingBytes)} differ between the two disks (${took}).`,
    ),
  );
  context.print(
    `Blocks that nobody has written since the disks were given to DRBD may differ without harm: after a first \`apply\` on two empty disks this is expected once.
→ Let the passive node fetch them: drbdadm disconnect ${replicated.resource} && drbdadm adjust ${replicated.resource}, on that node; then verify again.
  If it finds some again, one of the two disks or controllers changes data by itself: replace it.`,
  );
  context.setExitCode(4);
}

interface ResolveFlags {
  readonly discard?: string;
  readonly keep?: string;
  readonly yes?: string;
}

async function runResolve(siteFile: string, flags: ResolveFlags, context: CliContext): Promise<void> {
  const { replica, site, replicated, hosts } = await open(siteFile, context);
  await using _ = hosts;
  const { clock, progress, signal } = context;
  const view = await replica.readReplica(replicated, hosts, signal);
  const sides = await replica.inspectSides(replicated, view, hosts, signal);
  const shown = { relation: view.relation, sides };
  context.print(replica.verdictOf(view).text);
  for (const side of sides) {
    const loss = lossInWords(side).join('\n');
    context.print(side.node === flags.discard ? context.style('red', loss) : loss);
  }
  const ban = await replica.banInWords(replicated, view, hosts, signal);
  if (ban !== undefined) context.print(context.style('red', ban));
  if (flags.discard === undefined) {
    context.printJson(shown);
    const remedy = replica.remedyOf(view, siteFile);
    context.print(
      view.relation === 'split-brain'
        ? `Nothing was changed. Name the one to give up: holdfast state resolve ${siteFile} --discard NODE`
        : (remedy ?? 'There is nothing to resolve.'),
    );
    return;
  }
  const resolution = replica.planResolution(view, flags.discard);
  const copyPath = flags.keep ?? replica.defaultCopyPath(site.name, resolution.loser, clock);
  await confirm(resolution, copyPath, flags, context);
  const { kept } = await replica.resolveReplica(replicated, resolution, { hosts, clock, progress, signal, copyPath });
  context.printJson({ ...shown, resolved: { ...resolution, ...(kept === undefined ? {} : { kept }) } });
  context.print(
    kept === undefined
      ? `${site.name}: goes on with the data of ${resolution.winner}; the cluster starts what it can.`
      : `${site.name}: ${resolution.loser} holds what ${resolution.winner} has. What it had is in ${kept.path}: on ${kept.node}, mount -o loop,${replica.lookOptions(replicated.state.filesystem)} ${kept.path} /mnt`,
  );
}

function lossInWords({ node, role, disk, changedBytes, generation, since, newest, unread }: SideLoss): string[] {
  const when = (atMs: number) => new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
  const changed =
    changedBytes === undefined ? 'how much is not known' : `${bytesInWords(changedBytes)} in changed blocks`;
  return [
    `Without ${node} (${role}, ${disk}) is lost what it alone has: ${changed}`,
    ...(generation === undefined ? [] : [`  generation ${generation}, from ${since ?? 'nothing'}`]),
    ...(unread === undefined ? [] : [`  its files could not be looked at: ${unread}`]),
    ...newest.map(({ path, atMs }) => `  ${when(atMs)}Z  ${path}`),
  ];
}

async function confirm(
  { kind, loser, winner, loserServes }: Resolution,
  copyPath: string,
  flags: ResolveFlags,
  context: CliContext,
): Promise<void> {
  const stopped = loserServes
    ? `${loser} serves now: it is stopped, and ${winner} serves with its own data instead. `
    : '';
  const question =
    kind === 'discard'
      ? `${stopped}A copy of the disk of ${loser} is kept in ${copyPath} there; then it takes over the data of ${winner}. Type ${loser} to discard its own writes: `
      : `${loser} does not answer. Whatever it has that ${winner} has not is left behind. Type ${loser} to go on without it: `;
  const answer = flags.yes ?? (await ask(question, `Give --yes ${loser}.`, context.signal));
  if (answer === loser) return;
  throw new HoldfastError({
    code: 'HF-APPLY-NOT-CONFIRMED',
    message: `The node to discard is ${loser}, not "${answer}"; nothing was changed.`,
    remedy: `Give --yes ${loser} if that is the one you mean.`,
    source: 'user',
  });
}
