import type { WatchedDrill } from './conclude-drill.ts';
import {
  clusterResource,
  type ExclusiveThing,
  type JournalEntry,
  type RunInterval,
  runIntervals,
  type ThingActivity,
  workloadUnit,
} from './evidence/index.ts';
import { fencingsOf } from './phases.ts';

/** When each node had what only one may have. */
interface SiteActivity {
  /** By unit. */
  readonly workloads: ReadonlyMap<string, ThingActivity>;
  readonly state: ThingActivity;
  readonly address: ThingActivity;
}

type Journals = ReadonlyMap<string, readonly JournalEntry[]>;

/** Reads it from the journals of the nodes, by name; a journal that could not be read is not among them. */
export function activityOf(watched: WatchedDrill, journals: Journals, watchedUntilMs: number): SiteActivity {
  const of = (thing: ExclusiveThing) => activityOfThing(thing, watched, journals, watchedUntilMs);
  return {
    workloads: new Map(watched.run.site.workloads.map(({ name, unit }) => [unit, of(workloadUnit(name, unit))])),
    state: of(clusterResource('state', 'the state mounted')),
    address: of(clusterResource('address', 'the virtual address')),
  };
}

function activityOfThing(
  thing: ExclusiveThing,
  watched: WatchedDrill,
  journals: Journals,
  watchedUntilMs: number,
): ThingActivity {
  const { run, active, members, injection, watchedFromMs, recovery } = watched;
  const everything = [...journals.values()].flat();
  const intervals = new Map<string, readonly RunInterval[] | undefined>();
  for (const { name: node } of run.site.nodes) {
    const entries = journals.get(node);
    const bootIdAtStart = members.find(({ host }) => host.name === node)?.mark.bootId;
    if (entries === undefined || bootIdAtStart === undefined) {
      intervals.set(node, undefined);
      continue;
    }
    const cutAtMs = injection.powerOffAtMs?.[node];
    const ofNode = runIntervals({
      node,
      entries,
      thing,
      ranAtStart: node === active,
      bootIdAtStart,
      watchedFromMs,
      watchedUntilMs,
      powerOffAtMs: [...(cutAtMs === undefined ? [] : [cutAtMs]), ...fencingsOf(node, everything)],
    });
    // A node that served had everything: a journal that tells nothing of it does not tell when, either.
    const tellsNothing = ofNode?.length === 0 && recovery.after?.node === node;
    intervals.set(node, tellsNothing ? undefined : ofNode);
  }
  return { words: thing.words, intervals };
}
