import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { systemClock } from '../../src/core/index.ts';
import { type Hosts, openHosts } from '../../src/hosts/index.ts';
import { labLayout, missingRequirements, openLab } from '../../src/lab/index.ts';
import { compile } from '../../src/patterns/index.ts';
import { lockSite } from '../../src/rollout/lock.ts';
import { restartCluster } from '../../src/rollout/steps/cluster.ts';
import { replaceCib } from '../../src/rollout/steps/replace-cib.ts';
import { readSite } from '../../src/site/index.ts';
import { loadAgentTexts } from '../../src/workloads/index.ts';

/** A lab of its own, so that one somebody works with on this computer is left alone. */
const lab = openLab('rollout');
const siteFile = `${labLayout('rollout').siteDirectory}/site.yaml`;
const device = '/dev/holdfast-shared';
const quiet = () => {};
const obstacles = missingRequirements().map((problem) => problem.message);
if (obstacles.length > 0) console.log(`The rollout tests are skipped: ${obstacles.join(' ')}`);

/** In their order: each starts from what the one before has left. */
describe.skipIf(obstacles.length > 0)('Rolling out a site', () => {
  let hosts: Hosts;

  beforeAll(async () => {
    await lab.down(quiet);
    await lab.up(quiet);
    hosts = openHosts(await readSite(siteFile));
  });

  afterAll(async () => {
    await hosts?.close();
    await lab.down(quiet);
  });

  const on = async (host: string, script: string) => (await hosts.get(host).run(script)).stdout.trim();

  it('refuses a device that holds data, whatever it is, and names what would allow it', async () => {
    showJournalsOnFailure();
    for (const [put, named] of [
      [
        `mkfs.ext2 -q -F -U 11111111-2222-4333-8444-555555555555 ${device}`,
        'ext2:11111111-2222-4333-8444-555555555555',
      ],
      [
        `wipefs -aq ${device}; dd if=/dev/zero of=${device} bs=1M count=8 status=none; echo payroll | dd of=${device} status=none`,
        'unknown:',
      ],
    ] as const) {
      await on('alpha', `${put}; sync; blockdev --flushbufs ${device}`);
      const { exitCode, json } = await holdfast('apply', '--yes');
      expect(exitCode).toBe(2);
      expect(json.error).toMatchObject({
        code: 'HF-PLAN-DEVICE-HOLDS-DATA',
        remedy: expect.stringContaining(`--format ${device}@${named}`),
      });
    }
    expect(await on('bravo', `head -c 7 ${device}`)).toBe('payroll');
    expect(await on('alpha', 'systemctl is-active pacemaker; ls /etc/holdfast 2>/dev/null')).toBe('inactive');
    await on('alpha', `dd if=/dev/zero of=${device} bs=1M count=8 status=none; sync; blockdev --flushbufs ${device}`);
  });

  it('lets one of two operators in who apply at the same moment', async () => {
    showJournalsOnFailure();
    const both = await Promise.all([holdfast('apply', '--yes'), holdfast('apply', '--yes')]);
    const refused = both.filter(({ exitCode }) => exitCode !== 0);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.json.error.code).toMatch(/^HF-APPLY-(LOCKED|PLAN-CHANGED)$/);
    expect(both.filter(({ exitCode }) => exitCode === 0).map(({ json }) => json.changed)).toEqual([true]);
  });

  it('has the workload served through the virtual address, from one node', async () => {
    showJournalsOnFailure();
    expect(await on('charlie', 'curl -sf -m 5 -o /dev/null -w "%{http_code}" http://10.77.1.100:8080/health')).toBe(
      '200',
    );
    const active = await Promise.all(['alpha', 'bravo'].map((node) => on(node, 'systemctl is-active ledger.service')));
    expect(active.toSorted()).toEqual(['active', 'inactive']);
  });

  it('changes nothing the second time, and says so', async () => {
    showJournalsOnFailure();
    expect(await holdfast('apply', '--yes')).toMatchObject({ exitCode: 0, json: { changed: false, steps: [] } });
    expect(await holdfast('plan')).toMatchObject({ exitCode: 0, json: { steps: [], problems: [], cibChanges: [] } });
  });

  it('puts no secret into a process list, a plan or a file that others may read', async () => {
    showJournalsOnFailure();
    expect(await on('alpha', 'stat -c "%a %U" /etc/holdfast/secrets/* /etc/corosync/authkey | sort -u')).toBe(
      '600 root',
    );
    const { openSecrets } = await import('../../src/secrets/index.ts');
    const secrets = await openSecrets(siteFile, {});
    const { json } = await holdfast('plan');
    for (const name of secrets.names) expect(JSON.stringify(json)).not.toContain(secrets.get(name));
  });

  it('tells who holds the lock', async () => {
    showJournalsOnFailure();
    await on('alpha', 'rm /usr/lib/holdfast/crash-notifier');
    const lock = await lockSite(hosts, 'erika on laptop', systemClock);
    const refused = await holdfast('apply', '--yes');
    expect(refused.exitCode).toBe(3);
    expect(refused.json.error.message).toContain('erika on laptop, since 20');
    await lock.release();
    expect(await holdfast('apply', '--yes')).toMatchObject({ exitCode: 0, json: { changed: true } });
  });

  it('mends what somebody changed by hand, without disturbing the workload', async () => {
    showJournalsOnFailure();
    const before = await workloadProcess(on);
    await on('alpha', 'echo "# by hand" >>/etc/corosync/corosync.conf; chmod 644 /etc/holdfast/secrets/bmc-alpha');
    await on('bravo', 'crm_attribute --type crm_config --name no-quorum-policy --update ignore');
    await on('bravo', 'systemctl disable --quiet pacemaker; rm /etc/systemd/system/ledger.service.d/50-holdfast.conf');
    const { exitCode, json } = await holdfast('apply', '--yes');
    expect(exitCode).toBe(0);
    expect(json.disruption).toBe('none');
    expect(json.steps).toEqual(
      expect.arrayContaining([
        'write /etc/corosync/corosync.conf on alpha',
        'set owner and permissions of /etc/holdfast/secrets/bmc-alpha on alpha',
        'enable pacemaker.service on bravo',
        'let systemd read its units again on bravo',
        'replace the cluster configuration',
      ]),
    );
    expect(await workloadProcess(on)).toBe(before);
    expect(await on('alpha', 'crm_attribute -q --type crm_config --name no-quorum-policy --query')).toBe('stop');
    expect((await holdfast('plan')).json.steps).toEqual([]);
  });

  it('restarts the whole cluster under a running workload', async () => {
    showJournalsOnFailure();
    const before = await workloadProcess(on);
    const startedBefore = await on('alpha', 'systemctl show -p ExecMainStartTimestampMonotonic --value corosync');
    // What somebody has switched off by hand counts before ours.
    await on('alpha', 'crm_attribute --type crm_config --name maintenance-mode --update false');
    await restartCluster(hosts, ['alpha', 'bravo', 'charlie'], false);
    expect(await on('alpha', 'systemctl show -p ExecMainStartTimestampMonotonic --value corosync')).not.toBe(
      startedBefore,
    );
    expect(await workloadProcess(on)).toBe(before);
    expect((await holdfast('plan')).json.steps).toEqual([]);
  });

  it('takes away the maintenance mode that an interrupted restart has left', async () => {
    showJournalsOnFailure();
    await on(
      'alpha',
      'crm_attribute --type crm_config --set-name holdfast-restart --name maintenance-mode --update true',
    );
    expect((await holdfast('apply', '--yes')).json.steps).toContain('replace the cluster configuration');
    expect(await on('alpha', 'cibadmin --query')).not.toContain('holdfast-restart-maintenance-mode');
  });

  it('never overwrites a configuration that changed since the plan was made', async () => {
    showJournalsOnFailure();
    const blueprint = compile(await readSite(siteFile), await loadAgentTexts());
    const cib = {
      ...blueprint.cluster.cib,
      properties: { ...blueprint.cluster.cib.properties, 'stonith-timeout': '61s' },
    };
    const before = await on('alpha', 'cibadmin --query --scope configuration');
    await expect(replaceCib(hosts, blueprint.cluster.members, cib, '0.1')).rejects.toMatchObject({
      code: 'HF-APPLY-CIB-CHANGED',
    });
    expect(await on('alpha', 'cibadmin --query --scope configuration')).toBe(before);
    // Status changes all the time and must not stand in the way.
    const noise = on('bravo', 'for i in 1 2 3 4 5 6 7 8 9 10; do attrd_updater -n test -U $i; done');
    await replaceCib(hosts, blueprint.cluster.members, cib, undefined);
    await noise;
    expect(await on('bravo', 'crm_attribute -q --type crm_config --name stonith-timeout --query')).toBe('61s');
    expect((await holdfast('apply', '--yes')).exitCode).toBe(0);
  });

  it('stops cleanly after the step in hand when it is interrupted, and goes on when it is run again', async () => {
    showJournalsOnFailure();
    await on(
      'alpha',
      'rm /usr/lib/holdfast/crash-notifier /usr/sbin/fence_holdfast_witness; touch -d yesterday /etc/corosync/corosync.conf',
    );
    const child = start('apply', '--yes');
    const ended = once(child, 'exit');
    await new Promise((resolve) => setTimeout(resolve, 2500));
    child.kill('SIGINT');
    const [exitCode] = await ended;
    expect([0, 130]).toContain(exitCode);
    expect((await holdfast('apply', '--yes')).exitCode).toBe(0);
    expect((await holdfast('plan')).json.steps).toEqual([]);
  });

  it('is removed with its data left alone, and built again on them', async () => {
    showJournalsOnFailure();
    expect(await holdfast('remove', '--yes', 'wrong')).toMatchObject({ exitCode: 2 });
    const before = await on('alpha', `blkid -p -s UUID -o value ${device}`);
    expect(await holdfast('remove', '--yes', 'rollout')).toMatchObject({ exitCode: 0, json: { changed: true } });
    for (const { name } of hosts.all) {
      expect(await on(name, 'systemctl is-active corosync pacemaker ledger | sort -u')).toBe('inactive');
      expect(
        await on(
          name,
          'find /etc /usr /var/lib -xdev -path "*holdfast*" -not -name "holdfast-shared*" -not -path "/var/lib/systemd/*" 2>/dev/null',
        ),
      ).toBe('');
    }
    expect(await on('alpha', `blkid -p -s UUID -o value ${device}`)).toBe(before);
    expect(await holdfast('remove', '--yes', 'rollout')).toMatchObject({ exitCode: 0, json: { changed: false } });
  });

  it('converges after being killed at random moments', async () => {
    showJournalsOnFailure();
    const kept = await on('alpha', `blkid -p -s UUID -o value ${device}`);
    const moments: number[] = [];
    for (let kill = 0; kill < 4; kill++) {
      const child = start('apply', '--yes');
      const ended = once(child, 'exit');
      moments.push(randomInt(1000, 12_000));
      await new Promise((resolve) => setTimeout(resolve, moments.at(-1)));
      child.kill('SIGKILL');
      await ended;
    }
    console.log(`killed after ${moments.map((moment) => `${moment} ms`).join(', ')}`);
    expect(await sshProcessesOf('rollout', hosts)).toEqual([]);
    const last = await holdfast('apply', '--yes');
    expect(last.json.error, JSON.stringify(last.json)).toBeUndefined();
    expect((await holdfast('plan')).json).toMatchObject({ steps: [], problems: [] });
    expect(await on('alpha', `blkid -p -s UUID -o value ${device}`)).toBe(kept);
    expect(await on('charlie', 'curl -sf -m 5 -o /dev/null -w "%{http_code}" http://10.77.1.100:8080/health')).toBe(
      '200',
    );
  });
});

