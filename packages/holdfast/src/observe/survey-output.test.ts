import { describe, expect, it } from 'vitest';
import { healthySnapshot, site, surveyText } from '../../test/observe/healthy-site.ts';
import { readSurvey } from './survey-output.ts';

const asked = { fromMs: 1_795_228_199_990, toMs: 1_795_228_200_150 };
const identity = { name: 'alpha', role: 'node' } as const;
const read = (text: string) => readSurvey(text, site, identity, asked);

describe('what a machine printed', () => {
  it('is understood whole on a healthy active node', () => {
    const alpha = read(surveyText('alpha'));
    expect(alpha.quorum).toEqual({
      known: true,
      value: { quorate: true, nodeId: 1, expectedVotes: 3, totalVotes: 3, quorum: 2, flags: ['Quorate'] },
    });
    expect(alpha.links).toEqual({
      known: true,
      value: [
        { peer: 'bravo', link: 0, connected: true },
        { peer: 'charlie', link: 0, connected: true },
        { peer: 'bravo', link: 1, connected: true },
        { peer: 'charlie', link: 1, connected: true },
      ],
    });
    expect(alpha.holdsAddress).toEqual({ known: true, value: true });
    expect(alpha.mounts).toEqual({
      known: true,
      value: [{ source: '/dev/holdfast-shared', target: '/srv/state', filesystem: 'ext4', readOnly: false }],
    });
    expect(alpha.probes).toEqual([{ workload: 'ledger', answer: 'good' }]);
    expect(alpha.units.known && alpha.units.value.map(({ unit, active }) => `${unit} ${active}`)).toEqual([
      'corosync.service active',
      'pacemaker.service active',
      'ledger.service active',
    ]);
    expect(alpha.packages.known && alpha.packages.value).toMatchObject({ pacemaker: '2.1.5-1+deb12u1' });
    expect(alpha.clockAheadMs).toEqual({ atLeast: -10, atMost: 10 });
  });

  it('gives every resource with its group, place and failures', () => {
    const { cluster } = read(surveyText('alpha'));
    expect(cluster.known && cluster.value.resources.map(({ id, group, nodes }) => [id, group, nodes])).toEqual([
      ['fence-alpha', undefined, ['charlie']],
      ['fence-bravo', undefined, ['charlie']],
      ['fence-charlie', undefined, ['bravo']],
      ['state', 'active', ['alpha']],
      ['address', 'active', ['alpha']],
      ['workload-ledger', 'active', ['alpha']],
    ]);
    expect(cluster.known && cluster.value.history.find(({ resource }) => resource === 'fence-alpha')).toEqual({
      node: 'charlie',
      resource: 'fence-alpha',
      failCount: 0,
      migrationThreshold: 3,
      lastMonitorExitCode: 0,
    });
  });

  it('never gives the hash of a secret', () => {
    for (const machine of healthySnapshot().machines) {
      if (!machine.reachable || !machine.files.known) throw new Error('not a healthy machine');
      const secrets = machine.files.value.filter(({ path }) => path.includes('/secrets/'));
      expect(secrets).toHaveLength(2);
      expect(secrets.every(({ sha256 }) => sha256 === undefined)).toBe(true);
    }
  });

  it('is unknown, with the reason, where a question was not answered, failed, hung, or answered with something else', () => {
    const without = (section: string) =>
      surveyText('alpha')
        .split('\n')
        .filter((line) => !line.startsWith(`${section} `) && !line.startsWith(`${section}.`))
        .join('\n');
    expect(read(without('quorum')).quorum).toEqual({ known: false, why: 'the machine did not answer this question' });
    expect(
      read(`${without('links')}\nlinks.rc 1\nlinks.err Could not initialize corosync configuration API error 2\n`)
        .links,
    ).toEqual({ known: false, why: 'Could not initialize corosync configuration API error 2' });
    expect(read(`${without('address')}\naddress.rc 124\n`).holdsAddress).toEqual({
      known: false,
      why: 'the machine did not answer this question in time',
    });
    expect(read(`${without('crmmon')}\ncrmmon <broken\ncrmmon.rc 0\n`).cluster.known).toBe(false);
    const refusal = '<pacemaker-result><status code="102" message="Not connected"/></pacemaker-result>';
    expect(read(`${without('crmmon')}\ncrmmon ${refusal}\ncrmmon.rc 102\n`).cluster).toEqual({
      known: false,
      why: 'Not connected',
    });
    expect(read(`${without('probe-ledger')}`).probes[0]?.answer).toBe('unknown');
    expect(read(`${without('probe-ledger')}\nprobe-ledger.rc 124\n`).probes[0]).toEqual({
      workload: 'ledger',
      answer: 'bad',
      detail: 'no answer within 2000 ms',
    });
  });

  it('says why a system disk takes no writes, and does not know it of one that hangs', () => {
    const saying = (lines: string) => read(surveyText('alpha').replace('systemdisk.rc 0\n', lines)).systemDisk;
    expect(read(surveyText('alpha')).systemDisk).toEqual({ known: true, value: { writable: true } });
    expect(
      saying(
        "systemdisk.err mktemp: failed to create file via template '/var/lib/.holdfast.XXXXXX': Read-only file system\nsystemdisk.rc 1\n",
      ),
    ).toEqual({ known: true, value: { writable: false, why: 'Read-only file system' } });
    expect(saying('systemdisk.rc 124\n').known).toBe(false);
    expect(saying('').known).toBe(false);
  });

  it('knows nothing of a machine that printed nothing', () => {
    const nothing = read('');
    const readings = [
      nothing.quorum,
      nothing.links,
      nothing.cluster,
      nothing.holdsAddress,
      nothing.mounts,
      nothing.units,
    ];
    expect(readings.map(({ known }) => known)).toEqual([false, false, false, false, false, false]);
    expect(nothing.files.known || nothing.packages.known || nothing.device.known).toBe(false);
  });
});
