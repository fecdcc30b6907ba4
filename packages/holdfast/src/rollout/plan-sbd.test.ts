import { describe, expect, it } from 'vitest';
import type { FencingDevice, Site, WatchdogDevice } from '../site/index.ts';
import type { Facts } from './facts.ts';
import { factsOf } from './facts.ts';
import { afterStep, afterSteps, memberSite, planInput, withHost } from './machines.fixture.ts';
import { plan } from './plan.ts';
import { planRemoval } from './removal.ts';
import { describeStep, hostsOf, type Step } from './step.ts';

const sbdPath = '/etc/default/sbd';
const watchdog: WatchdogDevice = { type: 'watchdog', device: '/dev/watchdog', timeoutMs: 5_000, module: 'softdog' };

/** The site with a second level on the named nodes. */
function withLevel(names: readonly string[], device: FencingDevice = watchdog): Site {
  const [first, second] = memberSite.nodes;
  const node = (each: typeof first) =>
    names.includes(each.name) && each.fencing !== undefined
      ? { ...each, fencing: { ...each.fencing, levels: [...each.fencing.levels, [device]] as const } }
      : each;
  return { ...memberSite, nodes: [node(first), node(second)] };
}

/** What the machines of a site are like when it was applied; facts know of the device and of sbd. */
function applied(site: Site): Facts {
  const input = planInput(site);
  const facts = ['alpha', 'bravo'].reduce(
    (seen, name) => withHost(seen, name, () => ({ watchdog: 'softdog' })),
    input.facts,
  );
  return afterSteps(facts, plan({ ...input, facts }).steps);
}

const both = withLevel(['alpha', 'bravo']);
const sentences = (site: Site, facts: Facts) => plan({ ...planInput(site), facts }).steps.map(describeStep);

/** A stopped member starts with the configuration that it had. */
function withStopped(facts: Facts, name: string): Facts {
  return withHost(facts, name, ({ units, cluster }) => ({
    units: Object.fromEntries(
      Object.entries(units).map(([unit, fact]) => [
        unit,
        ['corosync.service', 'pacemaker.service', 'sbd.service'].includes(unit)
          ? { ...fact, active: 'inactive' }
          : fact,
      ]),
    ),
    cluster: { kind: 'stopped', cibXml: cluster.kind === 'running' ? cluster.cibXml : '' },
  }));
}

/** The seconds in SBD's file, or in its property of the cluster. */
const sbdSeconds = (text: string) => Number(/SBD_WATCHDOG_TIMEOUT=(\d+)/.exec(text)?.[1] ?? Number.NaN);
const clusterSeconds = (cib: string) => Number(/name="stonith-watchdog-timeout" value="(\d+)s"/.exec(cib)?.[1] ?? 0);

/**
 * Pacemaker ends itself where it counts on SBD and SBD does not run, or is slower than it believes (lib/common/watchdog.c).
 * `started`: the seconds that SBD read when it started on each machine.
 */
function pacemakerLives(facts: Facts, started: ReadonlyMap<string, number>): boolean {
  return ['alpha', 'bravo'].every((name) => {
    const { cluster, units } = factsOf(facts, name);
    if (cluster.kind !== 'running') return true;
    const counted = new RegExp(`name="pcmk_host_list" value="[^"]*\\b${name}\\b[^"]*"`);
    const device = /<primitive id="watchdog"[\s\S]*?<\/primitive>/.exec(cluster.cibXml)?.[0] ?? '';
    if (!counted.test(device)) return true;
    return units['sbd.service']?.active === 'active' && (started.get(name) ?? 0) < clusterSeconds(cluster.cibXml);
  });
}

/** Whether Pacemaker lives on after each step from `from`, the machines of the site `before`, though SBD reads its file only when it starts. */
function livesThroughSteps(before: Site, from: Facts, steps: readonly Step[]): boolean {
  const files = new Map(
    planInput(before).blueprint.hosts.flatMap(({ name, files: specs }) =>
      specs.flatMap(({ path, content }) =>
        path === sbdPath && content.kind === 'text' ? [[name, sbdSeconds(content.text)] as const] : [],
      ),
    ),
  );
  const started = new Map(files);
  let facts = from;
  return steps.every((step) => {
    if (step.kind === 'write-file' && step.path === sbdPath && step.content.kind === 'text') {
      files.set(step.host, sbdSeconds(step.content.text));
    }
    if (step.kind === 'start-cluster' || step.kind === 'restart-cluster') {
      for (const host of hostsOf(step)) started.set(host, files.get(host) ?? 0);
    }
    facts = afterStep(facts, step);
    return pacemakerLives(facts, started);
  });
}

function survivesEveryStep(before: Site, to: Site, from = applied(before)): boolean {
  const { steps, problems } = plan({ ...planInput(to), facts: from });
  expect(problems).toEqual([]);
  return livesThroughSteps(before, from, steps);
}

