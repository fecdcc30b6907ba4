import { type Clock, HoldfastError, type Problem } from '../core/index.ts';
import type { Host, Hosts } from '../hosts/index.ts';
import type { Site } from '../site/index.ts';
import { assess } from './assess.ts';
import type { Assessment, Finding } from './assessment-types.ts';
import { standbySinceAttribute } from './checks/members.ts';
import { maintenanceSinceProperty } from './checks/resources.ts';
import { planMove } from './move.ts';
import { awaitServed, switchoverLimitMs } from './served-script.ts';
import { snapshot } from './snapshot.ts';

export interface MaintenanceOptions {
  /** Drain this node; absent: the whole site. */
  readonly node?: string;
  readonly siteFile?: string;
  readonly signal?: AbortSignal;
}

export interface MaintenanceResult {
  /** False: it was so already. */
  readonly changed: boolean;
  /** What is now true, and which protection is lost or back; sentences for people. */
  readonly message: string;
}

/**
 * Begins maintenance. With a node: drains it (Pacemaker's standby), after the workloads moved away from it where they were there.
 * Without: the cluster takes its hands off the whole site; what runs goes on running unwatched.
 * Throws HF-MAINTENANCE-NODE, HF-MAINTENANCE-UNSAFE, HF-MAINTENANCE-REFUSED and what hosts throw.
 */
export async function beginMaintenance(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  clock: Clock,
  options: MaintenanceOptions = {},
): Promise<MaintenanceResult> {
  const before = await look(site, hosts, clock, options);
  const since = new Date(clock.now()).toISOString();
  const { node } = options;
  if (node === undefined) {
    if (has(before, 'HF-STATUS-MAINTENANCE', site.name)) return unchanged(`${site.name} is in maintenance already.`);
    const host = hosts.get(speaker(before, site));
    await order(
      host,
      `${setProperty(maintenanceSinceProperty, since)} && ${setProperty('maintenance-mode', 'true')}`,
      options,
    );
    return {
      changed: true,
      message: `The cluster has its hands off ${site.name}. NO PROTECTION: nothing is started, stopped, moved or fenced, whatever happens.`,
    };
  }
  requireNode(site, node);
  if (has(before, 'HF-STATUS-STANDBY', node)) return unchanged(`${node} is drained already.`);
  const other = otherNode(site, node);
  // Fencing and quorum do not matter to a drain that moves nothing.
  if (before.active === node) planMove(before, site, other, options.siteFile);
  else refuseUnlessServing(before, other, node);
  const moved = before.active === node;
  await order(hosts.get(other), drainScript(site, node, since, moved), {
    ...options,
    timeoutMs: switchoverLimitMs(site) + 30_000,
  });
  return {
    changed: true,
    message: `${node} is drained${moved ? `, and ${other} serves` : ''}. Nothing takes over while it is: if ${other} fails now, the site is down.`,
  };
}

/**
 * Ends maintenance. First looks whether what runs is what the cluster believes, and refuses where it is not.
 * Throws HF-MAINTENANCE-NODE, HF-MAINTENANCE-MISMATCH, HF-MAINTENANCE-REFUSED and what hosts throw.
 */
export async function endMaintenance(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  clock: Clock,
  options: MaintenanceOptions = {},
): Promise<MaintenanceResult> {
  if (options.node !== undefined) requireNode(site, options.node);
  const before = await look(site, hosts, clock, options);
  const { node } = options;
  const inMaintenance =
    node === undefined ? has(before, 'HF-STATUS-MAINTENANCE', site.name) : has(before, 'HF-STATUS-STANDBY', node);
  if (!inMaintenance) return unchanged(`${node ?? site.name} is not in maintenance.`);
  const [first, ...others] = mismatches(before, node);
  if (first !== undefined) throw new HoldfastError([first, ...others]);
  const host = hosts.get(speaker(before, site));
  if (node === undefined) {
    await order(host, `${dropProperty('maintenance-mode')} && ${dropProperty(maintenanceSinceProperty)}`, options);
    return { changed: true, message: `The cluster looks after ${site.name} again.` };
  }
  await order(
    host,
    `${dropNodeAttribute(node, 'standby')} && ${dropNodeAttribute(node, standbySinceAttribute)}`,
    options,
  );
  return { changed: true, message: `${node} takes over again when ${otherNode(site, node)} fails.` };
}

