import { HoldfastError, shellQuote } from '../core/index.ts';
import type { Host } from '../hosts/index.ts';
import type { Site } from '../site/index.ts';
import { untilReady, untilSettled } from './cluster-watch.ts';
import { concludeDrill } from './conclude-drill.ts';
import { noteOf } from './danger.ts';
import type { DrillEnvironment } from './environment.ts';
import {
  type ClockOffset,
  type JournalMark,
  markJournal,
  measureClockOffset,
  type Sample,
  sameClock,
  sampleNode,
} from './evidence/index.ts';
import { type Expectation, endsByItself } from './expectation.ts';
import type { FaultName } from './fault-names/index.ts';
import { type Fault, type FaultContext, faults, healPatiently, type Injection, type Roles } from './faults/index.ts';
import { type KeptJournal, keepJournal } from './kept-journal.ts';
import { membersOf } from './members.ts';
import type { DrillPace } from './options.ts';
import type { Recovery } from './recovery.ts';
import { watchRefusal } from './refusal.ts';
import type { DrillEvent, DrillResult, Operation } from './types.ts';
import { untilRecovered, untilServedAgain, untilSteady, whileRefused } from './watch.ts';

export interface DrillRun {
  readonly site: Site;
  readonly environment: DrillEnvironment;
  readonly fault: FaultName;
  /** Begins every key of this drill, and of no other. */
  readonly prefix: string;
  readonly unit: string;
  /** The resource in the cluster that stands for the unit. */
  readonly workloadResource: string;
  readonly pace: DrillPace;
  readonly emit: (event: DrillEvent) => void;
  readonly signal: AbortSignal;
}

/** A member as it was when the watch began. */
export interface MemberAtStart {
  readonly host: Host;
  readonly offset: ClockOffset;
  readonly mark: JournalMark;
}

/**
 * Does one fault to a machine of the site under load, watches until the site is whole again, and judges.
 * Throws HoldfastError when it could not begin or the fault could not be done, and the signal's reason when aborted; in every
 * case the fault is healed first.
 */
export async function runDrill(run: DrillRun): Promise<DrillResult> {
  const { site, environment, pace, emit, signal } = run;
  const { clock } = environment;
  const fault = faults[run.fault];
  const expectation = fault.expectation(site);
  emit({ kind: 'step', text: 'waiting until the site is whole and idle' });
  const active = await untilReady(() => environment.readCluster(signal), clock, pace, signal);
  const roles = rolesOf(site, active);
  const watchedFromMs = clock.now();
  const words = `Holdfast drill ${run.prefix}: ${fault.describe(roles, site)}`;
  const members = await Promise.all(environment.members.map((host) => meet(host, environment, words)));
  let keptJournal: KeptJournal | undefined;
  const context: FaultContext = {
    ...contextOf(run, expectation, roles, members),
    async keepJournal() {
      const victim = members.find(({ host }) => host.name === context.victim.name);
      if (victim === undefined) return;
      keptJournal = await keepJournal(victim, clock, keptJournal);
      if (keptJournal.failure !== undefined) {
        emit({ kind: 'step', text: `the journal cannot be kept: ${keptJournal.failure.because}` });
      }
    },
  };
  const operations: Operation[] = [];
  const samples: Sample[] = [];
  const ending = new AbortController();
  const sampling = startSampling(run, members, await controlGroupsOf(context, site), samples, ending.signal);
  const client = environment.probe.open(signal);
  let injured = false;
  try {
    emit({ kind: 'step', text: `${pace.ratePerSecond} writes a second to ${active}` });
    client.startLoad({ prefix: run.prefix, ratePerSecond: pace.ratePerSecond }, (operation) => {
      operations.push(operation);
      if (operations.length % pace.ratePerSecond === 0) emit(loadEvent(operations));
    });
    await untilSteady(operations, active, clock, pace, signal);
    emit({ kind: 'step', text: fault.describe(roles, site) });
    injured = true;
    await fault.armDeadMan(context);
    const injection = await fault.inject(context);
    emit({ kind: 'fault-injected', fault: run.fault, node: context.victim.name, atMs: injection.atMs });
    const watched = await watchOutage(run, fault, expectation, roles, injection, operations);
    const { recovery } = watched;
    const healedFromMs = clock.now();
    if (recovery.rtoSeconds !== null && recovery.after !== undefined) {
      emit({ kind: 'service-restored', rtoSeconds: recovery.rtoSeconds, node: recovery.after.node });
    }
    emit({ kind: 'step', text: 'healing, and waiting until the site is whole again' });
    const unhealed = await restoreRedundancy(run, fault, context);
    injured = unhealed.length > 0;
    const afterHealingSeconds = endsByItself(expectation.service)
      ? null
      : await untilServedAgain(operations, healedFromMs, clock, pace, signal);
    await clock.sleep(pace.steadyMs, signal);
    const { skipped } = await client.stopLoad();
    emit({ kind: 'step', text: 'reading everything back' });
    const finalRead = await client.readBack(run.prefix, pace.readBackLimitMs).catch(notReadBack(signal));
    return await concludeDrill({
      run,
      active,
      victim: context.victim.name,
      expectation,
      members,
      watchedFromMs,
      injection,
      recovery,
      healedFromMs,
      operations,
      samples,
      finalRead,
      skipped,
      afterHealingSeconds,
      violations: [...watched.violations, ...unhealed],
      gaps: watched.gaps,
      notes: watched.notes,
      ...(keptJournal !== undefined && { keptJournal }),
    });
  } finally {
    if (injured) await healInTheEnd(run, fault, context);
    ending.abort(new Error('the drill is over'));
    await client.close();
    await sampling;
  }
}

