import { type Clock, HoldfastError, type ProgressSink, shellQuote } from '../core/index.ts';
import { agentCall, type FenceDevice, fenceScript } from '../fencing/index.ts';
import type { Host, Hosts } from '../hosts/index.ts';
import { readStatus } from '../observe/index.ts';
import { type NodeDevice, nodeDevices, selfFencedMs } from '../patterns/index.ts';
import type { Site, SiteNode } from '../site/index.ts';
import { awaitBack, awaitGone, bootIdOf, secondsSince } from './node-away.ts';
import { proveWatchdog } from './prove-watchdog.ts';
import { nodeToSwitch, refuseUnlessSafe } from './safe-to-switch.ts';
import { agentSaid } from './status-script.ts';
import type { PowerProof } from './types.ts';

export interface PowerOptions {
  readonly node: string;
  /** Also the node that serves: its workloads move to the other one first. */
  readonly active: boolean;
  readonly siteFile: string;
  readonly signal: AbortSignal;
  readonly progress: ProgressSink;
}

/** What a test of one level needs. */
export interface Bench {
  readonly site: Site;
  readonly node: SiteNode;
  readonly hosts: Pick<Hosts, 'get'>;
  /** The member that asks the devices and watches the node go and come. */
  readonly helper: Host;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Switches a node off and on by each level of its fencing by itself, and sees that it goes and comes back. The node leaves the
 * cluster before, so that nobody else fences it meanwhile; should this program die, the helper switches it on again.
 * Stops at the first level that does not bring it back. Throws HF-FENCING-TEST-NODE, HF-FENCING-TEST-UNSAFE and what hosts throw.
 */
export async function provePower(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  clock: Clock,
  options: PowerOptions,
): Promise<readonly PowerProof[]> {
  const { signal, progress } = options;
  const node = nodeToSwitch(site, options.node);
  const { assessment } = await readStatus(site, hosts, clock, { siteFile: options.siteFile, signal });
  refuseUnlessSafe(assessment, node.name, options);
  const helper = hosts.get(helperOf(site, node));
  const bench: Bench = { site, node, hosts, helper, clock, signal };
  const proofs: PowerProof[] = [];
  for (const [level, devices] of Map.groupBy(
    nodeDevices(site).filter((each) => each.node === node.name),
    (each) => each.level,
  )) {
    const id = `level-${level}`;
    progress({
      kind: 'task-started',
      id,
      title: `Switch ${node.name} by ${devices.map((each) => each.id).join(' and ')}`,
      host: node.name,
    });
    const proof = devices.some(({ device }) => device === 'watchdog')
      ? await proveWatchdog(bench, level)
      : await proveLevel(bench, level, devices);
    proofs.push(proof);
    if (proof.outcome === 'fails') {
      progress({ kind: 'task-failed', id, message: proof.said });
      if (proof.backSeconds === null) return proofs;
    } else progress({ kind: 'task-finished', id, outcome: 'done', note: proof.said });
  }
  return proofs;
}

/** The witness where it is a member, else the other node. */
function helperOf({ nodes, witness }: Site, node: SiteNode): string {
  if (witness?.kind === 'member') return witness.name;
  return nodes.find((each) => each !== node)?.name ?? node.name;
}

async function proveLevel(bench: Bench, level: number, devices: readonly NodeDevice[]): Promise<PowerProof> {
  const { node, helper, clock, signal } = bench;
  const about = { node: node.name, level, devices: devices.map(({ id }) => id) };
  const agents = devices.flatMap(({ device }) => (device === 'watchdog' ? [] : [device]));
  const bootId = await bootIdOf(bench);
  await leaveCluster(bench);
  await armPowerOn(bench);
  const orderedMs = clock.monotonic();
  const off = await switchAll(helper, agents, 'off', signal);
  const offSeconds = secondsSince(clock, orderedMs);
  const isGone = await awaitGone(bench, 20_000);
  const goneSeconds = isGone ? secondsSince(clock, orderedMs) : null;
  const onMs = clock.monotonic();
  const on = await switchAll(helper, agents, 'on', signal);
  // A node that never went off has left the cluster for nothing.
  if (!isGone) await joinCluster(bench);
  const isBack = await awaitBack(bench, isGone ? bootId : '');
  if (isBack) await disarmPowerOn(bench);
  const backSeconds = isBack ? secondsSince(clock, onMs) : null;
  const times = { offSeconds, goneSeconds, backSeconds };
  const fails = (said: string) =>
    ({ ...about, ...times, outcome: 'fails', said, code: 'HF-FENCING-FAILED' }) satisfies PowerProof;
  if (off !== undefined) return fails(`"off": ${off}`);
  if (!isGone) {
    return {
      ...fails(`says that ${node.name} is off, but ${node.name} answers: two nodes would write`),
      code: 'HF-FENCING-OTHER-MACHINE',
    };
  }
  if (on !== undefined) return fails(`"on": ${on}`);
  if (!isBack) return fails(`${node.name} is on again, but not in the cluster`);
  return { ...about, ...times, outcome: 'works', said: `off in ${offSeconds} s, back in ${backSeconds} s` };
}

/** Undefined where all did it, else what the first one said that did not. */
async function switchAll(
  helper: Host,
  agents: readonly FenceDevice[],
  action: 'on' | 'off',
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const agent of agents) {
    const { exitCode, stderr, stdout } = await helper.run(agentCall(agent, action), {
      timeoutMs: agent.timeoutMs + 10_000,
      signal,
    });
    if (exitCode === 124) return `no answer within ${agent.timeoutMs / 1000} s`;
    if (exitCode !== 0) return agentSaid(stderr.trim() || stdout) || `exit code ${exitCode}`;
  }
  return undefined;
}

