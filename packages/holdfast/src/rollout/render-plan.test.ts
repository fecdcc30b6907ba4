import { describe, expect, it } from 'vitest';
import { afterSteps, memberSite, planInput, withHost } from './machines.fixture.ts';
import { plan } from './plan.ts';
import { renderPlan } from './render-plan.ts';

const plain = (_style: string, text: string) => text;
const fresh = planInput(memberSite);
const applied = { ...fresh, facts: afterSteps(fresh.facts, plan(fresh).steps) };

describe('A plan for people', () => {
  it('says by host what comes, changes and goes, then the cluster, the faults and the disturbance', () => {
    const notPossible = { kind: 'not-possible', because: 'it needs Pacemaker' } as const;
    expect(renderPlan(plan(fresh), notPossible, plain).join('\n')).toMatchSnapshot();
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
    const lines = renderPlan(plan({ ...applied, facts }), undefined, plain);
    expect(lines).toEqual(expect.arrayContaining(['      -   token: 3000', '      +   token: 1000']));
    expect(lines).toContain('  ~ write /etc/corosync/authkey (secret, 0600)');
    expect(lines.at(-1)).toMatch(/^\d+ steps\. The workloads are not disturbed\.$/);
  });

  it('of an unchanged site is one line', () => {
    expect(renderPlan(plan(applied), undefined, plain)).toEqual(['plant-7: nothing to change.']);
  });

  it('repeats the accepted risks even then', () => {
    const site = { ...memberSite, acceptedRisks: [{ risk: 'single-link', because: 'one switch' }] as const };
    expect(renderPlan(plan({ ...applied, site }), undefined, plain)).toEqual([
      'accepted risk  single-link: one switch',
      'plant-7: nothing to change.',
    ]);
  });

  it('with a problem says that nothing can be applied', () => {
    const facts = withHost(fresh.facts, 'bravo', () => ({ nodeName: 'delta' }));
    const lines = renderPlan(plan({ ...fresh, facts }), undefined, plain);
    expect(lines.at(-1)).toBe('1 problem: nothing can be applied.');
    expect(lines.join('\n')).toContain('HF-PLAN-NODE-NAME');
  });
});