describe('A watchdog that is taken away from a running site', () => {
  const without = { ...planInput(memberSite), facts: applied(both) };

  it('is not stopped by itself, which its unit refuses: it ends with the cluster, after the configuration', () => {
    const steps = sentences(memberSite, applied(both));
    expect(steps.filter((step) => step.includes('stop sbd') || step.includes('disable sbd'))).toEqual([]);
    const order = [
      'replace the cluster configuration',
      'wait until the cluster has settled',
      'let sbd.service no longer start with Corosync on alpha',
      'let sbd.service no longer start with Corosync on bravo',
      'restart the cluster on alpha, bravo, charlie with the workloads running on, so that SBD ends on alpha, bravo',
      'remove /etc/default/sbd on alpha',
    ];
    expect(steps.filter((step) => order.includes(step))).toEqual(order);
    expect(plan(without).notes).toEqual(
      expect.arrayContaining([expect.stringContaining('sbd.service on bravo cannot be stopped by itself')]),
    );
  });

  it('disturbs nobody: what serves goes on', () => {
    expect(plan(without).disruption).toBe('none');
    expect(plan(without).cibChanges.map(({ subject }) => subject)).toContainEqual(
      expect.stringMatching(/^fencing device watchdog /),
    );
  });

  it('is gone afterwards, and there is nothing more to do', () => {
    const facts = afterSteps(without.facts, plan(without).steps);
    expect(factsOf(facts, 'alpha').units['sbd.service']).toMatchObject({ active: 'inactive', enabled: 'disabled' });
    expect(plan({ ...without, facts }).steps).toEqual([]);
  });

  it('is taken away in the end wherever the apply before was killed', () => {
    const { steps } = plan(without);
    for (let done = 0; done <= steps.length; done++) {
      const killed = afterSteps(without.facts, steps.slice(0, done));
      const again = plan({ ...without, facts: killed });
      expect(again.problems).toEqual([]);
      const facts = afterSteps(killed, again.steps);
      expect(factsOf(facts, 'bravo').units['sbd.service']?.active).toBe('inactive');
    }
  });

  it('never leaves Pacemaker counting on an SBD that is not there', () => {
    expect(survivesEveryStep(both, memberSite)).toBe(true);
    expect(survivesEveryStep(both, memberSite, withStopped(applied(both), 'bravo'))).toBe(true);
    expect(survivesEveryStep(withLevel(['alpha']), withLevel(['bravo']))).toBe(true);
  });

  it('whose SBD is installed but does not run is only kept from starting, without a restart', () => {
    const idle = withHost(applied(memberSite), 'alpha', ({ units }) => ({
      units: {
        ...units,
        'sbd.service': { load: 'loaded', active: 'inactive', enabled: 'enabled', needsReload: false },
      },
    }));
    expect(sentences(memberSite, idle)).toEqual(['disable sbd.service on alpha']);
    expect(sentences(memberSite, withStopped(idle, 'alpha')).slice(0, 2)).toEqual([
      'disable sbd.service on alpha',
      'start the cluster on alpha',
    ]);
  });

  it('is not stopped by itself either when the whole cluster is removed', () => {
    const input = planInput(both);
    const { steps } = planRemoval({ ...input, facts: applied(both) });
    expect(steps.map(describeStep)).toContain('let sbd.service no longer start with Corosync on alpha');
    expect(steps.filter(({ kind }) => kind === 'stop-unit')).toEqual([]);
  });
});

describe('A watchdog that is added to a running site', () => {
  it('begins with a restart of the cluster, before the cluster counts on it', () => {
    const steps = sentences(both, applied(memberSite));
    const restart = steps.indexOf('restart the cluster on alpha, bravo, charlie with the workloads running on');
    expect(restart).toBeGreaterThan(steps.indexOf('enable sbd.service on alpha'));
    expect(steps.indexOf('replace the cluster configuration')).toBeGreaterThan(restart);
    expect(steps.filter((step) => step.startsWith('start sbd'))).toEqual([]);
    expect(survivesEveryStep(memberSite, both)).toBe(true);
    expect(survivesEveryStep(memberSite, both, withStopped(applied(memberSite), 'bravo'))).toBe(true);
  });

  it('is added in the end wherever the apply before was killed, and the cluster is still known as ours', () => {
    const before = ['alpha', 'bravo'].reduce(
      (seen, name) => withHost(seen, name, () => ({ watchdog: 'softdog' })),
      applied(memberSite),
    );
    const { steps } = plan({ ...planInput(both), facts: before });
    for (let done = 0; done <= steps.length; done++) {
      const killed = steps.slice(0, done).reduce((seen, step) => afterStep(seen, step), before);
      const again = plan({ ...planInput(both), facts: killed });
      expect(again.problems).toEqual([]);
      expect(factsOf(afterSteps(killed, again.steps), 'alpha').units['sbd.service']?.active).toBe('active');
    }
  });

  it('is started by a restart, too, where only SBD itself does not run', () => {
    const facts = withHost(applied(both), 'bravo', ({ units }) => ({
      units: {
        ...units,
        'sbd.service': { load: 'loaded', active: 'inactive', enabled: 'enabled', needsReload: false },
      },
    }));
    expect(sentences(both, facts)).toContain(
      'restart the cluster on alpha, bravo, charlie with the workloads running on',
    );
  });
});