async function meet(host: Host, { clock, machines }: DrillEnvironment, words: string): Promise<MemberAtStart> {
  const offset = machines === 'containers' ? sameClock : await measureClockOffset(host, clock);
  return { host, offset, mark: await markJournal(host, words) };
}

/** What was seen of the outage, up to the moment at which the drill heals. */
export interface WatchedOutage {
  readonly recovery: Recovery;
  readonly violations: readonly string[];
  /** What was not seen and had to be, in words. */
  readonly gaps: readonly string[];
  readonly notes: readonly string[];
}

async function watchOutage(
  run: DrillRun,
  fault: Fault,
  expectation: Expectation,
  roles: Roles,
  { atMs }: Injection,
  operations: readonly Operation[],
): Promise<WatchedOutage> {
  const { environment, pace, signal } = run;
  const { clock } = environment;
  if (expectation.service === 'refused') return watchRefusal(run, expectation.told, roles, atMs, operations);
  if (!endsByItself(expectation.service)) {
    const recovery = await whileRefused(operations, atMs, atMs + pace.refusedForMs, clock, signal);
    return { recovery, violations: [], gaps: [], notes: [] };
  }
  const recovery = await untilRecovered(
    operations,
    atMs,
    clock,
    pace,
    signal,
    fault,
    environment.budgetSeconds(fault.name),
  );
  // Users may notice nothing of such a fault: somebody else should.
  const said = fault.showsWithinMs === undefined ? [] : await environment.explain(signal);
  return { recovery, violations: [], gaps: [], notes: said.map(noteOf) };
}

function rolesOf({ name, nodes, witness }: Site, active: string): Roles {
  const passive = nodes.find((node) => node.name !== active);
  if (passive === undefined || !nodes.some((node) => node.name === active)) {
    throw new HoldfastError({
      code: 'HF-DRILL-NOT-READY',
      message: `The cluster says that ${active} is active, which is no node of ${name}.`,
      remedy: 'Run `holdfast plan <site>`: the cluster and the site file must name the same nodes.',
      source: 'site',
    });
  }
  return { active, passive: passive.name, ...(witness?.kind === 'member' ? { witness: witness.name } : {}) };
}

