import { describe, expect, it } from 'vitest';
import { readSimulation } from './read-simulation.ts';
import type { Scenario } from './scenarios.ts';
import { simulationScript } from './simulation-script.ts';

const fails: Scenario = { title: 'alpha fails', rounds: [[{ kind: 'node-fails', node: 'alpha' }]] };

/** As crm_simulate 2.1.5 prints it, shortened. */
function result(before: string | null, after: string | null, transition = ''): string {
  const resource = (node: string | null) =>
    `<resources><resource id="fence-alpha" resource_agent="stonith:fence_redfish" active="true"><node name="bravo"/></resource>
<group id="active"><resource id="state" resource_agent="ocf:heartbeat:Filesystem" active="${node !== null}">${node === null ? '' : `<node name="${node}"/>`}</resource></group></resources>`;
  return `<pacemaker-result><cluster_status>${resource(before)}</cluster_status><transition>${transition}</transition>
<revised_cluster_status>${resource(after)}</revised_cluster_status><status code="0" message="OK"/></pacemaker-result>\n`;
}

const rest = `=== step up\n${result('alpha', 'alpha')}=== step rest\n${result('alpha', 'alpha')}`;

describe('What the scheduler printed', () => {
  it('becomes where everything ran, what happened in order, and one sentence', () => {
    const transition =
      '<pseudo_action task="state_stop_0"/><fencing_action target="alpha" op="reboot"/><rsc_action resource="state" op="start" node="bravo"/><rsc_action resource="fence-alpha" op="start" node="bravo"/>';
    const output = `${rest}=== step 0\n${result('alpha', 'bravo', transition)}`;
    expect(readSimulation(output, [fails])).toEqual([
      {
        title: 'alpha fails',
        before: { state: 'alpha' },
        after: { state: 'bravo' },
        steps: [
          { kind: 'fence', node: 'alpha', action: 'reboot' },
          { kind: 'start', resource: 'state', node: 'bravo' },
        ],
        stopped: [],
        service: { kind: 'recovers', on: 'bravo' },
        sentence: 'alpha fails: alpha is fenced, then state moves to bravo.',
      },
    ]);
  });

  it('is an outage when something runs nowhere afterwards', () => {
    const [outcome] = readSimulation(`${rest}=== step 0\n${result('alpha', null)}`, [fails]);
    expect(outcome).toMatchObject({
      stopped: ['state'],
      sentence: 'alpha fails: state runs nowhere until a person looks.',
    });
  });

  it('says so when nothing served before', () => {
    const idle = `=== step up\n${result(null, null)}=== step rest\n${result(null, null)}`;
    const [outcome] = readSimulation(`${idle}=== step 0\n${result(null, null)}`, [fails]);
    expect(outcome?.sentence).toBe('alpha fails: nothing serves, before or after.');
  });

  it('counts nothing that still stands on a node that is lost', () => {
    const nodes = '<nodes><node name="alpha" online="false" unclean="true"/></nodes>';
    const unclean = result('alpha', 'alpha').replace('<revised_cluster_status>', `<revised_cluster_status>${nodes}`);
    const [outcome] = readSimulation(`${rest}=== step 0\n${unclean}`, [{ ...fails, endsWhen: 'alpha returns' }]);
    expect(outcome).toMatchObject({ after: { state: null }, service: { kind: 'stops', until: 'alpha returns' } });
  });

  it('takes the promoted one of several copies', () => {
    const copy = (role: string, node: string) =>
      `<resource id="drbd" resource_agent="ocf:linbit:drbd" role="${role}" active="true"><node name="${node}"/></resource>`;
    const status = (of: string, first: string, second: string) =>
      `<${of}><resources><clone>${first}${second}</clone></resources></${of}>`;
    const [alpha, bravo] = [copy('Promoted', 'alpha'), copy('Unpromoted', 'bravo')];
    const document = (after: string) => `<pacemaker-result><transition/>${after}</pacemaker-result>\n`;
    const up = document(status('revised_cluster_status', bravo, alpha));
    const down = document(status('revised_cluster_status', copy('Promoted', 'bravo'), ''));
    const [outcome] = readSimulation(`=== step up\n${up}=== step rest\n${up}=== step 0\n${down}`, [fails]);
    expect(outcome).toMatchObject({ before: { drbd: 'alpha' }, after: { drbd: 'bravo' } });
  });

  it('leaves out what runs alike on every node, as it has no place to leave', () => {
    const copy = (node: string) =>
      `<resource id="ping" resource_agent="ocf:pacemaker:ping" role="Started" active="true"><node name="${node}"/></resource>`;
    const clone = `<clone id="reach" multi_state="false">${copy('alpha')}${copy('bravo')}</clone></resources>`;
    const both = result('alpha', 'alpha').replaceAll('</resources>', clone);
    const [outcome] = readSimulation(`=== step up\n${both}=== step rest\n${both}=== step 0\n${both}`, [fails]);
    expect(outcome?.before).toEqual({ state: 'alpha' });
  });

  it('leaves things as they were when nothing could happen in a round', () => {
    const [outcome] = readSimulation(`${rest}=== step 0\n=== passed over\n`, [fails]);
    expect(outcome).toMatchObject({ after: { state: 'alpha' }, service: { kind: 'keeps-running' } });
  });

  it('is an error when the scheduler failed, and never an empty plan', () => {
    expect(() => readSimulation(`${rest}=== step 0\n=== failed 65\n`, [fails])).toThrow('code 65');
    expect(() => readSimulation('=== step up\n=== failed 78\n', [])).toThrow('code 78');
  });

  it('is an error when it does not say where it ends', () => {
    const silent = '<pacemaker-result><cluster_status/><status code="0"/></pacemaker-result>\n';
    expect(() => readSimulation(`${rest}=== step 0\n${silent}`, [fails])).toThrow('where "alpha fails" ends');
  });

  it('is an error when it ends early', () => {
    expect(() => readSimulation(rest, [fails])).toThrow('"alpha fails"');
    expect(() => readSimulation('', [])).toThrow('coming up');
    expect(() => readSimulation(`=== step up\n${result(null, null)}`, [])).toThrow('at rest');
  });
});

it('A name that the shell would read as something else is refused', () => {
  expect(() => simulationScript([], ['alpha; reboot'])).toThrow('crm_simulate');
  expect(() => simulationScript([{ title: '', rounds: [[{ kind: 'node-fails', node: '$(id)' }]] }], ['alpha'])).toThrow(
    'crm_simulate',
  );
});
