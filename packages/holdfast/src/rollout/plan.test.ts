import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceContent, Facts } from './facts.ts';
import { emptyRecord } from './facts.ts';
import { afterStep, afterSteps, memberSite, planInput, qnetdSite, withHost } from './machines.fixture.ts';
import { plan } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { readFacts } from './read-facts.ts';
import { planRemoval } from './removal.ts';
import { describeStep, hostsOf, type Step } from './step.ts';

const { device, mountPoint } = memberSite.state;
const fresh = planInput(memberSite);
const applied: PlanInput = { ...fresh, facts: afterSteps(fresh.facts, plan(fresh).steps) };

describe('A plan', () => {
  it('for fresh machines reads as a list of orders, the harmless first and the cluster last', () => {
    expect(sentences(fresh)).toMatchSnapshot();
  });

  it('for a site with a qnetd host gives the nodes their certificates before they start', () => {
    const steps = sentences(planInput(qnetdSite));
    expect(steps).toContain('give alpha, bravo certificates of charlie');
    expect(steps.indexOf('give alpha, bravo certificates of charlie')).toBeLessThan(
      steps.indexOf('start corosync-qdevice.service on alpha'),
    );
    expect(steps.indexOf('start the cluster on alpha, bravo')).toBeLessThan(
      steps.indexOf('start corosync-qdevice.service on alpha'),
    );
  });

  it('for a site that is as it shall be has no steps', () => {
    expect(plan(applied)).toMatchObject({ steps: [], problems: [], disruption: 'none', cibChanges: [] });
  });

  it('says of a file that a machine could not read that it could not be read, and plans no write over it', () => {
    const path = '/etc/corosync/corosync.conf';
    const printed = (lines: readonly string[]) =>
      [
        'now\t1',
        'machine\tbravo\t6.1\tx86_64',
        'os\tdebian\t12\tDebian',
        'has\tapt\t',
        'free\t99999999',
        ...lines,
        'cluster\tnone',
        'end\t2',
      ].join('\n');
    const request = {
      packages: [],
      textFiles: [],
      opaqueFiles: [path],
      units: [],
      workloadUnits: [],
      devices: [],
      mountPoints: [],
    };
    const { files } = readFacts('bravo', request, printed([`stat\t${path}\t644\troot:root\tregular file`]), {
      sentAtMs: 0,
      answeredAtMs: 3,
    });
    const facts = withHost(applied.facts, 'bravo', (host) => ({ files: { ...host.files, ...files } }));
    expect(plan({ ...applied, facts }).problems).toMatchObject([
      {
        code: 'HF-PLAN-FILE-UNREADABLE',
        message: expect.stringMatching(/^\/etc\/corosync\/corosync.conf on bravo is there, but could not be read/),
      },
    ]);
  });

  it('is refused where a secret cannot be the one that its device takes', () => {
    const problem = { code: 'HF-SECRETS-VALUE', message: 'too long', remedy: 'shorten it', source: 'user' } as const;
    expect(plan({ ...applied, secretProblems: [problem] }).problems).toEqual([problem]);
  });

  it('holds no secret and no digest of one', () => {
    const text = JSON.stringify(plan(fresh));
    for (const digest of Object.values(fresh.secretDigests)) expect(text).not.toContain(digest);
    expect(text).not.toContain(Buffer.from('the secret').toString('base64').slice(0, 10));
  });

  it('for a changed Corosync configuration writes it everywhere and then reloads it, without a disturbance', () => {
    const changed = planInput({ ...memberSite, timing: { ...memberSite.timing, tokenMs: 2000, consensusMs: 2400 } });
    const made = plan({ ...changed, facts: applied.facts });
    expect(made.steps.map(describeStep)).toEqual([
      ...['alpha', 'bravo', 'charlie'].map((host) => `note on ${host} what begins`),
      ...['alpha', 'bravo', 'charlie'].map((host) => `write /etc/corosync/corosync.conf on ${host}`),
      'let Corosync read its configuration again on alpha, bravo, charlie',
      'wait until the cluster has settled',
      ...['alpha', 'bravo', 'charlie'].map((host) => `note on ${host} what is done`),
    ]);
    expect(made.disruption).toBe('none');
  });

  it('restarts a running cluster that has a configuration of its own, and never by halves', () => {
    const steps = sentences({ ...fresh, facts: debianDefault(fresh.facts) });
    expect(steps).toContain('restart the empty cluster on alpha, bravo, charlie');
    expect(steps.filter((step) => step.startsWith('start the cluster'))).toEqual([]);
  });

  it('restarts such a cluster wherever the apply before was killed, until it was restarted, and does not before it is ours', () => {
    const input = { ...fresh, facts: debianDefault(fresh.facts) };
    const { steps } = plan(input);
    const restart = steps.findIndex(({ kind }) => kind === 'restart-cluster');
    expect(restart).toBeGreaterThan(0);
    for (let done = 0; done <= restart; done++) {
      const facts = afterSteps(input.facts, steps.slice(0, done));
      const again = plan({ ...fresh, facts }).steps.map(({ kind }) => kind);
      expect(again).toContain('restart-cluster');
      expect(again).not.toContain('reload-corosync');
      const theirs = withHost(facts, 'bravo', () => ({ cluster: { kind: 'running', cibXml: foreignCib } }));
      expect(plan({ ...fresh, facts: theirs }).problems.map(({ code }) => code)).toEqual(['HF-PLAN-FOREIGN-CLUSTER']);
    }
    const joined = afterSteps(
      input.facts,
      steps.slice(
        0,
        steps.findIndex(({ kind }) => kind === 'replace-cib'),
      ),
    );
    expect(plan({ ...fresh, facts: joined }).steps.map(({ kind }) => kind)).not.toContain('restart-cluster');
    for (let done = restart; done <= steps.length; done++) {
      expect(plan({ ...fresh, facts: afterSteps(input.facts, steps.slice(0, done)) }).problems).toEqual([]);
    }
  });

  it("takes a cluster that the packages' own configuration started after a kill for one to be restarted", () => {
    const { steps } = plan(fresh);
    const installed = afterSteps(
      fresh.facts,
      steps.slice(
        0,
        steps.findIndex(({ kind }) => kind === 'make-directory'),
      ),
    );
    const again = plan({ ...fresh, facts: debianDefault(installed) }).steps.map(({ kind }) => kind);
    expect(again).toContain('restart-cluster');
    expect(again).not.toContain('reload-corosync');
  });

  it('never restarts a cluster that serves because a machine without one is added', () => {
    const facts = withHost(applied.facts, 'charlie', () => {
      const { record, files, cluster, units } = { ...fresh.facts.hosts.find(({ name }) => name === 'charlie') };
      return {
        ...(record && { record }),
        ...(files && { files }),
        ...(cluster && { cluster }),
        ...(units && { units }),
      };
    });
    const { steps, problems } = plan({ ...applied, facts });
    expect(steps.map(({ kind }) => kind)).toContain('start-cluster');
    expect(steps.map(({ kind }) => kind)).not.toContain('restart-cluster');
    expect(problems).toEqual([]);
  });

  it('says outage when a resource that serves changes, and none when only a check does', () => {
    const address = planInput({ ...memberSite, address: { ip: '10.77.1.101', prefixLength: 24 } });
    expect(plan({ ...address, facts: applied.facts }).disruption).toBe('outage');
    const timing = { ...memberSite.timing, migrationThreshold: 5 };
    expect(plan({ ...planInput({ ...memberSite, timing }), facts: applied.facts }).disruption).toBe('none');
  });

  it('stops a workload that runs by itself before the cluster first starts, and says so', () => {
    const facts = withHost(fresh.facts, 'bravo', (host) => ({
      units: {
        ...host.units,
        'ledger.service': { load: 'loaded', active: 'active', enabled: 'enabled', needsReload: false },
      },
    }));
    const made = plan({ ...fresh, facts });
    expect(made.steps.map(describeStep)).toEqual(
      expect.arrayContaining(['disable ledger.service on bravo', 'stop ledger.service on bravo']),
    );
    expect(made.disruption).toBe('outage');
  });

  it('never stops a workload that the cluster runs', () => {
    const facts = withHost(applied.facts, 'bravo', (host) => ({
      units: {
        ...host.units,
        'ledger.service': { load: 'loaded', active: 'active', enabled: 'disabled', needsReload: false },
      },
    }));
    expect(plan({ ...applied, facts }).steps).toEqual([]);
  });

  it('removes a file that is no longer wanted only after the cluster no longer uses it', () => {
    const facts = withHost(applied.facts, 'alpha', (host) => ({
      record: { ...host.record, files: [...host.record.files, '/etc/systemd/system/old.service.d/50-holdfast.conf'] },
    }));
    expect(sentences({ ...applied, facts })).toEqual([
      'note on alpha what begins',
      'remove /etc/systemd/system/old.service.d/50-holdfast.conf on alpha',
      'let systemd read its units again on alpha',
      'note on alpha what is done',
    ]);
  });
});