/** A node that leaves in order is not fenced; what runs on it moves to the other one. */
async function leaveCluster({ node, hosts, signal }: Bench): Promise<void> {
  const { exitCode, stderr } = await hosts
    .get(node.name)
    .run('systemctl stop pacemaker.service corosync.service', { timeoutMs: 180_000, signal });
  if (exitCode === 0) return;
  throw new HoldfastError({
    code: 'HF-FENCING-TEST-UNSAFE',
    message: `${node.name} did not leave the cluster: ${stderr.trim().split('\n').at(-1)}.`,
    remedy: `Look at \`journalctl -u pacemaker -u corosync\` on ${node.name}.`,
    source: 'site',
  });
}

/** SBD, where there is one, waits before Pacemaker may start. */
async function joinCluster({ site, node, hosts, signal }: Bench): Promise<void> {
  const timeoutMs = 60_000 + (selfFencedMs(site) ?? 0);
  await hosts.get(node.name).run('systemctl start corosync.service pacemaker.service', { timeoutMs, signal });
}

/** Longer than a machine takes to boot; then the helper switches it on by whatever works. */
const deadManSeconds = 600;

async function armPowerOn({ node, helper, signal }: Bench): Promise<void> {
  const script = node.fencing && fenceScript(node.fencing, 'on')?.script;
  if (script === undefined) return;
  const unit = deadManUnit(node);
  await helper.run(
    `systemctl stop ${unit}.timer 2>/dev/null
systemd-run --quiet --collect --unit=${unit} --on-active=${deadManSeconds}s /bin/sh -c ${shellQuote(script)}`,
    { timeoutMs: 20_000, signal },
  );
}

async function disarmPowerOn({ node, helper, signal }: Bench): Promise<void> {
  await helper.run(`systemctl stop ${deadManUnit(node)}.timer 2>/dev/null || :`, { timeoutMs: 20_000, signal });
}

function deadManUnit({ name }: SiteNode): string {
  return `holdfast-fencing-test-${name}`;
}
