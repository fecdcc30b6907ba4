import { expect } from 'vitest';
import type { SimulatedEvent } from '../../src/engines/pacemaker/index.ts';
import {
  crashes,
  type Danger,
  type Dangers,
  fails,
  history,
  monitorsOf,
  nodesOf,
  placeOf,
  started,
  upNode,
} from './lint-simulation.ts';

const alphaFails: SimulatedEvent = { kind: 'node-fails', node: 'alpha' };
const alphaReturns: SimulatedEvent = { kind: 'node-returns', node: 'alpha' };
const bravoFails: SimulatedEvent = { kind: 'node-fails', node: 'bravo' };
const service = {
  state: 'ocf:heartbeat:Filesystem',
  address: 'ocf:heartbeat:IPaddr2',
  daemon: 'ocf:holdfast:workload',
};
const devices = { 'fence-alpha': 'stonith:fence_ipmilan', 'fence-bravo': 'stonith:fence_ipmilan' };
const nowSeconds = Math.floor(Date.now() / 1000);

/** What is asked of a resource, and what follows when it fails. */
export const operationDangers: Dangers = {
  'HF-LINT-STOP-TIMEOUT-SHORT': {
    // The stop of the state takes longer than its time.
    rounds: [[...crashes(3), fails('state', 'stop')], []],
    bad({ steps }) {
      expect(steps.filter((step) => step.kind !== 'stop')).toEqual([]);
    },
    good({ after }) {
      expect(after).toMatchObject({ state: 'bravo', daemon: 'bravo' });
    },
  },
  'HF-LINT-START-TIMEOUT-FATAL': neverTriedAgain('state'),
  'HF-LINT-MONITOR-NONE': neverAsked(),
  'HF-LINT-MONITOR-NEVER-RUNS': neverAsked(),
  'HF-LINT-MONITOR-ROLE': {
    promotable: ['drbd'],
    rounds: [[]],
    // Alpha's copy, which is promoted, is not asked any more.
    bad(played) {
      expect(played.before.drbd).toBe('alpha');
      expect(monitorsOf(played, 'drbd')).toEqual(['bravo/20000']);
    },
    good(played) {
      expect(monitorsOf(played, 'drbd')).toEqual(['alpha/19000', 'bravo/20000']);
    },
  },
  'HF-LINT-MONITOR-SAME-INTERVAL': {
    promotable: ['drbd'],
    rounds: [[]],
    bad(played) {
      expect(nodesOf(played, 'drbd')).toEqual(['alpha', 'bravo']);
      // Not even one of the two.
      expect(monitorsOf(played, 'drbd')).toEqual([]);
    },
    good(played) {
      expect(monitorsOf(played, 'drbd')).toEqual(['alpha/19000', 'bravo/20000']);
    },
  },
  'HF-LINT-ON-FAIL-IGNORE': {
    rounds: [[...crashes(3), fails('daemon', 'stop')], []],
    bad({ steps }) {
      expect(steps.filter(({ kind }) => kind === 'fence')).toEqual([]);
      // Although its stop failed: it may run twice.
      expect(steps).toContainEqual(expect.objectContaining({ kind: 'start', resource: 'daemon' }));
    },
    good({ steps }) {
      expect(steps).toContainEqual(expect.objectContaining({ kind: 'fence', node: 'alpha' }));
    },
  },
  'HF-LINT-ON-FAIL-BLOCK': {
    rounds: [[...crashes(1), fails('daemon', 'stop')], []],
    bad({ steps }) {
      expect(steps.filter(({ kind }) => kind !== 'stop')).toEqual([]);
    },
    good({ after }) {
      expect(after).toMatchObject({ daemon: 'bravo' });
    },
  },
  'HF-LINT-ON-FAIL-FENCE': {
    rounds: [[...crashes(3), fails('daemon', 'stop')], []],
    bad({ steps, after }) {
      expect(steps.filter(({ kind }) => kind !== 'stop')).toEqual([]);
      expect(after.daemon).toBeNull();
    },
    good({ steps, after }) {
      expect(steps).toContainEqual(expect.objectContaining({ kind: 'fence', node: 'alpha' }));
      expect(after).toMatchObject({ state: 'bravo', daemon: 'bravo' });
    },
  },
};