describe('A watchdog that gets another timeout', () => {
  const slower = withLevel(['alpha', 'bravo'], { ...watchdog, timeoutMs: 15_000 });
  const orders = (site: Site, facts: Facts) =>
    plan({ ...planInput(site), facts }).steps.flatMap(({ kind }) =>
      kind === 'restart-cluster' || kind === 'replace-cib' ? [kind] : [],
    );

  it('gets a longer one after the cluster waits longer, and a shorter one before it waits less', () => {
    expect(orders(slower, applied(both))).toEqual(['replace-cib', 'restart-cluster']);
    expect(orders(both, applied(slower))).toEqual(['restart-cluster', 'replace-cib']);
  });

  it('gets it in the end wherever the apply before was killed', () => {
    const { steps } = plan({ ...planInput(slower), facts: applied(both) });
    const restart = steps.findIndex(({ kind }) => kind === 'restart-cluster');
    for (let done = 0; done < restart; done++) {
      const killed = afterSteps(applied(both), steps.slice(0, done));
      expect(plan({ ...planInput(slower), facts: killed }).steps.map(({ kind }) => kind)).toContain('restart-cluster');
    }
  });

  it('never leaves Pacemaker beside an SBD that is slower than it believes', () => {
    expect(survivesEveryStep(both, slower)).toBe(true);
    expect(survivesEveryStep(slower, both)).toBe(true);
    expect(survivesEveryStep(slower, both, withStopped(applied(slower), 'bravo'))).toBe(true);
  });

  it('gets no longer one while a member does not run, which would start with it too soon', () => {
    const facts = withStopped(applied(both), 'bravo');
    const { steps, problems } = plan({ ...planInput(slower), facts });
    expect(livesThroughSteps(both, facts, steps)).toBe(false);
    expect(problems).toMatchObject([
      { code: 'HF-PLAN-WATCHDOG-LONGER', message: expect.stringContaining('does not run on bravo') },
    ]);
    const all = ['alpha', 'bravo', 'charlie'].reduce(withStopped, applied(both));
    expect(plan({ ...planInput(slower), facts: all }).problems.map(({ code }) => code)).toEqual([
      'HF-PLAN-WATCHDOG-LONGER',
    ]);
  });

  it('gets a longer one while only the witness does not run, which has no SBD', () => {
    expect(survivesEveryStep(both, slower, withStopped(applied(both), 'charlie'))).toBe(true);
  });

  it('gets no longer one while another change restarts the cluster before', () => {
    const facts = withHost(applied(both), 'alpha', ({ record }) => ({
      record: { ...record, pending: ['restart-cluster'] },
    }));
    const { steps, problems } = plan({ ...planInput(slower), facts });
    expect(livesThroughSteps(both, facts, steps)).toBe(false);
    expect(problems).toMatchObject([
      { code: 'HF-PLAN-WATCHDOG-LONGER', message: expect.stringContaining('needs a restart of it on alpha') },
    ]);
  });

  it('gets no longer one while another node gets its first watchdog', () => {
    const one = applied(withLevel(['alpha']));
    const facts = withHost(one, 'bravo', () => ({ watchdog: 'softdog' }));
    expect(plan({ ...planInput(slower), facts }).problems.map(({ code }) => code)).toEqual([
      'HF-PLAN-WATCHDOG-AT-ONCE',
    ]);
  });
});

describe('SBD that sleeps before it has started', () => {
  it('is waited for as long as it sleeps, and a person is told', () => {
    const { steps, notes } = plan({ ...planInput(both), facts: applied(memberSite) });
    expect(steps.find(({ kind }) => kind === 'restart-cluster')).toMatchObject({ sbdDelayMs: 14_000 });
    expect(notes).toContainEqual(expect.stringContaining('SBD waits 14s (SBD_DELAY_START) before Pacemaker starts'));
    const stopped = withStopped(applied(both), 'bravo');
    expect(plan({ ...planInput(both), facts: stopped })).toMatchObject({
      steps: [{ kind: 'start-cluster', sbdDelayMs: 14_000 }, {}],
      notes: expect.arrayContaining([expect.stringContaining('The start of the cluster takes its time')]),
    });
  });

  it('is no matter where there is none', () => {
    const { steps, notes } = plan({ ...planInput(memberSite), facts: applied(both) });
    expect(steps.find(({ kind }) => kind === 'restart-cluster')).not.toHaveProperty('sbdDelayMs');
    expect(notes).not.toContainEqual(expect.stringContaining('SBD_DELAY_START'));
  });
});
