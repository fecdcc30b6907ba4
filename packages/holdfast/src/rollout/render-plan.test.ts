import { describe, expect, it } from 'vitest';
import { afterSteps, memberSite, planInput, withHost } from './machines.fixture.ts';
import { plan } from './plan.ts';
import { renderPlan } from './render-plan.ts';
import type { Step } from './step.ts';

const plain = (_style: string, text: string) => text;
const fresh = planInput(memberSite);
const applied = { ...fresh, facts: afterSteps(fresh.facts, plan(fresh).steps) };

describe('A plan for people', () => {
  it('says by host what comes, changes and goes, then the cluster, the faults and the disturbance', () => {
    const notPossible = { kind: 'not-possible', because: 'it needs Pacemaker' } as const;
    expect(renderPlan(plan(fresh), notPossible, plain, 100, false).join('\n')).toMatchSnapshot();
  });

  it('shows the difference of a file, and of a secret only that it changes', () => {
    const facts = withHost(applied.facts, 'alpha', ({ files }) => {
      const conf = files['/etc/corosync/corosync.conf'];
      const key = files['/etc/corosync/authkey'];
      if (conf?.kind !== 'file' || key?.kind !== 'file') throw new Error('not applied');
      const spec = fresh.blueprint.hosts[0]?.files.find(({ path }) => path === '/etc/corosync/corosync.conf');
      const text = spec?.content.kind === 'text' ? spec.content.text.replace('token: 1000', 'token: 3000') : '';
      return {
        files: {
          ...files,
          '/etc/corosync/corosync.conf': { ...conf, sha256: 'other', text },
          '/etc/corosync/authkey': { ...key, sha256: 'other' },
        },
      };
    });
    const lines = renderPlan(plan({ ...applied, facts }), undefined, plain, 100, false);
    expect(lines).toEqual(expect.arrayContaining(['      -   token: 3000', '      +   token: 1000']));
    expect(lines).toContain('  ~ write /etc/corosync/authkey (secret, 0600)');
    expect(lines.at(-1)).toMatch(/^\d+ steps\. The workloads are not disturbed\.$/);
  });

  it('of an unchanged site still says what each fault would do, and how long it takes', () => {
    const sentence = 'alpha fails: alpha is fenced, then state, address and workload-ledger move to bravo.';
    const faults = ['alpha fails'] as const;
    const service = { kind: 'recovers', on: 'bravo' } as const;
    const outcome = { title: 'alpha fails', faults, before: {}, after: {}, steps: [], stopped: [], service, sentence };
    const simulated = { kind: 'simulated', outcomes: [outcome] } as const;
    const hang =
      '24.0 s = probe interval 2 + probe timeout 1 + transition delay 0.1 + decision 0.15 + stop of ledger 20' +
      ' + start of ledger 0.5 + next attempt of the client 0.25';
    const lines = renderPlan(plan(applied), simulated, plain, 200, false);
    expect(lines.slice(0, 2)).toEqual(['what Pacemaker would do', `  · ${sentence}`]);
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}process-hang +/));
    expect(lines.join('\n')).toContain(hang);
    expect(lines.at(-1)).toBe('plant-7: nothing to change.');
  });

  it.each([40, 80, 100, 200])('breaks the sum of a fault at %d columns, between two terms', (columns) => {
    const made = plan(applied);
    const lines = renderPlan(made, undefined, plain, columns, false);
    if (columns >= 100) expect(lines.filter((line) => line.length > columns)).toEqual([]);
    const text = lines.join('\n').replaceAll(/\n +\+/g, ' +');
    for (const { terms } of Object.values(made.budget ?? {})) {
      expect(text).toContain(terms.map(({ name, seconds }) => `${name} ${seconds}`).join(' + '));
    }
  });

  it('says of a hang that no probe would notice that it has no end of its own', () => {
    const [{ probe: _, ...ledger }] = memberSite.workloads;
    const lines = renderPlan(plan(planInput({ ...memberSite, workloads: [ledger] })), undefined, plain, 100, false);
    expect(lines.join('\n')).toMatch(/process-hang +no end of its own: no workload has a probe/);
  });

  it('shows each step that destroys something in red, from its mark to its end, and no other that changes', () => {
    const marked = (style: string, text: string) => `<${style}>${text}</${style}>`;
    const end = { resource: 'state', disk: '/dev/vdb' } as const;
    const file = { resource: 'state', device: '/dev/drbd0', filesystem: 'ext4', uuid: 'u' } as const;
    const steps: readonly Step[] = [
      { kind: 'make-replica-end', host: 'alpha', ...end, destroys: 'ext4:1234' },
      { kind: 'make-replica-end', host: 'bravo', ...end },
      { kind: 'make-file-system', hosts: ['alpha', 'bravo'], ...file, destroys: 'xfs:55' },
      { kind: 'make-replica-file-system', hosts: ['alpha', 'bravo'], ...file, destroys: 'ext4:77' },
      { kind: 'make-replica-file-system', hosts: ['alpha', 'bravo'], ...file },
    ];
    const lines = renderPlan({ ...plan(applied), steps }, undefined, marked, 200, false);
    expect(lines.filter((line) => line.includes('~'))).toEqual([
      '  <red>~ give /dev/vdb to DRBD, destroying ext4:1234</red>',
      '  <yellow>~</yellow> give /dev/vdb to DRBD',
      '  <red>~ make an ext4 file system on /dev/drbd0, from alpha, destroying xfs:55</red>',
      '  <red>~ make an ext4 file system on /dev/drbd0, from alpha, destroying ext4:77</red>',
      '  <yellow>~</yellow> make an ext4 file system on /dev/drbd0, from alpha',
    ]);
  });

  it('repeats the accepted risks even then', () => {
    const risks = [...memberSite.acceptedRisks, { risk: 'single-link', because: 'one switch' } as const];
    const site = { ...memberSite, acceptedRisks: risks };
    expect(renderPlan(plan({ ...applied, site }), undefined, plain, 100, false).slice(-2)).toEqual([
      'accepted risk  single-link: one switch',
      'plant-7: nothing to change.',
    ]);
  });

  it('with a problem says that nothing can be applied', () => {
    const facts = withHost(fresh.facts, 'bravo', () => ({ nodeName: 'delta' }));
    const lines = renderPlan(plan({ ...fresh, facts }), undefined, plain, 100, false);
    expect(lines.at(-1)).toBe('1 problem: nothing can be applied.');
    expect(lines.join('\n')).toContain('HF-PLAN-NODE-NAME');
  });
});