async function look(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  clock: Clock,
  { siteFile, signal }: MaintenanceOptions,
): Promise<Assessment> {
  return assess(await snapshot(site, hosts, clock, signal), site, siteFile);
}

function has({ findings }: Assessment, code: Finding['code'], where: string): boolean {
  return findings.some((finding) => finding.code === code && finding.where === where);
}

function unchanged(message: string): MaintenanceResult {
  return { changed: false, message };
}

/** A member that can be told: the active node where there is one. */
function speaker({ active, findings }: Assessment, site: Site): string {
  const mute = (name: string) =>
    findings.some(
      ({ code, where }) => where === name && (code === 'HF-STATUS-UNREACHABLE' || code === 'HF-STATUS-CLUSTER-STOPPED'),
    );
  const names = [...(active === null ? [] : [active]), ...site.nodes.map(({ name }) => name)];
  return names.find((name) => !mute(name)) ?? site.nodes[0].name;
}

function requireNode(site: Site, node: string): void {
  const names = site.nodes.map(({ name }) => name);
  if (names.includes(node)) return;
  throw new HoldfastError({
    code: 'HF-MAINTENANCE-NODE',
    message: `${node} is not a node of ${site.name}.`,
    remedy: `Name ${names.join(' or ')}.`,
    source: 'user',
  });
}

function otherNode(site: Site, node: string): string {
  return site.nodes[0].name === node ? site.nodes[1].name : site.nodes[0].name;
}

/** Draining the passive node takes nothing away from a service that runs elsewhere. */
function refuseUnlessServing({ active, serves, verdict }: Assessment, other: string, node: string): void {
  if (active === other && serves === 'yes') return;
  throw new HoldfastError({
    code: 'HF-MAINTENANCE-UNSAFE',
    message: `${node} may be needed: ${other} does not surely serve. ${verdict}`,
    remedy: 'Mend that first.',
    source: 'site',
  });
}

const mismatchCodes: readonly Finding['code'][] = [
  'HF-STATUS-TWO-ACTIVE',
  'HF-STATUS-MISPLACED',
  'HF-STATUS-MISSING',
  'HF-STATUS-PLACE-UNKNOWN',
  'HF-STATUS-SPLIT-VIEW',
  'HF-STATUS-NO-VIEW',
  'HF-STATUS-UNREACHABLE',
  'HF-STATUS-READ-ONLY',
];

/** Nothing runs on a drained node that the cluster sees off: that it does not answer is no reason to keep it drained. */
function mismatches(assessment: Assessment, node: string | undefined): Problem[] {
  const isOff = node !== undefined && has(assessment, 'HF-STATUS-OFFLINE', node);
  return assessment.findings
    .filter(({ code }) => mismatchCodes.includes(code))
    .filter(({ code, where }) => !(isOff && code === 'HF-STATUS-UNREACHABLE' && where === node))
    .map(({ message, remedy, command }) => ({
      code: 'HF-MAINTENANCE-MISMATCH',
      message: `The maintenance must not end yet: ${message}`,
      remedy: command === undefined ? remedy : `${remedy} ${command}`,
      source: 'site',
    }));
}

function drainScript(site: Site, node: string, since: string, moves: boolean): string {
  const drain = `${setNodeAttribute(node, standbySinceAttribute, since)} && ${setNodeAttribute(node, 'standby', 'on')}`;
  return moves ? `${awaitServed(site)}\n${drain} && await_served` : drain;
}

function setProperty(name: string, value: string): string {
  return `crm_attribute --type crm_config --name ${name} --update ${value}`;
}

function dropProperty(name: string): string {
  return `crm_attribute --type crm_config --name ${name} --delete`;
}

function setNodeAttribute(node: string, name: string, value: string): string {
  return `crm_attribute --node ${node} --name ${name} --update ${value} --lifetime forever`;
}

function dropNodeAttribute(node: string, name: string): string {
  return `crm_attribute --node ${node} --name ${name} --delete --lifetime forever`;
}

async function order(
  host: Host,
  script: string,
  { signal, timeoutMs = 30_000 }: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
): Promise<void> {
  const result = await host.run(script, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
  if (result.exitCode === 0) return;
  const said = result.stderr.trim().split('\n')[0] ?? '';
  throw new HoldfastError({
    code: 'HF-MAINTENANCE-REFUSED',
    message: `The cluster did not do it${said === '' ? '' : `: ${said}`} (told through ${host.name}).`,
    remedy: 'See what holdfast status says of the site, and try again: the command is harmless twice.',
    source: 'site',
  });
}
