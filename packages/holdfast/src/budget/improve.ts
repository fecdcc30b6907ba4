import type { Site } from '../site/index.ts';
import { budget } from './budget.ts';
import { isAsked } from './check-fencing-times.ts';
import { endlessFaults, promisedFaults } from './faults.ts';
import type { Change, Edit, Knob } from './knob.ts';
import { knobsOf } from './knobs.ts';

export interface Improvement {
  /** `none`: not even all changes together meet the RTO; then `seconds` is the least that the site can promise. */
  readonly kind: 'meets' | 'none';
  readonly changes: readonly Change[];
  /** The longest outage of a single fault with these changes. */
  readonly seconds: number;
}

/**
 * The cheapest change of the site's own settings with which its worst single fault meets its RTO: one alone, or two, or as many
 * as are needed. Each answer is the budget of the changed site, computed anew. No token below a second is proposed: at 300 ms a
 * noisy machine of two cores lost it with nothing wrong, at 1000 ms it did not.
 */
export function improve(site: Site): Improvement {
  const knobs = knobsOf(site);
  const meets = (edits: readonly Edit[]) => {
    const changed = edited(site, edits);
    return isSound(changed) && worstSeconds(changed) * 1000 <= site.objectives.rtoMs;
  };
  const pairs = knobs.flatMap((knob, index) =>
    knobs.slice(index + 1).flatMap((other) => (other.group === knob.group ? [] : [[knob, other]])),
  );
  const cheapest = [...knobs.map((knob) => [knob]), ...pairs]
    .toSorted((a, b) => costOf(a) - costOf(b))
    .map((chosen) => chosen.flatMap(({ edits }) => edits))
    .find(meets);
  const all = knobs.filter(({ group }, index) => knobs[index + 1]?.group !== group).flatMap(({ edits }) => edits);
  const found = cheapest ?? (meets(all) ? all : undefined);
  const bound = found === undefined ? worstSeconds(edited(site, all)) : site.objectives.rtoMs / 1000;
  const needed = withoutIdle(
    found ?? all,
    (edits) => isSound(edited(site, edits)) && worstSeconds(edited(site, edits)) <= bound,
  );
  return {
    kind: found === undefined ? 'none' : 'meets',
    changes: needed.map(({ setting, words }) => ({ setting, words })),
    seconds: worstSeconds(edited(site, needed)),
  };
}

/**
 * As the checks of a site file want it (site/checks/times.ts, watchdogs.ts): a workload has longer to stop than its probe to answer; a
 * watchdog has a witness, and comes in time for Pacemaker.
 */
function isSound({ workloads, nodes, witness: third }: Site): boolean {
  return (
    workloads.every(({ probe, stopTimeoutMs }) => probe === undefined || stopTimeoutMs > probe.timeoutMs) &&
    nodes.every(({ fencing }) => {
      const devices = fencing?.levels.flat() ?? [];
      const beforeMs = devices.filter(isAsked).reduce((sum, { timeoutMs }) => sum + timeoutMs, 0);
      return devices.every(isAsked) || (third !== undefined && beforeMs <= longestBeforeWatchdogMs);
    })
  );
}

const longestBeforeWatchdogMs = 50_000;

function edited(site: Site, edits: readonly Edit[]): Site {
  return edits.reduce((changed, { apply }) => apply(changed), site);
}

/** Infinity where a fault has no end of its own, and the file does not accept that. */
function worstSeconds(site: Site): number {
  if (endlessFaults(site).length > 0) return Number.POSITIVE_INFINITY;
  return promisedFaults(budget(site))[0]?.[1].seconds ?? 0;
}

function costOf(knobs: readonly Knob[]): number {
  return knobs.reduce((sum, { cost }) => sum + cost, 0);
}

/** Leaves out each edit without which the others are still enough. */
function withoutIdle(edits: readonly Edit[], isEnough: (edits: readonly Edit[]) => boolean): readonly Edit[] {
  return edits.reduceRight<readonly Edit[]>((kept, edit) => {
    const others = kept.filter((each) => each !== edit);
    return isEnough(others) ? others : kept;
  }, edits);
}