/** Corosync and Pacemaker run everywhere, each with the configuration that its package brought. */
function debianDefault(facts: Facts): Facts {
  const active = { load: 'loaded', active: 'active', enabled: 'enabled', needsReload: false };
  return facts.hosts.reduce<Facts>(
    (seen, { name }) =>
      withHost(seen, name, ({ units }) => ({
        cluster: { kind: 'running', cibXml: emptyCib },
        units: { ...units, 'corosync.service': active, 'pacemaker.service': active },
      })),
    facts,
  );
}

const emptyCib =
  '<cib epoch="3" admin_epoch="0" num_updates="1"><configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>';
const foreignCib = emptyCib.replace(
  '<resources/>',
  '<resources><primitive id="db" class="ocf" provider="heartbeat" type="Dummy"/></resources>',
);

describe('A device', () => {
  const withContent = (content: DeviceContent, input: PlanInput = fresh): Facts =>
    ['alpha', 'bravo'].reduce(
      (seen, host) =>
        withHost(seen, host, ({ devices }) => ({
          devices: { ...devices, [device]: { kind: 'block', sizeBytes: 2 ** 28, holders: [], content } },
        })),
      input.facts,
    );
  const codes = (input: PlanInput) => plan(input).problems.map(({ code }) => code);
  const formats = (input: PlanInput) => plan(input).steps.filter(({ kind }) => kind === 'make-file-system');
  const other: DeviceContent = { kind: 'filesystem', type: 'xfs', uuid: 'aaaa' };

  it('that holds something else is refused, with the words that would allow it', () => {
    const made = plan({ ...fresh, facts: withContent(other) });
    expect(formats({ ...fresh, facts: withContent(other) })).toEqual([]);
    expect(made.problems).toEqual([
      expect.objectContaining({
        code: 'HF-PLAN-DEVICE-HOLDS-DATA',
        remedy: expect.stringContaining(`--format ${device}@xfs:aaaa`),
      }),
    ]);
  });

  it.each<[string, DeviceContent]>([
    ['a partition table', { kind: 'signature', type: 'gpt', id: 'bbbb' }],
    ['bytes that nobody knows', { kind: 'unknown', fingerprint: 'cccc' }],
  ])('that holds %s is refused', (_what, content) => {
    expect(codes({ ...fresh, facts: withContent(content) })).toEqual(['HF-PLAN-DEVICE-HOLDS-DATA']);
  });

  it('is formatted when it is named together with what it holds, and only then', () => {
    const named = (content: string) => ({ ...fresh, facts: withContent(other), mayFormat: [{ device, content }] });
    expect(formats(named('xfs:aaaa'))).toEqual([expect.objectContaining({ destroys: 'xfs:aaaa' })]);
    expect(formats(named('xfs:bbbb'))).toEqual([]);
    expect(codes(named('xfs:bbbb'))).toEqual(['HF-PLAN-DEVICE-HOLDS-DATA']);
  });

  it('that already holds such a file system is kept as it is', () => {
    const facts = withContent({ kind: 'filesystem', type: 'ext4', uuid: 'dddd' });
    expect(codes({ ...fresh, facts })).toEqual([]);
    expect(formats({ ...fresh, facts })).toEqual([]);
  });

  it('that is mounted or in use is never formatted, named or not', () => {
    const facts = withHost(withContent(other), 'bravo', () => ({
      devices: {
        [device]: { kind: 'block', sizeBytes: 2 ** 28, mountedAt: '/data', holders: [], content: other },
      },
    }));
    expect(codes({ ...fresh, facts, mayFormat: [{ device, content: 'xfs:aaaa' }] })).toEqual(['HF-PLAN-DEVICE-IN-USE']);
  });

  it('that differs between the nodes is refused', () => {
    const facts = withHost(fresh.facts, 'bravo', () => ({
      devices: { [device]: { kind: 'block', sizeBytes: 2 ** 27, holders: [], content: { kind: 'empty' } } },
    }));
    expect(codes({ ...fresh, facts })).toEqual(['HF-PLAN-DEVICE-DIFFERS']);
  });

  it('on which our own file system was not finished is begun again, with the same UUID', () => {
    const uuid = '99999999-2222-4333-8444-555555555555';
    const facts = withHost(withContent({ kind: 'unknown', fingerprint: 'cccc' }), 'alpha', () => ({
      record: { ...emptyRecord, formatting: [{ device, uuid }] },
    }));
    expect(formats({ ...fresh, facts })).toEqual([expect.objectContaining({ uuid })]);
    const theirs = withHost(withContent(other), 'alpha', () => ({
      record: { ...emptyRecord, formatting: [{ device, uuid }] },
    }));
    expect(codes({ ...fresh, facts: theirs })).toEqual(['HF-PLAN-DEVICE-HOLDS-DATA']);
  });

  const noted = (facts: Facts, uuid: string) =>
    withHost(facts, 'alpha', ({ record }) => ({ record: { ...record, formatting: [{ device, uuid }] } }));

  it('that nobody knows any more is made anew only by name once the cluster was configured, on whichever member', () => {
    const unknown: DeviceContent = { kind: 'unknown', fingerprint: 'cccc' };
    const configured = noted(withContent(unknown, applied), 'dddd');
    expect(codes({ ...applied, facts: configured })).toEqual(['HF-PLAN-DEVICE-HOLDS-DATA']);
    const emptied = ['alpha', 'bravo'].reduce(
      (seen, host) => withHost(seen, host, () => ({ cluster: { kind: 'running', cibXml: emptyCib } })),
      configured,
    );
    expect(codes({ ...applied, facts: emptied })).toEqual(['HF-PLAN-DEVICE-HOLDS-DATA']);
    expect(formats({ ...applied, facts: emptied })).toEqual([]);
  });

  it('with a first apply killed or failed after its file system was made is kept for ever, whatever is written to it', () => {
    const { steps } = plan(fresh);
    const made = steps.findIndex(({ kind }) => kind === 'make-file-system') + 1;
    expect(made).toBeGreaterThan(0);
    for (let done = made; done <= steps.length; done++) {
      const killed = afterSteps(fresh.facts, steps.slice(0, done));
      for (const mountedAt of [undefined, mountPoint]) {
        const facts = withHost(killed, 'alpha', ({ devices }) => ({
          devices: Object.fromEntries(
            Object.entries(devices).map(([path, fact]) => [
              path,
              fact.kind === 'block' && mountedAt !== undefined ? { ...fact, mountedAt } : fact,
            ]),
          ),
        }));
        const again = { ...fresh, facts, fileSystemUuid: 'another' };
        expect(codes(again)).toEqual([]);
        expect(formats(again)).toEqual([]);
      }
      if (done > steps.findIndex((step) => step.kind === 'record' && step.when === 'prepared') + 2) {
        expect(killed.hosts.flatMap(({ record }) => record.formatting)).toEqual([]);
      }
    }
  });

  it('that we were making and that is damaged is a problem, not a step; used since, it is not looked at', () => {
    const uuid = 'dddd';
    const damaged = (input: PlanInput) =>
      withHost(noted(withContent({ kind: 'filesystem', type: 'ext4', uuid }, input), uuid), 'alpha', ({ devices }) => ({
        devices: Object.fromEntries(
          Object.entries(devices).map(([path, fact]) => [path, { ...fact, damage: 'e2fsck -n -f: bad magic' }]),
        ),
      }));
    expect(plan({ ...fresh, facts: damaged(fresh) }).problems).toEqual([
      expect.objectContaining({
        code: 'HF-PLAN-DEVICE-DAMAGED',
        remedy: expect.stringContaining(`--format ${device}@ext4:${uuid}`),
      }),
    ]);
    expect(formats({ ...fresh, facts: damaged(fresh) })).toEqual([]);
    const named = { ...fresh, facts: damaged(fresh), mayFormat: [{ device, content: `ext4:${uuid}` }] };
    expect(formats(named)).toEqual([expect.objectContaining({ destroys: `ext4:${uuid}` })]);
    expect(plan({ ...applied, facts: damaged(applied) }).problems).toEqual([]);
  });
});

