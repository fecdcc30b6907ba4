import type { Problem } from '../core/index.ts';
import { factsOf } from './facts.ts';
import { watchdogGrows } from './plan-cluster.ts';
import type { PlanInput } from './plan-input.ts';
import { planSbd, wantsSbd } from './plan-sbd.ts';
import { runsCluster, stoppedMembers } from './plan-units.ts';

/**
 * SBD must run before the cluster counts on it, and the cluster must wait longer before SBD takes longer: Pacemaker ends itself for
 * good where it counts on SBD and finds none, or one slower than it waits (lib/common/watchdog.c). So a longer timeout comes last
 * (planCluster), which it cannot where something has to start sooner. `pending`: the effects that are due on each host.
 */
export function checkSbd(input: PlanInput, pending: (host: string) => readonly string[]): readonly Problem[] {
  if (!watchdogGrows(input)) return [];
  const { blueprint, facts } = input;
  const { members } = blueprint.cluster;
  const { begins } = planSbd(input);
  const stopped = stoppedMembers(members, blueprint.hosts, (host) => factsOf(facts, host)).filter((member) =>
    blueprint.hosts.some((spec) => spec.name === member && wantsSbd(spec)),
  );
  const restarting = members.filter(
    (member) => runsCluster(factsOf(facts, member)) && pending(member).includes('restart-cluster'),
  );
  return [
    ...(begins.length > 0 ? [addedAtOnce(begins)] : []),
    ...(stopped.length > 0 ? [startsTooSlow(stopped)] : []),
    ...(restarting.length > 0 ? [restartsTooSoon(restarting)] : []),
  ];
}

function addedAtOnce(begins: readonly string[]): Problem {
  return {
    code: 'HF-PLAN-WATCHDOG-AT-ONCE',
    message: `${begins.join(' and ')} shall get a watchdog, and the cluster shall wait longer for watchdogs than it does: whichever came first, Pacemaker would end itself.`,
    remedy: 'Apply the longer timeout first, without the new watchdog; then add it and apply again.',
    source: 'user',
  };
}

function startsTooSlow(stopped: readonly string[]): Problem {
  const names = stopped.join(' and ');
  return {
    code: 'HF-PLAN-WATCHDOG-LONGER',
    message: `The cluster shall wait longer for watchdogs than it does, and does not run on ${names}: started with the longer timeout before the others wait for it, Pacemaker there would end itself, or be taken for dead while it lives.`,
    remedy: `Start the cluster on ${names} first with the file that is there (systemctl start corosync pacemaker), or apply the site without the longer timeout; then apply this one.`,
    source: 'user',
  };
}

function restartsTooSoon(members: readonly string[]): Problem {
  return {
    code: 'HF-PLAN-WATCHDOG-LONGER',
    message: `The cluster shall wait longer for watchdogs than it does, and another change needs a restart of it on ${members.join(', ')} before it can be told: SBD would take its longer timeout too soon, and Pacemaker would end itself.`,
    remedy:
      'Apply the site without the longer timeout first (times of the watchdog and of the token as they were); then with it.',
    source: 'user',
  };
}
