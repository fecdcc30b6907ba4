import type { Found, Rule } from '../finding.ts';
import {
  isCloned,
  isFencingDevice,
  isPromotable,
  isTrue,
  locations,
  metaMs,
  metaScore,
  namesOfResource,
  overCib,
  property,
  recurringMonitors,
  servingPrimitives,
} from '../inputs/cib-questions.ts';
import type { CibView, Primitive } from '../inputs/cib-view.ts';
import { memberNames } from '../inputs/evidence.ts';
import { infinity, list, milliseconds, score, seconds } from '../inputs/pacemaker-values.ts';
import { startFailureIsFatal } from './operations.ts';

const explained = 'Pacemaker Explained, chapter "Resource Options"';

/** What follows a failure, and where things go afterwards. */
export const recoveryRules: readonly Rule[] = [
  {
    code: 'HF-LINT-MOVES-BACK',
    title: 'Everything moves back when the failed node returns',
    severity: 'warning',
    danger:
      'A location preference that outweighs the stickiness makes a second outage of every fault, at the moment when the node has just failed.',
    remedy: 'Set a resource-stickiness above the preference, or remove the preference.',
    source: `${explained}, resource-stickiness; shown in Pacemaker's scheduler`,
    find: overCib(function* (cib, evidence) {
      if (memberNames(evidence).length === 1) return;
      for (const constraint of locations(cib)) {
        const { score: points, node, temporary } = constraint;
        if (points === undefined || points <= 0 || node === undefined || temporary) continue;
        const members = cib.primitives.filter(
          (each) => !isFencingDevice(each) && namesOfResource(each).some((name) => constraint.resources.includes(name)),
        );
        if (
          members.length === 0 ||
          members.some((each) => isCloned(each) || each.meta('resource-stickiness')?.conditional)
        )
          continue;
        const held = members.reduce((sum, each) => sum + stickiness(each), 0);
        // What every other node has as well is no preference.
        if (held >= points || isPreferredEverywhere(cib, constraint.resources, points, memberNames(evidence))) continue;
        const owner = constraint.resources.join(', ');
        yield {
          where: cib.place(constraint.element),
          why: `${owner} prefers ${node} with ${points >= infinity ? 'INFINITY' : points} and is held where it runs by ${held}, so it moves when ${node} returns.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-NO-STICKINESS',
    title: 'Nothing holds a resource where it runs',
    severity: 'note',
    danger:
      'With stickiness 0 Pacemaker may move a resource for balance when a node comes or goes: an outage for nothing.',
    remedy: 'Set resource-stickiness among the resource defaults, such as 1000.',
    source: `${explained}, resource-stickiness (0 by default)`,
    find: overCib(function* (cib, evidence) {
      const loose = servingPrimitives(cib).filter(
        (each) => !isCloned(each) && each.meta('resource-stickiness')?.conditional !== true && stickiness(each) === 0,
      );
      if (loose.length === 0 || memberNames(evidence).length === 1) return;
      yield {
        where: cib.place(loose[0]?.element ?? cib.root),
        why: `${names(loose)} ${loose.length === 1 ? 'has' : 'have'} resource-stickiness 0.`,
      };
    }),
  },
  {
    code: 'HF-LINT-CRASHES-WITHOUT-END',
    title: 'A resource that crashes is restarted in its place for ever',
    severity: 'warning',
    danger:
      'Without migration-threshold the five-hundredth crash is answered like the first, although the other node might run it.',
    remedy: 'Set migration-threshold and failure-timeout among the resource defaults, such as 3 and 600s.',
    source: `${explained}, migration-threshold (INFINITY by default); shown in Pacemaker's scheduler`,
    find: overCib(function* (cib, evidence) {
      if (memberNames(evidence).length === 1) return;
      const endless = servingPrimitives(cib).filter((each) => {
        const threshold = metaScore(each, 'migration-threshold');
        // What runs everywhere anyway has nowhere to move.
        if (isCloned(each) && !isPromotable(each)) return false;
        // DRBD's scores move it, by whose data are good; a threshold would take the disk away from the node.
        if (each.agent === 'ocf:linbit:drbd') return false;
        return (
          each.meta('migration-threshold')?.conditional !== true &&
          (threshold === undefined || threshold === 0 || threshold >= infinity)
        );
      });
      yield* together(cib, endless, 'never move because of a crash (migration-threshold is INFINITY)');
    }),
  },
  {
    code: 'HF-LINT-BARRED-FOR-GOOD',
    title: 'A node that failed is never tried again',
    severity: 'warning',
    danger:
      'After migration-threshold failures the node is barred until a person cleans up; when the other fails too, nothing serves.',
    remedy: 'Set failure-timeout, such as 600s.',
    source: `${explained}, failure-timeout (0: never, by default)`,
    find: overCib(function* (cib, evidence) {
      if (memberNames(evidence).length === 1) return;
      const barred = servingPrimitives(cib).filter((each) => {
        const threshold = metaScore(each, 'migration-threshold') ?? infinity;
        return (
          threshold > 0 &&
          threshold < infinity &&
          each.meta('failure-timeout')?.conditional !== true &&
          (metaMs(each, 'failure-timeout') ?? 0) === 0
        );
      });
      yield* together(cib, barred, 'have a migration-threshold and no failure-timeout');
    }),
  },
  {
    code: 'HF-LINT-FAILURES-FORGOTTEN',
    title: 'Failures are forgotten before they count',
    severity: 'warning',
    danger:
      'When monitors find the crashes, failure-timeout is over before migration-threshold is reached: the resource never moves.',
    remedy: 'Make failure-timeout longer than the interval of the monitor and the time of a restart.',
    source: `${explained}, failure-timeout`,
    find: overCib(function* (cib) {
      for (const primitive of servingPrimitives(cib)) {
        const setting = primitive.meta('failure-timeout');
        const timeoutMs = metaMs(primitive, 'failure-timeout') ?? 0;
        const threshold = metaScore(primitive, 'migration-threshold') ?? infinity;
        const intervals = recurringMonitors(primitive).map(({ intervalMs }) => intervalMs);
        if (
          setting === undefined ||
          timeoutMs <= 0 ||
          threshold <= 1 ||
          threshold >= infinity ||
          intervals.length === 0
        )
          continue;
        // A failure that is found in time keeps those before it: the pause between two counts, however many there must be.
        const pauseMs = Math.min(...intervals);
        if (timeoutMs > pauseMs) continue;
        yield {
          where: cib.place(setting.element),
          why: `${primitive.id} forgets all failures ${seconds(timeoutMs)} after the last, and its monitor finds the next one up to ${seconds(pauseMs)} after it.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-START-FAILURE-FATAL',
    title: 'One failed start bars the node for good',
    severity: 'warning',
    danger:
      'With start-failure-is-fatal (the default) and no failure-timeout, a start that failed once on the last node is never tried again.',
    remedy: 'Set start-failure-is-fatal=false with a migration-threshold, or a failure-timeout.',
    source: "Pacemaker Explained, start-failure-is-fatal; shown in Pacemaker's scheduler",
    find: overCib(function* (cib) {
      if (!startFailureIsFatal(cib)) return;
      const barred = servingPrimitives(cib).filter((each) => each.meta('failure-timeout') === undefined);
      const where = property(cib, 'start-failure-is-fatal')?.element;
      yield* together(cib, barred, 'are never started again where a start failed once', where && cib.place(where));
    }),
  },
  {
    code: 'HF-LINT-RUNS-NOWHERE',
    title: 'A resource may run nowhere',
    severity: 'error',
    danger: 'With symmetric-cluster=false a resource runs only where a constraint allows it: this one never starts.',
    remedy: 'Add a location constraint for it, or remove symmetric-cluster=false.',
    source: 'Pacemaker Explained, "Opt-In Clusters"',
    find: overCib(function* (cib) {
      if (isTrue(property(cib, 'symmetric-cluster'), true)) return;
      const allowed = new Set(
        locations(cib).flatMap(({ score: points, resources }) =>
          points === undefined || points >= 0 ? resources : [],
        ),
      );
      const patterns = locations(cib).some(({ resources }) => resources.length === 0);
      const tied = new Set(cib.constraints.flatMap((each) => (each.kind === 'colocation' ? each.resources : [])));
      for (const primitive of servingPrimitives(cib)) {
        const known = namesOfResource(primitive);
        if (patterns || primitive.top !== primitive.id || known.some((name) => allowed.has(name) || tied.has(name)))
          continue;
        yield {
          where: cib.place(primitive.element),
          why: `symmetric-cluster is false, and nothing allows ${primitive.id} on any node.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-MULTIPLE-ACTIVE',
    title: 'What is found on two nodes stays on two',
    severity: 'error',
    danger: 'With multiple-active=block the cluster leaves both running when it finds a resource active twice.',
    remedy: 'Remove multiple-active: stop_start is the default.',
    source: `${explained}, multiple-active`,
    find: overCib(function* (cib) {
      for (const primitive of servingPrimitives(cib)) {
        const setting = primitive.meta('multiple-active');
        if (setting?.value.toLowerCase() !== 'block') continue;
        yield {
          where: cib.place(setting.element),
          why: `${primitive.id} stays active wherever it is found (multiple-active=block).`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-ONE-JOB-AT-A-TIME',
    title: 'Pacemaker does one thing at a time',
    severity: 'note',
    danger: 'A takeover waits in line behind every other job, such as a monitor of something else.',
    remedy: 'Remove batch-limit.',
    source: 'Pacemaker Explained, batch-limit',
    find: overCib(function* (cib) {
      const setting = property(cib, 'batch-limit');
      const limit = setting === undefined ? undefined : Number(setting.value);
      if (setting === undefined || limit === undefined || !(limit > 0 && limit < 4)) return;
      yield { where: cib.place(setting.element), why: `batch-limit is ${setting.value}.` };
    }),
  },
  {
    code: 'HF-LINT-SLOW-START',
    title: 'A monitor or start waits before it begins',
    severity: 'note',
    danger: 'start-delay keeps the whole transition waiting, and a takeover with it.',
    remedy: 'Remove start-delay, and let the start of the resource return when it serves.',
    source: 'Pacemaker Explained, start-delay',
    find: overCib(function* (cib) {
      for (const { id, operations } of servingPrimitives(cib)) {
        for (const { name, element } of operations) {
          const delayMs = milliseconds(element.attributes['start-delay'] ?? '0') ?? 0;
          if (delayMs <= 0) continue;
          yield { where: cib.place(element), why: `${name} of ${id} waits ${seconds(delayMs)} before it begins.` };
        }
      }
    }),
  },
];

function stickiness(primitive: Primitive): number {
  const setting = primitive.meta('resource-stickiness');
  return setting === undefined ? 0 : (score(setting.value) ?? 0);
}

function isPreferredEverywhere(
  cib: CibView,
  resources: readonly string[],
  points: number,
  members: readonly string[],
): boolean {
  const nodes = new Set(
    locations(cib)
      .filter((each) => each.score === points && each.resources.some((name) => resources.includes(name)))
      .map(({ node }) => node),
  );
  return members.length > 0 && members.every((name) => nodes.has(name));
}

/** One finding for many resources of one cause. */
function* together(
  cib: CibView,
  primitives: readonly Primitive[],
  what: string,
  where?: Found['where'],
): Iterable<Found> {
  const [first] = primitives;
  if (first === undefined) return;
  const verb =
    primitives.length === 1
      ? what
          .replace(/^have /, 'has ')
          .replace(/^are /, 'is ')
          .replace(/^never move /, 'never moves ')
      : what;
  yield { where: where ?? cib.place(first.element), why: `${names(primitives)} ${verb}.` };
}

function names(primitives: readonly Primitive[]): string {
  return list(primitives.map(({ id }) => id));
}