describe('An objective', () => {
  const promising = (rtoMs: number) => ({ ...memberSite, objectives: { rtoMs, rpoMs: 0 } });
  const refusal = expect.objectContaining({
    code: 'HF-BUDGET-EXCEEDED',
    source: 'user',
    message: expect.stringMatching(/process-hang may take .* s: probe interval 2 \+ /),
    remedy: expect.stringContaining('Set workloads[0].'),
  });

  it('that the site cannot keep in every fault is refused, with the term that is best changed', () => {
    expect(plan(planInput(promising(10_000))).problems).toEqual([refusal]);
    expect(plan(fresh).problems).toEqual([]);
  });

  it('is refused also where nothing else is to change', () => {
    expect(plan({ ...applied, site: promising(10_000) })).toMatchObject({ steps: [], problems: [refusal] });
  });

  it('does not stand in the way of a removal', () => {
    expect(planRemoval({ ...applied, site: promising(10_000) }).problems).toEqual([]);
  });
});

describe('What would do harm is a problem, not a step', () => {
  it.each<[string, (facts: Facts) => Facts, string]>([
    [
      'another machine answers',
      (facts) => withHost(facts, 'bravo', () => ({ nodeName: 'delta' })),
      'HF-PLAN-NODE-NAME',
    ],
    [
      'a link address is missing',
      (facts) => withHost(facts, 'bravo', () => ({ addresses: ['10.77.1.12'] })),
      'HF-PLAN-LINK-ADDRESS',
    ],
    [
      'the virtual address answers',
      (facts) => withHost(facts, 'alpha', () => ({ virtualAddressAnswers: true })),
      'HF-PLAN-ADDRESS-TAKEN',
    ],
    [
      'a node has no such unit',
      (facts) =>
        withHost(facts, 'bravo', ({ units }) => ({
          units: {
            ...units,
            'ledger.service': { load: 'not-found', active: 'inactive', enabled: '', needsReload: false },
          },
        })),
      'HF-PLAN-UNIT-UNKNOWN',
    ],
    [
      'the mount point holds files',
      (facts) =>
        withHost(facts, 'alpha', () => ({
          mountPoints: { [mountPoint]: { exists: true, mounted: false, holdsFiles: true } },
        })),
      'HF-PLAN-MOUNT-POINT-HOLDS-FILES',
    ],
    ['there is no apt', (facts) => withHost(facts, 'alpha', () => ({ hasApt: false })), 'HF-PLAN-NOT-DEBIAN'],
    ['the disk is full', (facts) => withHost(facts, 'alpha', () => ({ freeBytes: 10 ** 6 })), 'HF-PLAN-DISK-FULL'],
    [
      'Pacemaker does not answer',
      (facts) => withHost(facts, 'alpha', () => ({ cluster: { kind: 'silent' } })),
      'HF-PLAN-CLUSTER-SILENT',
    ],
    [
      'somebody else has a cluster there',
      (facts) =>
        withHost(facts, 'alpha', () => ({
          cluster: { kind: 'stopped', cibXml: foreignCib },
        })),
      'HF-PLAN-FOREIGN-CLUSTER',
    ],
  ])('when %s', (_when, change, code) => {
    expect(plan({ ...fresh, facts: change(fresh.facts) }).problems.map((problem) => problem.code)).toEqual([code]);
    expect(plan(fresh).problems).toEqual([]);
  });
});

