import { type Budget, budget, checkObjectives, notesOnHeldWrites } from '../budget/index.ts';
import type { Problem } from '../core/index.ts';
import type { CibChange } from '../engines/pacemaker/index.ts';
import type { Blueprint, HostSpec } from '../patterns/index.ts';
import type { AcceptedRisk } from '../site/index.ts';
import { checkFacts, notesOnFacts } from './check-facts.ts';
import { checkSbd } from './check-sbd.ts';
import { copyFirst, refuseOutage } from './copy-first.ts';
import { type Disruption, disruptionOf } from './disruption.ts';
import { factsOf } from './facts.ts';
import { liveCib, planCluster, wasConfigured, watchdogGrows } from './plan-cluster.ts';
import { planDevices } from './plan-devices.ts';
import { pendingEffects, planFiles, planRecord } from './plan-files.ts';
import type { PlanInput } from './plan-input.ts';
import { planReplica } from './plan-replica.ts';
import { notesOnSbdDelay, planSbd } from './plan-sbd.ts';
import { planUnits } from './plan-units.ts';
import { type Step, stageOf } from './step.ts';

/** What has to be done so that the machines are what the blueprint says. No steps and no problems: nothing to change. */
export interface Plan {
  readonly site: string;
  /** In the order in which they run. */
  readonly steps: readonly Step[];
  /** With one of these nothing is applied. */
  readonly problems: readonly Problem[];
  /** Worth knowing; stops nothing. */
  readonly notes: readonly string[];
  /**
   * What the users of the workloads notice. `none`: nothing. `switchover`: the workload moves to the other node.
   * `outage`: it is stopped, or it is restarted where it runs.
   */
  readonly disruption: Disruption;
  readonly acceptedRisks: readonly AcceptedRisk[];
  readonly objectiveSeconds: number;
  /** The longest outage of each fault under this plan; absent for a removal. */
  readonly budget?: Budget;
  readonly cibChanges: readonly CibChange[];
  /** The whole CIB as it will be. */
  readonly proposedCib: string;
  /** The whole CIB as it is; absent where there is none. */
  readonly liveCib?: string;
}

/** Compares what shall be with what is. Pure: equal inputs give equal plans. */
export function plan(input: PlanInput): Plan {
  const { site, blueprint, facts } = input;
  const { members } = blueprint.cluster;
  const firstStart = !wasConfigured(facts, members);
  const devices = planDevices(input);
  const replica = planReplica(input);
  const formatting = [...devices.formatting, ...replica.formatting];
  const files = new Map(
    blueprint.hosts.map((spec) => [spec.name, planFiles(spec, factsOf(facts, spec.name), input.secretDigests)]),
  );
  const pending = new Map(
    blueprint.hosts.map((spec) => [
      spec.name,
      pendingEffects(spec, factsOf(facts, spec.name), files.get(spec.name) ?? []),
    ]),
  );
  const cluster = planCluster(input, (host) => pending.get(host) ?? []);
  const unordered = [
    ...blueprint.hosts.flatMap((spec) => {
      const found = factsOf(facts, spec.name);
      const due = pending.get(spec.name) ?? [];
      const ownDevices = formatting.filter(({ device }) => devicesIn(spec, blueprint).includes(device));
      const missing = spec.packages.filter((name) => found.packages[name] === undefined);
      const packages: readonly Step[] =
        missing.length === 0 ? [] : [{ kind: 'install-packages', host: spec.name, packages: missing }];
      return [
        ...planRecord(spec, found, due, ownDevices, watchdogGrows(input)),
        ...packages,
        ...makeDirectories(spec.name, input),
        ...(files.get(spec.name) ?? []),
        ...localEffects(spec.name, due, input),
        ...planUnits(spec, found, firstStart),
      ];
    }),
    ...devices.steps,
    ...replica.steps,
    ...cluster.steps,
  ];
  const disruption = disruptionOf(unordered, cluster.cibChanges, blueprint.cluster.cib, !firstStart);
  const steps = copyFirst(input, unordered, disruption).toSorted((a, b) => stageOf(a) - stageOf(b));
  const live = liveCib(facts, members)?.xml;
  return {
    site: site.name,
    steps,
    problems: [
      ...checkObjectives(site),
      ...(input.secretProblems ?? []),
      ...checkFacts(input),
      ...checkSbd(input, (host) => pending.get(host) ?? []),
      ...devices.problems,
      ...replica.problems,
      ...refuseOutage(input, steps, disruption),
    ],
    notes: [
      ...notesOnFacts(input),
      ...notesOnHeldWrites(site),
      ...planSbd(input).notes,
      ...notesOnSbdDelay(steps),
      ...devices.notes,
      ...replica.notes,
    ],
    disruption,
    acceptedRisks: site.acceptedRisks,
    objectiveSeconds: site.objectives.rtoMs / 1000,
    budget: budget(site),
    cibChanges: cluster.cibChanges,
    proposedCib: cluster.proposedCib,
    ...(live === undefined ? {} : { liveCib: live }),
  };
}

/** Where a host may have to note that it is being formatted. */
function devicesIn({ name, devices }: HostSpec, { replica }: Blueprint): readonly string[] {
  const end = replica?.ends.find(({ host }) => host === name);
  return [
    ...devices.map(({ path }) => path),
    ...(replica === undefined || end === undefined ? [] : [end.disk, replica.device]),
  ];
}

/** The effects that concern one host alone; those of the cluster are in planCluster. */
function localEffects(host: string, pending: readonly string[], { blueprint, facts }: PlanInput): readonly Step[] {
  const units = blueprint.hosts.find((spec) => spec.name === host)?.units ?? [];
  const stale = units.some(({ unit }) => factsOf(facts, host).units[unit]?.needsReload === true);
  return [
    ...(pending.includes('daemon-reload') || stale ? [{ kind: 'daemon-reload', host, after: 'write' } as const] : []),
    ...(pending.includes('update-ca-certificates')
      ? [{ kind: 'update-ca-certificates', host, after: 'write' } as const]
      : []),
    ...adjustReplica(host, pending, { blueprint, facts }),
    ...(pending.includes('restart-qnetd') ? [{ kind: 'restart-qnetd', host } as const] : []),
  ];
}

/** A replica that is not up reads its configuration when it comes up. */
function adjustReplica(
  host: string,
  pending: readonly string[],
  { blueprint: { replica }, facts }: Pick<PlanInput, 'blueprint' | 'facts'>,
): readonly Step[] {
  const isUp = factsOf(facts, host).replica?.report?.kind === 'up';
  if (replica === undefined || !isUp || !pending.includes('adjust-replica')) return [];
  return [{ kind: 'adjust-replica', host, resource: replica.resource, minor: replica.minor }];
}

function makeDirectories(host: string, { facts }: PlanInput): readonly Step[] {
  return Object.entries(factsOf(facts, host).mountPoints).flatMap(([path, { exists }]): readonly Step[] =>
    exists ? [] : [{ kind: 'make-directory', host, path }],
  );
}