function contextOf(
  run: DrillRun,
  { service }: Expectation,
  roles: Roles,
  met: readonly MemberAtStart[],
): Omit<FaultContext, 'keepJournal'> {
  const { site, environment, unit, workloadResource, pace, signal } = run;
  const { clock } = environment;
  const members = membersOf(site, environment.members, (name) => met.find(({ host }) => host.name === name)?.offset);
  const part = faults[run.fault].victim;
  // Before its refusal counts, and before it is asked why, a machine may have to boot.
  const bootsMs = 2 * pace.readyLimitMs;
  const victim = members.find(({ name }) => name === roles[part]);
  if (victim === undefined) throw nobodyThere(run.fault, part);
  return {
    clock,
    site,
    roles,
    victim,
    members,
    unit,
    workloadResource,
    power: environment.power,
    move: () => environment.moveAwayFrom(roles.active, signal),
    untilIdle: () => untilSettled(() => environment.readCluster(signal), clock, pace, signal),
    deadManMs: pace.deadManMs + (faults[run.fault].showsWithinMs ?? 0) + (service === 'refused' ? bootsMs : 0),
  };
}

function nobodyThere(fault: FaultName, part: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-FAULT',
    message: `The fault ${fault} is done to the ${part} machine, and the site has none that a drill reaches.`,
    remedy: 'Leave the fault out.',
    source: 'user',
  });
}

/** Of every workload. */
async function controlGroupsOf({ members, roles }: FaultContext, { workloads }: Site): Promise<readonly string[]> {
  const units = workloads.map(({ unit }) => shellQuote(unit)).join(' ');
  const host = members.find(({ name }) => name === roles.active)?.host;
  if (host === undefined) return [];
  const { stdout } = await host.run(`systemctl show --property=ControlGroup --value ${units}`, { timeoutMs: 10_000 });
  // One empty line stands between two units.
  return stdout.split('\n').filter((line) => line.startsWith('/'));
}

async function startSampling(
  { site, environment }: DrillRun,
  members: readonly MemberAtStart[],
  controlGroups: readonly string[],
  samples: Sample[],
  signal: AbortSignal,
): Promise<void> {
  const nodes = members.filter(({ host }) => site.nodes.some(({ name }) => name === host.name));
  await Promise.all(
    nodes.map(({ host, offset }) =>
      sampleNode({
        host,
        offset,
        clock: environment.clock,
        controlGroups,
        mountPoint: site.state.mountPoint,
        address: site.address.ip,
        onSample: (sample) => samples.push(sample),
        signal,
      }),
    ),
  );
}

function loadEvent(operations: readonly Operation[]): DrillEvent {
  const server = operations.findLast(({ servedBy }) => servedBy !== undefined)?.servedBy?.node;
  return {
    kind: 'load',
    attempted: operations.length,
    acknowledged: operations.filter(({ result }) => result === 'ok').length,
    ...(server !== undefined && { servedBy: server }),
  };
}

/** Heals the fault and waits for the site to be whole; what did not become whole in time, in words. */
async function restoreRedundancy(run: DrillRun, fault: Fault, context: FaultContext): Promise<readonly string[]> {
  const { environment, pace, signal } = run;
  try {
    for (const { name, fencing } of run.site.nodes) {
      // A node that was fenced and is to stay off waits for a hand.
      if (fencing?.after === 'stay-off') await environment.power.restore(name);
    }
    await healPatiently(fault, context, pace.readyLimitMs, signal);
    await untilReady(() => environment.readCluster(signal), environment.clock, pace, signal);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof HoldfastError)) throw error;
    return [`the site did not become whole again: ${error.message}`];
  }
}

const healInTheEndLimitMs = 30_000;

/** Also after Ctrl-C: nobody is left with a node that we broke. */
async function healInTheEnd({ emit }: DrillRun, fault: Fault, context: FaultContext): Promise<void> {
  emit({ kind: 'step', text: `undoing: ${fault.describe(context.roles, context.site)}` });
  try {
    await healPatiently(fault, context, healInTheEndLimitMs);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const after = `${Math.ceil(context.deadManMs / 1000)} s`;
    emit({ kind: 'step', text: `not undone (${why}); what undoes itself does so ${after} after the fault` });
  }
}

function notReadBack(signal: AbortSignal): (error: unknown) => undefined {
  return (error) => {
    signal.throwIfAborted();
    if (!(error instanceof HoldfastError)) throw error;
    return undefined;
  };
}
