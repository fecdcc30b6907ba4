import type { Site } from '../site/index.ts';
import type { Answer, Assessment, FaultClass, FaultOutlook, Finding, Risked } from './assessment-types.ts';
import { checkClocks } from './checks/clocks.ts';
import { checkFailures } from './checks/failures.ts';
import { checkFencing } from './checks/fencing.ts';
import { checkLinks } from './checks/links.ts';
import { checkMembers } from './checks/members.ts';
import { checkPlacement } from './checks/placement.ts';
import { checkQuorum } from './checks/quorum.ts';
import { checkReach } from './checks/reach.ts';
import { checkReplication } from './checks/replication.ts';
import { checkResources } from './checks/resources.ts';
import { checkSystemDisks } from './checks/system-disks.ts';
import { checkTakeover } from './checks/takeover.ts';
import { checkViews } from './checks/views.ts';
import { type Scene, sceneOf } from './scene.ts';
import type { Snapshot } from './snapshot-types.ts';

const checks: readonly ((scene: Scene) => readonly Finding[])[] = [
  checkPlacement,
  checkViews,
  checkMembers,
  checkQuorum,
  checkSystemDisks,
  // A resource that runs nowhere is what a replica in doubt leads to.
  checkReplication,
  checkResources,
  checkFailures,
  checkFencing,
  checkTakeover,
  checkLinks,
  checkReach,
  checkClocks,
];

/**
 * Whether the site serves, and whether it would survive each single fault if it came right now. Pure. An answer is `yes` only
 * where every check that bears on it had its facts and found nothing.
 *
 * @param siteFile how the site file is named in the commands of the remedies
 */
export function assess(snapshot: Snapshot, site: Site, siteFile = 'site.yaml'): Assessment {
  const scene = sceneOf(snapshot, site, siteFile);
  const found = checks.flatMap((check) => check(scene));
  const findings = [...found].sort((one, other) => rank(one) - rank(other));
  const serves = worst(findings.map((finding) => finding.serves ?? 'yes'));
  const faults = scene.faults.map((fault): FaultOutlook => {
    const reasons = findings.filter((finding) => finding.breaks[fault] !== undefined || finding.serves !== undefined);
    // What does not serve now does not go on serving.
    return { fault, survives: worst([serves, ...answers(reasons, fault)]), reasons };
  });
  const againstMove = findings.filter((finding) => finding.breaks['planned-move'] !== undefined);
  const safe = serves === 'yes' && faults.every(({ survives }) => survives === 'yes');
  return {
    site: site.name,
    takenAtMs: snapshot.takenAtMs,
    safe,
    verdict: verdict(site, scene.active, serves, faults, findings),
    active: scene.active,
    passive: scene.passive,
    serves,
    faults,
    move: { possible: worst(answers(againstMove, 'planned-move')), reasons: againstMove },
    findings,
    acceptedRisks: site.acceptedRisks,
  };
}

function rank({ severity, serves, breaks }: Finding): number {
  if (serves === 'no') return 0;
  if (serves === 'unknown') return 1;
  if (severity === 'warning') return 4;
  return Object.values(breaks).includes('no') ? 2 : 3;
}

function answers(findings: readonly Finding[], risked: Risked): Answer[] {
  return findings.map((finding) => finding.breaks[risked] ?? 'yes');
}

function worst(answers: readonly Answer[]): Answer {
  if (answers.includes('no')) return 'no';
  return answers.includes('unknown') ? 'unknown' : 'yes';
}

function verdict(
  site: Site,
  active: string | null,
  serves: Answer,
  faults: readonly FaultOutlook[],
  findings: readonly Finding[],
): string {
  const [first] = findings;
  if (serves === 'no') return `${site.name}: DOES NOT SERVE: ${first?.message ?? ''}`;
  if (serves === 'unknown' || active === null)
    return `${site.name}: NOT KNOWN WHETHER IT SERVES: ${first?.message ?? ''}`;
  const fatal = faults.filter(({ survives }) => survives === 'no');
  const doubtful = faults.filter(({ survives }) => survives === 'unknown');
  if (fatal.length > 0) {
    return `${site.name}: NOT SAFE: ${active} serves, but would not survive ${list(fatal, active, site)}`;
  }
  if (doubtful.length > 0) {
    return `${site.name}: NOT KNOWN TO BE SAFE: ${active} serves, but might not survive ${list(doubtful, active, site)}`;
  }
  return `${site.name}: ${active} serves; the site would survive the next fault`;
}

function list(outlooks: readonly FaultOutlook[], active: string, site: Site): string {
  if (outlooks.length > 1 && outlooks.length === (site.witness === undefined ? 4 : 5)) return 'any fault';
  return outlooks.map(({ fault }) => faultInWords(fault, active, site)).join(' or ');
}

/** The fault with the names of this site. */
export function faultInWords(fault: FaultClass, active: string | null, site: Site): string {
  const passive = site.nodes.find((node) => node.name !== active)?.name;
  switch (fault) {
    case 'active-node-loss':
      return active === null ? 'the power loss of the active node' : `the power loss of ${active}`;
    case 'passive-node-loss':
      return active === null ? 'the power loss of the passive node' : `the power loss of ${passive}`;
    case 'witness-loss':
      return `the loss of ${site.witness?.name ?? 'the witness'}`;
    case 'link-loss':
      return 'the loss of a link';
    case 'workload-crash':
      return 'a crash of a workload';
  }
}