/** Where things go after a failure. */
export const recoveryDangers: Dangers = {
  'HF-LINT-MOVES-BACK': {
    rounds: [[alphaFails], [alphaReturns], []],
    bad({ after }) {
      expect(after).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
    good({ after }) {
      expect(after).toMatchObject({ state: 'bravo', daemon: 'bravo' });
    },
  },
  'HF-LINT-NO-STICKINESS': {
    // Bravo serves. Alpha has come back, and bravo's device did not start there: both devices stay on bravo.
    status: `<status>${upNode(1, 'alpha', [], failed('fence-bravo', 'start_0', 'INFINITY', nowSeconds))}${upNode(2, 'bravo', started({ ...devices, ...service }))}</status>`,
    rounds: [[]],
    bad({ before }) {
      expect(before).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
    good({ before }) {
      expect(before).toMatchObject({ state: 'bravo', daemon: 'bravo' });
    },
  },
  'HF-LINT-START-FAILURE-FATAL': neverTriedAgain('daemon'),
  'HF-LINT-CRASHES-WITHOUT-END': {
    rounds: [crashes(40)],
    bad({ after }) {
      expect(after).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
    good({ after }) {
      expect(after).toMatchObject({ state: 'bravo', daemon: 'bravo' });
    },
  },
  'HF-LINT-BARRED-FOR-GOOD': neverTriedAgain('daemon', 'monitor_10000', '3'),
  'HF-LINT-FAILURES-FORGOTTEN': {
    // The state failed as long ago as its monitor takes to come round: the next failure would be found now.
    status: `<status>${upNode(
      1,
      'alpha',
      [
        history('state', service.state, [
          { name: 'monitor', intervalMs: 20_000, returnCode: 1, atSecond: nowSeconds - 20 },
          { name: 'stop', atSecond: nowSeconds - 19 },
        ]),
      ],
      failed('state', 'monitor_20000', '2', nowSeconds - 20),
    )}${upNode(2, 'bravo')}</status>`,
    rounds: [[]],
    bad(played) {
      expect(placeOf(played, 'clear_failcount', { resource: 'state', node: 'alpha' })).toBeGreaterThanOrEqual(0);
    },
    good(played) {
      expect(played.before.state).toBe('alpha');
      expect(placeOf(played, 'clear_failcount', { resource: 'state' })).toBe(-1);
    },
  },
  'HF-LINT-RUNS-NOWHERE': {
    rounds: [[]],
    bad({ before }) {
      expect(before.daemon).toBeNull();
    },
    good({ before }) {
      expect(before.daemon).toBe('alpha');
    },
  },
  'HF-LINT-MULTIPLE-ACTIVE': {
    // Somebody started the daemon on bravo too.
    status: `<status>${upNode(1, 'alpha', started(service))}${upNode(2, 'bravo', started({ daemon: service.daemon }))}</status>`,
    rounds: [[]],
    bad(played) {
      expect(nodesOf(played, 'daemon')).toEqual(['alpha', 'bravo']);
    },
    good(played) {
      expect(nodesOf(played, 'daemon')).toEqual(['alpha']);
    },
  },
};

/** What somebody switched for an hour, and forgot. */
export const leftoverDangers: Dangers = {
  'HF-LINT-STANDBY': {
    rounds: [[bravoFails], []],
    bad({ after }) {
      expect(after).toMatchObject({ state: null, daemon: null });
    },
    good({ after }) {
      expect(after).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
  },
  'HF-LINT-MOVE-LEFT': {
    rounds: [[bravoFails], []],
    bad({ stopped }) {
      expect(stopped).toEqual(Object.keys(service));
    },
    good({ after }) {
      expect(after).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
  },
  'HF-LINT-MAINTENANCE': {
    rounds: [crashes(1)],
    bad({ steps }) {
      expect(steps).toEqual([]);
    },
    good({ steps }) {
      expect(steps.map(({ kind }) => kind)).toEqual(['stop', 'start']);
    },
  },
  'HF-LINT-UNMANAGED': {
    rounds: [crashes(1)],
    bad({ steps }) {
      expect(steps).toEqual([]);
    },
    good({ steps }) {
      expect(steps.map(({ kind }) => kind)).toEqual(['stop', 'start']);
    },
  },
  'HF-LINT-SWITCHED-OFF': {
    rounds: [[]],
    bad({ before }) {
      expect(before).toMatchObject({ state: 'alpha', daemon: null });
    },
    good({ before }) {
      expect(before).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
  },
  'HF-LINT-ALL-STOPPED': {
    rounds: [[]],
    bad({ before }) {
      expect(Object.values(before)).toEqual([null, null, null]);
    },
    good({ before }) {
      expect(before).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
  },
};

/** The daemon runs, and its monitor comes once or never. */
function neverAsked(): Danger {
  return {
    rounds: [[]],
    bad(played) {
      expect(played.before.daemon).toBe('alpha');
      expect(monitorsOf(played, 'daemon')).toEqual([]);
    },
    good(played) {
      expect(monitorsOf(played, 'daemon')).toEqual(['alpha/10000']);
    },
  };
}

/**
 * Bravo is the last node, and an operation has failed there so often, long ago. Of a start that fails once, the controller counts
 * INFINITY (daemons/controld of Pacemaker, start-failure-is-fatal), which crm_simulate does not do for an action that it lets fail.
 */
function neverTriedAgain(resource: string, operation = 'start_0', count = 'INFINITY'): Danger {
  return {
    status: `<status>
<node_state id="1" uname="alpha" in_ccm="false" crmd="offline" join="down" expected="down"/>
${upNode(2, 'bravo', [], failed(resource, operation, count, 1))}</status>`,
    rounds: [[]],
    bad({ before }) {
      expect(before[resource]).toBeNull();
    },
    good({ before }) {
      expect(before[resource]).toBe('bravo');
    },
  };
}

/** The attributes of a node on which an operation failed so often, the last time at that second. */
function failed(resource: string, operation: string, count: string, atSecond: number): Record<string, string | number> {
  return {
    [`fail-count-${resource}#${operation}`]: count,
    [`last-failure-${resource}#${operation}`]: atSecond,
  };
}
