import type { TimeTerm } from '../core/index.ts';
import { dcDeadtimeMs, fencingWorks, selfFencedMs } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import { coldStart, lossConfirmed, lossTold, promotedBesideDead, replicaStopped } from './drbd-terms.ts';
import { fencingTerms, type Loss, nodesInTheDark } from './fencing-terms.ts';
import { heldByLostLink, heldByLostPeer } from './held-writes.ts';
import { decided, memberLost, membershipChanged } from './lost-member.ts';
import { crashLoopTerms, crashTerms, hangTerms } from './process-terms.ts';
import { reachLost } from './reach-terms.ts';
import { givenUp, nextAttempt, takenOver } from './service-terms.ts';
import { assumed, fromHoldfast, onMachinesOf, sumOf } from './terms.ts';
import { linksOfUsers } from './users-links.ts';

/** Faults that come alone on a site that is otherwise well; for each the RTO is promised. */
export type SingleFault =
  | 'process-crash'
  | 'crash-loop'
  | 'process-hang'
  | 'planned-move'
  | 'reboot'
  | 'power-cut'
  | 'kernel-panic'
  | 'network-cut'
  | 'corosync-kill'
  | 'pacemaker-kill'
  | 'passive-power-cut';

/** Faults that not every site can have. */
export type PossibleFault =
  | 'one-link-cut'
  | 'users-link-cut'
  | 'witness-loss'
  | 'witness-loss-then-power-cut'
  | 'fencing-dead-then-power-cut'
  | 'blackout';

export type BudgetedFault = SingleFault | PossibleFault;

export type Budget = Readonly<Record<SingleFault, FaultBudget>> & Readonly<Partial<Record<PossibleFault, FaultBudget>>>;

export interface FaultBudget {
  /** The sum of the terms: the longest outage of this fault. Infinity: it lasts until what `endsWhen` says. */
  readonly seconds: number;
  /** In the order in which they pass. */
  readonly terms: readonly TimeTerm[];
  /** Whether the RTO of the site is promised for it: one fault alone, and an outage that begins with it. */
  readonly promised: boolean;
  /** Where the outage has no end of its own: why, and what ends it. */
  readonly endsWhen?: string;
  /** The instant from which the seconds count, where it is not that of the fault. */
  readonly countsFrom?: string;
}

/**
 * The longest outage of each fault: values that are written into the engines' configuration, and an allowance for each action
 * in between. An action that fails and is tried again takes longer. Equations and sources: docs/budget.md.
 */
export function budget(site: Site): Budget {
  const gone = nodeLost(site, { left: true, dark: false });
  return {
    'process-crash': single(site, crashTerms(site)),
    'crash-loop': single(site, crashLoopTerms(site)),
    'process-hang': hang(site),
    'planned-move': single(site, [assumed('moveOrder', 'order to move'), ...moved(site)]),
    reboot: single(site, rebooted(site)),
    'power-cut': nodeLost(site, { left: true, dark: true }),
    'kernel-panic': gone,
    // The cut-off node is out of the way when it is fenced; that it also stops by itself is not waited for.
    'network-cut': gone,
    // To the others a node without Corosync is a node without network; DRBD still talks to it.
    'corosync-kill': nodeLost(site, { left: true, dark: false }, promotedBesideDead(site)),
    'pacemaker-kill': nodeLost(site, { left: false, dark: false }, promotedBesideDead(site)),
    'passive-power-cut': passiveLost(site),
    ...linkFaults(site, gone),
    ...(site.witness === undefined ? {} : { 'witness-loss': single(site, [nextAttempt()]) }),
    ...pairs(site),
    blackout: blackout(site),
  };
}

/** The node that serves is lost, and the other one takes over. `stillTalked`: what DRBD takes longer where it replicated until then. */
function nodeLost(site: Site, loss: Loss, stillTalked: readonly TimeTerm[] = []): FaultBudget {
  const fenced = fencingTerms(site, loss);
  if (fenced === undefined) return endless(unfenced(site, loss), true);
  const noticed = loss.left ? memberLost(site) : [assumed('leftGroup', 'notice of the others'), ...membershipChanged()];
  return single(site, [
    ...noticed,
    ...fenced,
    ...stillTalked,
    ...lossTold(site),
    ...lossConfirmed(site),
    ...takenOver(site, 'crash'),
  ]);
}