describe('Applying', () => {
  it.each([
    ['a member witness', memberSite],
    ['a qnetd host', qnetdSite],
  ])('a plan leaves nothing to do: a site with %s', (_name, site) => {
    const input = planInput(site);
    const facts = afterSteps(input.facts, plan(input).steps);
    expect(sentences({ ...input, facts })).toEqual([]);
  });

  it('converges from wherever it was killed, again and again', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(memberSite, qnetdSite),
        fc.array(fc.record({ part: fc.double({ min: 0, max: 1, noNaN: true }), onlyFirstHost: fc.boolean() }), {
          maxLength: 6,
        }),
        (site, kills) => {
          const input = planInput(site);
          let { facts } = input;
          for (const kill of kills) facts = killedOnTheWay({ ...input, facts }, kill);
          facts = afterSteps(facts, plan({ ...input, facts }).steps);
          expect(plan({ ...input, facts }).problems).toEqual([]);
          expect(sentences({ ...input, facts })).toEqual([]);
        },
      ),
    );
  });

  it('makes good an effect that was due when it was killed', () => {
    const steps = plan(fresh).steps;
    const written = steps.findIndex(({ kind }) => kind === 'daemon-reload');
    const facts = afterSteps(fresh.facts, steps.slice(0, written));
    expect(sentences({ ...fresh, facts })).toContain('let systemd read its units again on alpha');
  });
});

