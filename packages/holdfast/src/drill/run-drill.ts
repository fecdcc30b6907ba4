import { HoldfastError, shellQuote } from '../core/index.ts';
import type { Host } from '../hosts/index.ts';
import type { Site } from '../site/index.ts';
import { untilReady } from './cluster-watch.ts';
import { concludeDrill } from './conclude-drill.ts';
import type { DrillEnvironment } from './environment.ts';
import {
  type ClockOffset,
  markJournal,
  measureClockOffset,
  type Sample,
  sameClock,
  sampleNode,
} from './evidence/index.ts';
import { type Fault, type FaultContext, faults, healPatiently } from './faults/index.ts';
import type { DrillPace } from './options.ts';
import type { DrillEvent, DrillResult, FaultName, Operation } from './types.ts';
import { untilRecovered, untilSteady } from './watch.ts';

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
  readonly bootId: string;
}

/**
 * Does one fault to the active node under load, watches until the site is whole again, and judges.
 * Throws HoldfastError when it could not begin or the fault could not be done, and the signal's reason when aborted; in every
 * case the fault is healed first.
 */
export async function runDrill(run: DrillRun): Promise<DrillResult> {
  const { site, environment, pace, emit, signal } = run;
  const { clock } = environment;
  const fault = faults[run.fault];
  emit({ kind: 'step', text: 'waiting until the site is whole and idle' });
  const active = await untilReady(() => environment.readCluster(signal), clock, pace.readyLimitMs, signal);
  const watchedFromMs = clock.now();
  const words = `Holdfast drill ${run.prefix}: ${fault.describe(active)}`;
  const members = await Promise.all(environment.members.map((host) => meet(host, environment, words)));
  const context = contextOf(run, active, members);
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
    emit({ kind: 'step', text: fault.describe(active) });
    injured = true;
    await fault.armDeadMan(context);
    const injection = await fault.inject(context);
    emit({ kind: 'fault-injected', fault: run.fault, node: active, atMs: injection.atMs });
    const recovery = await untilRecovered(operations, injection.atMs, clock, pace, signal);
    const healedFromMs = clock.now();
    if (recovery.rtoSeconds !== null && recovery.after !== undefined) {
      emit({ kind: 'service-restored', rtoSeconds: recovery.rtoSeconds, node: recovery.after.node });
    }
    emit({ kind: 'step', text: 'healing, and waiting until the site is whole again' });
    const violations = await restoreRedundancy(run, fault, context);
    injured = violations.length > 0;
    await clock.sleep(pace.steadyMs, signal);
    const { skipped } = await client.stopLoad();
    emit({ kind: 'step', text: 'reading everything back' });
    const finalRead = await client.readBack(run.prefix, pace.readBackLimitMs).catch(notReadBack(signal));
    return await concludeDrill({
      run,
      active,
      members,
      watchedFromMs,
      injection,
      recovery,
      healedFromMs,
      operations,
      samples,
      finalRead,
      skipped,
      violations,
    });
  } finally {
    if (injured) await healInTheEnd(run, fault, context);
    ending.abort(new Error('the drill is over'));
    await client.close();
    await sampling;
  }
}

async function meet(host: Host, { clock, sharesClock }: DrillEnvironment, words: string): Promise<MemberAtStart> {
  const offset = sharesClock ? sameClock : await measureClockOffset(host, clock);
  return { host, offset, bootId: await markJournal(host, words) };
}

function contextOf(run: DrillRun, active: string, members: readonly MemberAtStart[]): FaultContext {
  const { site, environment, unit, workloadResource, pace } = run;
  const node = site.nodes.find(({ name }) => name === active);
  const member = members.find(({ host }) => host.name === active);
  if (node === undefined || member === undefined) {
    throw new HoldfastError({
      code: 'HF-DRILL-NOT-READY',
      message: `The cluster says that ${active} is active, which is no node of ${site.name}.`,
      remedy: 'Run `holdfast plan <site>`: the cluster and the site file must name the same nodes.',
      source: 'site',
    });
  }
  return {
    clock: environment.clock,
    node,
    host: member.host,
    offset: member.offset,
    unit,
    workloadResource,
    virtualAddress: site.address.ip,
    power: environment.power,
    move: () => environment.moveAwayFrom(active, run.signal),
    deadManMs: pace.deadManMs,
  };
}

/** Of every workload. */
async function controlGroupsOf({ host }: FaultContext, { workloads }: Site): Promise<readonly string[]> {
  const units = workloads.map(({ unit }) => shellQuote(unit)).join(' ');
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
    // A node that was fenced and is to stay off waits for a hand.
    if (context.node.fencing?.after === 'stay-off') await environment.power.restore(context.node.name);
    await healPatiently(fault, context, pace.readyLimitMs, signal);
    await untilReady(() => environment.readCluster(signal), environment.clock, pace.readyLimitMs, signal);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof HoldfastError)) throw error;
    return [`the site did not become whole again: ${error.message}`];
  }
}

const healInTheEndLimitMs = 30_000;

/** Also after Ctrl-C: nobody is left with a node that we broke. */
async function healInTheEnd({ emit, pace }: DrillRun, fault: Fault, context: FaultContext): Promise<void> {
  emit({ kind: 'step', text: `undoing: ${fault.describe(context.node.name)}` });
  try {
    await healPatiently(fault, context, healInTheEndLimitMs);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const after = `${Math.ceil(pace.deadManMs / 1000)} s`;
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
