import { describe, expect, it } from 'vitest';
import {
  readSimulation,
  type Scenario,
  type ScenarioOutcome,
  type SimulatedEvent,
  simulationScript,
} from '../../src/engines/pacemaker/index.ts';
import { examples } from '../../src/lint/examples/index.fixture.ts';
import type { LintInput } from '../../src/lint/index.ts';
import { allRules } from '../../src/lint/rules/index.ts';
import { oracleMissing, runInImage } from './image-programs.ts';

const alphaFails: SimulatedEvent = { kind: 'node-fails', node: 'alpha' };
const alphaReturns: SimulatedEvent = { kind: 'node-returns', node: 'alpha' };
const service = ['state', 'address', 'daemon'];

interface Danger {
  /** The cluster is found like this; otherwise both nodes have just come up. */
  readonly status?: string;
  /** What happens to a cluster that serves on alpha. */
  readonly rounds: Scenario['rounds'];
  readonly bad: (outcome: ScenarioOutcome) => void;
  readonly good: (outcome: ScenarioOutcome) => void;
}

/** A daemon that crashes this often. Its monitor comes every 10 s. */
const crashes = (times: number): SimulatedEvent[] =>
  Array.from({ length: times }, () => ({ kind: 'check-fails', resource: 'daemon', intervalMs: 10_000 }));

const fails = (resource: string, action: 'start' | 'stop', node?: string): SimulatedEvent => ({
  kind: 'action-fails',
  resource,
  action,
  ...(node === undefined ? {} : { node }),
});

/** What each danger does in Pacemaker's scheduler, and what the mended configuration does instead. */
const dangers: Readonly<Record<string, Danger>> = {
  'HF-LINT-FENCING-OFF': {
    // To bravo, a cut network and a dead alpha are the same.
    rounds: [[alphaFails]],
    bad({ steps, after }) {
      expect(steps.filter(({ kind }) => kind === 'fence')).toEqual([]);
      expect(after).toMatchObject({ state: 'bravo', daemon: 'bravo' });
    },
    good({ steps, after }) {
      expect(steps[0]).toMatchObject({ kind: 'fence', node: 'alpha' });
      expect(after).toMatchObject({ state: 'bravo', daemon: 'bravo' });
    },
  },
  'HF-LINT-FENCING-NO-DEVICE': {
    rounds: [[alphaFails], []],
    bad({ steps }) {
      expect(steps.filter(({ kind }) => kind === 'start')).toEqual([]);
    },
    good({ after }) {
      expect(after).toMatchObject({ state: 'bravo', daemon: 'bravo' });
    },
  },
  'HF-LINT-FENCING-NOT-AWAITED': {
    rounds: [[alphaFails]],
    bad({ steps }) {
      const order = steps.map((step) => (step.kind === 'fence' ? 'fence' : `${step.kind} ${step.resource}`));
      expect(order).toContain('start daemon');
    },
    good({ steps }) {
      expect(steps[0]).toMatchObject({ kind: 'fence', node: 'alpha' });
    },
  },
  'HF-LINT-MOVES-BACK': {
    rounds: [[alphaFails], [alphaReturns], []],
    bad({ after }) {
      expect(after).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
    good({ after }) {
      expect(after).toMatchObject({ state: 'bravo', daemon: 'bravo' });
    },
  },
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
  'HF-LINT-STANDBY': {
    rounds: [[{ kind: 'node-fails', node: 'bravo' }], []],
    bad({ after }) {
      expect(after).toMatchObject({ state: null, daemon: null });
    },
    good({ after }) {
      expect(after).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
  },
  'HF-LINT-MOVE-LEFT': {
    rounds: [[{ kind: 'node-fails', node: 'bravo' }], []],
    bad({ stopped }) {
      expect(stopped).toEqual(service);
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
  'HF-LINT-QUORUM-IGNORED': {
    // Alpha is cut off from two others.
    rounds: [[{ kind: 'quorum-lost' }]],
    bad({ after }) {
      expect(after).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
    good({ stopped }) {
      expect([...stopped].sort()).toEqual([...service].sort());
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
  'HF-LINT-RUNS-NOWHERE': {
    rounds: [[]],
    bad({ before }) {
      expect(before.daemon).toBeNull();
    },
    good({ before }) {
      expect(before.daemon).toBe('alpha');
    },
  },
  'HF-LINT-ORDER-WITHOUT-COLOCATION': {
    rounds: [[]],
    bad({ before }) {
      expect(before.one).not.toBe(before.two);
    },
    good({ before }) {
      expect(before.one).toBe(before.two);
    },
  },
  'HF-LINT-ADDRESS-APART': {
    rounds: [[]],
    bad({ before }) {
      expect(before.address).not.toBe(before.daemon);
    },
    good({ before }) {
      expect(before.address).toBe(before.daemon);
    },
  },
};

describe.skipIf(oracleMissing !== undefined).each(Object.entries(dangers))(
  "%s in Pacemaker's scheduler",
  (code, danger) => {
    const rule = allRules.find((each) => each.code === code);
    const scenario: Scenario = { title: code, rounds: danger.rounds };

    it(`does what it warns of: ${rule?.title}`, () => {
      danger.bad(play(examples[code]?.bad, scenario, danger.status));
    });

    it('does not, once mended', () => {
      danger.good(play(examples[code]?.good, scenario, danger.status));
    });
  },
);

function play(input: LintInput | undefined, scenario: Scenario, status = '<status/>'): ScenarioOutcome {
  const [file] = input?.files ?? [];
  const members = [...(file?.text ?? '').matchAll(/<node id="\d" uname="(\w+)"/g)].map(([, name = '']) => name);
  const { stdout } = runInImage(
    simulationScript([scenario], members),
    {},
    (file?.text ?? '').replace('<status/>', status),
  );
  const [outcome] = readSimulation(stdout, [scenario]);
  if (outcome === undefined) throw new Error(`no outcome: ${stdout}`);
  return outcome;
}

/**
 * Bravo is the last node, and an operation has failed there so often, long ago. Of a start that fails once, the controller counts
 * INFINITY (daemons/controld of Pacemaker, start-failure-is-fatal), which crm_simulate does not do for an action that it lets fail.
 */
function neverTriedAgain(resource: string, operation = 'start_0', count = 'INFINITY'): Danger {
  return {
    status: `<status>
<node_state id="1" uname="alpha" in_ccm="false" crmd="offline" join="down" expected="down"/>
<node_state id="2" uname="bravo" in_ccm="true" crmd="online" join="member" expected="member">
<transient_attributes id="2"><instance_attributes id="status-2">
<nvpair id="status-2-count" name="fail-count-${resource}#${operation}" value="${count}"/>
<nvpair id="status-2-last" name="last-failure-${resource}#${operation}" value="1"/>
</instance_attributes></transient_attributes>
<lrm id="2"><lrm_resources/></lrm></node_state></status>`,
    rounds: [[]],
    bad({ before }) {
      expect(before[resource]).toBeNull();
    },
    good({ before }) {
      expect(before[resource]).toBe('bravo');
    },
  };
}