/** No device can make sure that the node is dead. */
function unfenced(site: Site, loss: Loss): string {
  const dark = nodesInTheDark(site, loss);
  const why = dark.length === 0 ? '' : `the fencing of ${dark.join(' or ')} is dark with its node, and `;
  return `${why}nothing may start while the lost node may still write: it comes back, its fencing device does, or a person who has seen that it is off says so (stonith_admin --confirm)`;
}

function passiveLost(site: Site): FaultBudget {
  const waits = heldByLostPeer(site);
  return waits === undefined
    ? endless(unfenced(site, { left: true, dark: true }), true)
    : single(site, [...waits, nextAttempt()]);
}

function hang(site: Site): FaultBudget {
  const terms = hangTerms(site);
  return terms === undefined
    ? endless('no workload has a probe: a person notices it, and restarts it', true)
    : single(site, terms);
}

function moved(site: Site): TimeTerm[] {
  return [...decided(), ...givenUp(site.state, site.workloads), ...takenOver(site, 'unmount')];
}

/**
 * systemd stops Pacemaker first, which stops what runs on the node, DRBD too. Where that node led, another one is elected before
 * anything starts there.
 */
function rebooted(site: Site): TimeTerm[] {
  return [
    assumed('moveOrder', 'order to stop'),
    ...decided(),
    ...givenUp(site.state, site.workloads),
    ...replicaStopped(site),
    assumed('election', 'election'),
    ...decided(),
    ...lossConfirmed(site),
    ...takenOver(site, 'unmount'),
  ];
}

function linkFaults(site: Site, gone: FaultBudget): Partial<Budget> {
  const links = site.nodes[0].links.length;
  if (links === 1) return { 'one-link-cut': gone };
  const ofUsers = linksOfUsers(site);
  return {
    // Corosync goes on over another link, and no user is on this one.
    ...(ofUsers.length < links ? { 'one-link-cut': single(site, [...heldByLostLink(site), nextAttempt()]) } : {}),
    ...(ofUsers.length === 0 ? {} : { 'users-link-cut': usersLinkCut(site) }),
  };
}

/** The clients' cable of the active node: seen by the pings of `reach` alone. */
function usersLinkCut(site: Site): FaultBudget {
  if (site.reach.length === 0) {
    return endless(
      'Corosync goes on over another link and nothing watches the one that carries the address (see `reach`): a person plugs it in again, or moves the workloads',
      true,
    );
  }
  return single(site, [...reachLost(site), ...moved(site)]);
}

/** Two faults, the second when the site has come to rest after the first. */
function pairs(site: Site): Partial<Budget> {
  return {
    ...(site.witness === undefined
      ? {}
      : {
          'witness-loss-then-power-cut': endless(
            'the survivor is no majority and must not serve: the witness or the lost node comes back',
            false,
          ),
        }),
    ...(fencingWorks(site)
      ? {
          'fencing-dead-then-power-cut': {
            ...nodeLost(site, { left: true, dark: true, firstLevelDead: true }),
            promised: false,
          },
        }
      : {}),
  };
}

/** Every machine was dark, and all come back. */
function blackout(site: Site): FaultBudget {
  const terms = [
    ...sbdDelay(site),
    fromHoldfast(
      'search for a leader',
      dcDeadtimeMs,
      'dc-deadtime',
      'a node that boots waits this long for one that leads already',
      'pacemaker-controld(7), dc-deadtime',
    ),
    ...memberLost(site),
    ...(site.witness === undefined ? [] : (fencingTerms(site, { left: false, dark: false }) ?? [])),
    ...coldStart(site),
    ...takenOver(site, 'crash'),
  ];
  return { ...single(site, terms), promised: false, countsFrom: 'the moment when the last machine has booted' };
}

/** SBD sleeps before it has started, and Pacemaker starts after it. */
function sbdDelay(site: Site): TimeTerm[] {
  const delayMs = selfFencedMs(site);
  return delayMs === undefined
    ? []
    : [
        fromHoldfast(
          'delay of SBD',
          delayMs,
          'SBD_DELAY_START',
          'a machine that comes back sooner than the others give it up would be taken for one that never died',
          'sbd, src/sbd-inquisitor.c and src/sbd.service.in: Before=pacemaker.service',
        ),
      ];
}

function single(site: Site, assumedOfServers: readonly TimeTerm[]): FaultBudget {
  const terms = onMachinesOf(site, assumedOfServers);
  return { seconds: sumOf(terms), terms, promised: true };
}

function endless(endsWhen: string, promised: boolean): FaultBudget {
  return { seconds: Number.POSITIVE_INFINITY, terms: [], promised, endsWhen };
}