type On = (host: string, script: string) => Promise<string>;

async function workloadProcess(on: On): Promise<string> {
  const pids = await Promise.all(
    ['alpha', 'bravo'].map((node) => on(node, 'systemctl show -p MainPID --value ledger.service')),
  );
  return pids.join(' ');
}

/** Connections that outlived the process that made them. Ours are not meant. */
async function sshProcessesOf(instance: string, own: Hosts): Promise<readonly string[]> {
  await own.close();
  const gone = async () => {
    const { stdout } = await execa('ps', ['-eo', 'pid,args']);
    return stdout
      .split('\n')
      .filter((line) => line.includes(`/${instance}/site/ssh_config`) && line.includes('ControlMaster=yes'));
  };
  for (let attempt = 0; attempt < 50 && (await gone()).length > 0; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return gone();
}

function start(verb: string, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...cli, verb, siteFile, ...args], { stdio: 'ignore' });
}

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const cli = [
  '--no-warnings',
  '--input-type=module',
  '-e',
  `import { main } from ${JSON.stringify(main)}; await main(process.argv.slice(1));`,
  '--',
];

async function holdfast(verb: string, ...args: readonly string[]) {
  const { exitCode, stdout } = await execa(process.execPath, [...cli, verb, siteFile, ...args, '--json'], {
    reject: false,
  });
  return { exitCode, json: JSON.parse(stdout) };
}

function showJournalsOnFailure(): void {
  onTestFailed(async () => console.log(await lab.journals(60)));
}
