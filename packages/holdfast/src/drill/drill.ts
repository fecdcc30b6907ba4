import { eventQueue } from '../core/index.ts';
import { workloadId } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import type { DrillEnvironment } from './environment.ts';
import type { FaultName } from './fault-names.ts';
import { faults } from './faults/index.ts';
import type { DrillOptions } from './options.ts';
import { runDrill } from './run-drill.ts';
import { targetWorkload } from './target-workload.ts';
import type { DrillEvent, DrillResult, LeftOut } from './types.ts';

/**
 * Does each fault `repeat` times, each under load, each judged for itself; those that cannot be done on this site are left
 * out, with the reason. The stream ends with the report. When the signal is aborted, the drill that runs is healed and left out, and the report holds those before it.
 * Throws HoldfastError before anything is broken when a node lacks what one of the faults needs, and when a drill could not be done, after a report of those before it.
 */
export async function* drill(
  site: Site,
  options: DrillOptions,
  environment: DrillEnvironment,
  signal: AbortSignal,
): AsyncGenerator<DrillEvent, void> {
  const leftOut = unsuitedFaults(site, options, environment);
  for (const each of leftOut) yield { kind: 'left-out', ...each };
  const suited = options.faults.filter((fault) => !leftOut.some((each) => each.fault === fault));
  await checkMachines(site, suited, environment);
  const results: DrillResult[] = [];
  const workload = targetWorkload(site);
  // Nobody has used it before: earlier drills' writes are not this one's.
  const series = environment.clock.now().toString(36);
  for (let repetition = 1; repetition <= options.repeat; repetition += 1) {
    for (const fault of suited) {
      yield { kind: 'drill-started', fault, repetition, of: options.repeat };
      const queue = eventQueue<DrillEvent>();
      // A reader who stops reading must not leave a fault behind.
      const abandoned = new AbortController();
      const running = runDrill({
        site,
        environment,
        fault,
        prefix: `${series}-${fault}-${repetition}-`,
        unit: workload.unit,
        workloadResource: workloadId(workload),
        pace: options.pace,
        emit: queue.push,
        signal: AbortSignal.any([signal, abandoned.signal]),
      });
      try {
        const result = yield* queue.during(running);
        results.push(result);
        yield { kind: 'drill-finished', result };
      } catch (error) {
        if (results.length > 0 || signal.aborted) yield reportOf(site, environment, results, leftOut);
        if (signal.aborted) return;
        throw error;
      } finally {
        abandoned.abort(new Error('nobody reads the events of the drill any more'));
        await running.catch(() => undefined);
      }
    }
  }
  yield reportOf(site, environment, results, leftOut);
}

function unsuitedFaults(
  site: Site,
  { faults: wanted }: DrillOptions,
  { machines }: DrillEnvironment,
): readonly LeftOut[] {
  return [...new Set(wanted)].flatMap((fault) => {
    const because = faults[fault].unsuited?.({ site, machines });
    return because === undefined ? [] : [{ fault, because }];
  });
}

/** Every node: which of them is active when a fault's turn comes is not known yet. */
async function checkMachines(site: Site, wanted: readonly FaultName[], { members }: DrillEnvironment): Promise<void> {
  const nodes = members.filter((host) => site.nodes.some(({ name }) => name === host.name));
  for (const name of new Set(wanted)) {
    for (const host of nodes) await faults[name].checkMachine?.(host);
  }
}

function reportOf(
  site: Site,
  environment: DrillEnvironment,
  drills: readonly DrillResult[],
  leftOut: readonly LeftOut[],
): DrillEvent {
  const { name } = site;
  return {
    kind: 'report',
    report: { version: 1, site: name, environment: environment.description, drills: [...drills], leftOut },
  };
}