describe('Removing', () => {
  it('stops the resources first, then the cluster, then takes our files, and touches neither packages nor data', () => {
    const steps = planRemoval(applied).steps;
    expect(steps.map(describeStep)).toMatchSnapshot();
    const facts = afterSteps(applied.facts, steps);
    expect(planRemoval({ ...applied, facts }).steps).toEqual([]);
    expect(steps.map(({ kind }) => kind)).not.toContain('make-file-system');
  });

  it('of a site with a qnetd host also stops that, and takes the certificates', () => {
    const input = planInput(qnetdSite);
    const built = { ...input, facts: afterSteps(input.facts, plan(input).steps) };
    const steps = planRemoval(built).steps;
    expect(steps.map(describeStep)).toEqual(
      expect.arrayContaining([
        'stop corosync-qnetd.service on charlie',
        'disable corosync-qdevice.service on alpha',
        'remove /etc/corosync/qdevice/net/nssdb/qdevice-net-node.p12 on bravo',
      ]),
    );
    expect(planRemoval({ ...built, facts: afterSteps(built.facts, steps) }).steps).toEqual([]);
  });
});

function sentences(input: PlanInput): readonly string[] {
  return plan(input).steps.map(describeStep);
}

/** Some of the steps were done; the one in hand, perhaps, on its first machine only. */
function killedOnTheWay(input: PlanInput, kill: { readonly part: number; readonly onlyFirstHost: boolean }): Facts {
  const { steps } = plan(input);
  const count = Math.floor(kill.part * steps.length);
  const facts = afterSteps(input.facts, steps.slice(0, count));
  const inHand: Step | undefined = steps[count];
  if (inHand === undefined || !kill.onlyFirstHost || inHand.kind === 'make-file-system') return facts;
  return afterStep(facts, inHand, hostsOf(inHand).slice(0, 1));
}
