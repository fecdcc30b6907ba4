import type { Rule } from '../finding.ts';
import { advisedSeconds } from '../inputs/agent-advice.ts';
import {
  actionTimeoutMs,
  fencingIsOn,
  isPromotable,
  isTrue,
  overCib,
  property,
  recurringMonitors,
  servingPrimitives,
} from '../inputs/cib-questions.ts';
import type { CibView, Primitive } from '../inputs/cib-view.ts';
import { list, seconds } from '../inputs/pacemaker-values.ts';

const explained = 'Pacemaker Explained, chapter "Resource Operations"';
const advice = "the agents' own metadata (crm_resource --show-metadata), which Pacemaker does not read";

/** What is asked of a resource, how often, and how long it may take. */
export const operationRules: readonly Rule[] = [
  {
    code: 'HF-LINT-STOP-TIMEOUT-SHORT',
    title: 'Less time to stop than the agent needs',
    severity: 'error',
    danger:
      'A stop that takes too long is a failed stop: without fencing the resource is blocked and runs nowhere; with fencing a planned move becomes a power cut.',
    remedy: 'Set the timeout of its stop to what the agent advises, or more.',
    source: `${advice}; shown in Pacemaker's scheduler`,
    find: overCib(function* (cib) {
      for (const primitive of servingPrimitives(cib)) {
        const short = shorterThanAdvised(cib, primitive, 'stop');
        if (short === undefined) continue;
        const fenced = fencingIsOn(cib);
        yield {
          where: cib.place(short.element),
          why: `${primitive.id} may take ${short.given} to stop, and ${primitive.agent} advises ${short.advised}: ${fenced ? 'a slow one fences the node' : 'a slow one blocks it, since nothing can fence'}.`,
          ...(fenced ? { severity: 'warning' } : {}),
        };
      }
    }),
  },
  {
    code: 'HF-LINT-START-TIMEOUT-FATAL',
    title: 'Less time to start than the agent needs, and one failure is final',
    severity: 'error',
    danger:
      'One slow start, such as a journal that is replayed after the power cut, bars the last node for good: nothing is ever tried again.',
    remedy:
      'Raise the timeout of its start, and set start-failure-is-fatal=false with a migration-threshold and failure-timeout.',
    source: `${advice}; Pacemaker Explained, start-failure-is-fatal; shown in Pacemaker's scheduler`,
    find: overCib(function* (cib) {
      if (!startFailureIsFatal(cib)) return;
      for (const primitive of servingPrimitives(cib)) {
        const short = shorterThanAdvised(cib, primitive, 'start');
        if (short === undefined) continue;
        const retried = primitive.meta('failure-timeout') !== undefined;
        yield {
          where: cib.place(short.element),
          why: `${primitive.id} may take ${short.given} to start, ${primitive.agent} advises ${short.advised}, and ${retried ? 'one failed start bars the node until its failure-timeout is over' : 'one failed start bars the node for good'}.`,
          ...(retried ? { severity: 'warning' } : {}),
        };
      }
    }),
  },
  {
    code: 'HF-LINT-TIMEOUT-SHORT',
    title: 'Less time than the agent advises',
    severity: 'note',
    danger: 'On a busy machine a sound resource is taken for failed, and restarted or moved.',
    remedy: 'Set the timeout to what the agent advises.',
    source: advice,
    find: overCib(function* (cib) {
      for (const primitive of servingPrimitives(cib)) {
        const actions = [
          'monitor',
          ...(isPromotable(primitive) ? ['promote', 'demote'] : []),
          ...(startFailureIsFatal(cib) ? [] : ['start']),
        ];
        for (const action of actions) {
          if (action === 'monitor' && recurringMonitors(primitive).length === 0) continue;
          const short = shorterThanAdvised(cib, primitive, action);
          if (short === undefined) continue;
          yield {
            where: cib.place(short.element),
            why: `${primitive.id} may take ${short.given} to ${action}, and ${primitive.agent} advises ${short.advised}.`,
          };
        }
      }
    }),
  },
  {
    code: 'HF-LINT-MONITOR-NONE',
    title: 'Nobody looks whether a resource works',
    severity: 'warning',
    danger: 'When it dies, the cluster does not notice, and does nothing.',
    remedy: 'Give it a monitor operation with an interval, such as 10s.',
    source: `${explained}, monitoring`,
    find: overCib(function* (cib) {
      for (const primitive of servingPrimitives(cib)) {
        if (monitorsOf(primitive).length > 0) continue;
        yield { where: cib.place(primitive.element), why: `${primitive.id} (${primitive.agent}) has no monitor.` };
      }
    }),
  },
  {
    code: 'HF-LINT-MONITOR-NEVER-RUNS',
    title: 'A monitor that never runs again',
    severity: 'warning',
    danger:
      'With interval 0 or enabled=false the monitor runs once, or not at all: when the resource dies, nobody notices.',
    remedy: 'Give the monitor an interval, and remove enabled=false.',
    source: `${explained}, interval and enabled`,
    find: overCib(function* (cib) {
      for (const primitive of servingPrimitives(cib)) {
        const [first] = monitorsOf(primitive);
        if (first === undefined || recurringMonitors(primitive).length > 0) continue;
        yield {
          where: cib.place(first.element),
          why: `The monitor of ${primitive.id} has ${first.enabled ? 'interval 0' : 'enabled=false'}, so nothing asks again.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-MONITOR-ROLE',
    title: 'One role of a promotable resource is not monitored',
    severity: 'warning',
    danger: 'A monitor without role="Promoted" does not look at the promoted instance, which is the one that serves.',
    remedy: 'Add a second monitor with role="Promoted" and another interval.',
    source: `${explained}, monitoring resources when in different roles`,
    find: overCib(function* (cib) {
      for (const primitive of servingPrimitives(cib)) {
        const monitors = recurringMonitors(primitive);
        if (!isPromotable(primitive) || monitors.length === 0 || monitors.some(({ role }) => role === 'promoted'))
          continue;
        yield {
          where: cib.place(monitors[0]?.element ?? primitive.element),
          why: `${primitive.id} has no monitor for the promoted role.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-MONITOR-SAME-INTERVAL',
    title: 'Two monitors with the same interval',
    severity: 'error',
    danger: 'Pacemaker tells operations apart by name and interval: of two that are the same it runs neither.',
    remedy: 'Give one of them another interval, if only by a second.',
    source: `${explained}; lib/pacemaker/pcmk_sched_recurring.c of Pacemaker ("same name and interval combination")`,
    find: overCib(function* (cib) {
      for (const { id, operations } of cib.primitives) {
        const monitors = operations.filter(
          ({ name, intervalMs, enabled }) => name === 'monitor' && intervalMs > 0 && enabled,
        );
        const twin = monitors.find((each, index) =>
          monitors.some((other, at) => at < index && other.intervalMs === each.intervalMs),
        );
        if (twin === undefined) continue;
        yield { where: cib.place(twin.element), why: `${id} has two monitors every ${seconds(twin.intervalMs)}.` };
      }
    }),
  },
  {
    code: 'HF-LINT-ON-FAIL-IGNORE',
    title: 'A failure is ignored',
    severity: 'error',
    danger:
      'A stop that failed counts as done: the resource starts elsewhere while it may still run here. A monitor that failed changes nothing.',
    remedy: 'Remove on-fail=ignore.',
    source: `${explained}, on-fail`,
    find: overCib(function* (cib) {
      for (const { id, operations } of servingPrimitives(cib)) {
        for (const { name, element, onFail } of operations) {
          if (onFail?.toLowerCase() !== 'ignore') continue;
          yield {
            where: cib.place(element),
            why: `When ${name} of ${id} fails, it is taken for done.`,
            ...(name === 'stop' || name === 'demote' ? {} : { severity: 'warning' }),
          };
        }
      }
    }),
  },
  {
    code: 'HF-LINT-ON-FAIL-BLOCK',
    title: 'A failure stops the cluster from doing anything',
    severity: 'warning',
    danger: 'The resource stays as it is, failed, until a person cleans it up.',
    remedy: 'Let a failed stop fence the node, and other failures restart the resource.',
    source: `${explained}, on-fail`,
    acceptedBy: 'no-fencing',
    find: overCib(function* (cib) {
      for (const { id, operations } of servingPrimitives(cib)) {
        for (const { name, element, onFail } of operations) {
          // Without fencing, block is what a failed stop does anyway.
          if (onFail?.toLowerCase() !== 'block' || (name === 'stop' && !fencingIsOn(cib))) continue;
          yield { where: cib.place(element), why: `When ${name} of ${id} fails, it waits for a person.` };
        }
      }
    }),
  },
  {
    code: 'HF-LINT-ON-FAIL-FENCE',
    title: 'A failure shall fence, and nothing can',
    severity: 'error',
    danger:
      'With fencing off, on-fail=fence is not possible: Pacemaker takes block or stop instead, and the resource runs nowhere.',
    remedy: 'Configure fencing.',
    source: 'lib/pengine/pe_actions.c of Pacemaker',
    find: overCib(function* (cib) {
      if (fencingIsOn(cib)) return;
      for (const { id, operations } of servingPrimitives(cib)) {
        const fencing = operations.filter(({ onFail }) => onFail?.toLowerCase() === 'fence');
        const [first] = fencing;
        if (first === undefined) continue;
        yield {
          where: cib.place(first.element),
          why: `${list(fencing.map(({ name }) => name))} of ${id} shall fence on failure, and fencing is off.`,
        };
      }
    }),
  },
];

/** On by default. */
export function startFailureIsFatal(cib: CibView): boolean {
  return isTrue(property(cib, 'start-failure-is-fatal'), true);
}

function monitorsOf(primitive: Primitive): Primitive['operations'] {
  return primitive.operations.filter(({ name }) => name === 'monitor');
}

function shorterThanAdvised(cib: CibView, primitive: Primitive, action: string) {
  const advised = advisedSeconds(primitive.agent, action);
  const givenMs = actionTimeoutMs(cib, primitive, action);
  if (advised === undefined || givenMs === undefined || givenMs >= advised * 1000) return undefined;
  const operation = primitive.operations.find(({ name }) => name === action);
  const given = `${seconds(givenMs)}${operation?.timeoutMs === undefined ? ' (the default)' : ''}`;
  return { element: operation?.element ?? primitive.element, given, advised: seconds(advised * 1000) };
}
