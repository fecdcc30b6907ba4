import { eventQueue, HoldfastError } from '../core/index.ts';
import type { Host } from '../hosts/index.ts';
import { workloadId } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import type { DrillEnvironment } from './environment.ts';
import type { FaultName } from './fault-names/index.ts';
import { type Fault, faults } from './faults/index.ts';
import type { DrillOptions } from './options.ts';
import { runDrill } from './run-drill.ts';
import { targetWorkload } from './target-workload.ts';
import type { DrillEvent, DrillResult, LeftOut } from './types.ts';

/**
 * Does each fault `repeat` times, each under load, each judged for itself; those that cannot be done on this site are left
 * out, with the reason, where `leaveOut` is set. The stream ends with the report. When the signal is aborted, the drill that runs is healed and left out, and the report holds those before it.
 * Throws HoldfastError before anything is broken when a node lacks what one of the faults needs, and when a drill could not be done, after a
 * report of those before it that names what was not done any more: a site that is not ready for one fault is ready for none.
 */
export async function* drill(
  site: Site,
  options: DrillOptions,
  environment: DrillEnvironment,
  signal: AbortSignal,
): AsyncGenerator<DrillEvent, void> {
  const leftOut = await obstacles(site, options, environment);
  const [first] = leftOut;
  if (first !== undefined && !options.leaveOut) throw cannotBeDone(site, first);
  for (const each of leftOut) yield { kind: 'left-out', ...each };
  const suited = options.faults.filter((fault) => !leftOut.some((each) => each.fault === fault));
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
        const because = signal.aborted ? 'interrupted' : `${fault} could not be done, and ended the run`;
        const all = [...leftOut, ...undone(suited, results, options.repeat, because)];
        if (results.length > 0 || signal.aborted) yield reportOf(site, environment, results, all);
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

/** The faults that cannot be done here, with the reason. Every node is asked: which one is active when its turn comes is not known. */
async function obstacles(
  site: Site,
  { faults: wanted }: DrillOptions,
  { machines, members }: DrillEnvironment,
): Promise<readonly LeftOut[]> {
  const nodes = members.filter((host) => site.nodes.some(({ name }) => name === host.name));
  const found: LeftOut[] = [];
  for (const fault of new Set(wanted)) {
    const { unsuited, lacking } = faults[fault];
    const because = unsuited?.({ site, machines }) ?? (await lackingSomewhere(nodes, site, lacking));
    if (because !== undefined) found.push({ fault, because });
  }
  return found;
}

async function lackingSomewhere(
  nodes: readonly Host[],
  site: Site,
  lacking: Fault['lacking'],
): Promise<string | undefined> {
  if (lacking === undefined) return undefined;
  for (const host of nodes) {
    const what = await lacking(host, site);
    if (what !== undefined) return `${host.name} lacks ${what}`;
  }
  return undefined;
}

/** What was not done so often as it was to be. */
function undone(
  wanted: readonly FaultName[],
  results: readonly DrillResult[],
  repeat: number,
  because: string,
): readonly LeftOut[] {
  return wanted.flatMap((fault) => {
    const done = results.filter((result) => result.fault === fault).length;
    if (done === repeat) return [];
    return [{ fault, because: done === 0 ? because : `${because}, after ${done} of ${repeat}` }];
  });
}

function cannotBeDone(site: Site, { fault, because }: LeftOut): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-FAULT',
    message: `${fault} cannot be done on ${site.name}: ${because}.`,
    remedy: 'Leave it out; `--all` leaves out what cannot be done and says so. Nothing was broken yet.',
    source: 'user',
  });
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
