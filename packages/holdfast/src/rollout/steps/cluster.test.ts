import { describe, expect, it } from 'vitest';
import type { Host, Hosts, RunOptions } from '../../hosts/index.ts';
import { restartCluster, startCluster, waitUntilSettled } from './cluster.ts';

const members = ['alpha', 'bravo'];

/** Machines that have done everything at once; what is given to each call that starts Pacemaker is kept. */
function fakeHosts(printed = ''): { readonly hosts: Hosts; readonly startTimeoutsMs: (number | undefined)[] } {
  const startTimeoutsMs: (number | undefined)[] = [];
  const host = (name: string): Host => ({
    name,
    async run(script: string, options: RunOptions = {}) {
      if (script.includes('systemctl start pacemaker.service')) startTimeoutsMs.push(options.timeoutMs);
      return { exitCode: 0, stdout: printed, stderr: '' };
    },
    async *lines() {},
    close: async () => {},
  });
  const close = async () => {};
  const hosts: Hosts = { all: members.map(host), get: host, close, [Symbol.asyncDispose]: close };
  return { hosts, startTimeoutsMs };
}

describe('The start of a cluster', () => {
  it('is given as much longer as SBD sleeps before it has started', async () => {
    const { hosts, startTimeoutsMs } = fakeHosts();
    await startCluster({ hosts, starting: ['alpha'], members });
    await startCluster({ hosts, starting: ['alpha'], members, sbdDelayMs: 240_000 });
    const [without = 0, withSbd] = startTimeoutsMs;
    expect(withSbd).toBe(without + 240_000);
  });

  it('is so in a restart, too, on every member', async () => {
    const { hosts, startTimeoutsMs } = fakeHosts();
    await restartCluster(hosts, members, true);
    await restartCluster(hosts, members, true, { sbdDelayMs: 240_000 });
    const [without = 0, , ...withSbd] = startTimeoutsMs;
    expect(withSbd).toEqual([without + 240_000, without + 240_000]);
  });
});

describe('A cluster that has come to rest', () => {
  const instance = (role: string, failed = false) =>
    `<resource id="drbd" role="${role}" active="${role !== 'Stopped'}" failed="${failed}" managed="true"/>`;
  const seen = (standby: boolean, second: string, state = 'Started') => `<crm_mon><nodes>
<node name="alpha" id="1" online="true" standby="false"/><node name="bravo" id="2" online="true" standby="${standby}"/>
</nodes><resources><clone id="replica" multi_state="true">${instance('Promoted')}${second}</clone>
<resource id="state" role="${state}" active="${state === 'Started'}" failed="false" managed="true"><node name="alpha"/></resource>
</resources></crm_mon>`;
  const settled = (crmMon: string) => waitUntilSettled(fakeHosts(crmMon).hosts, members, undefined);

  it('has an instance of a clone less for each node that is drained', async () => {
    await expect(settled(seen(true, instance('Stopped')))).resolves.toBeUndefined();
    await expect(settled(seen(false, instance('Stopped')))).rejects.toThrow('drbd is stopped');
  });

  it('has no other less for it', async () => {
    await expect(settled(seen(true, instance('Stopped') + instance('Stopped')))).rejects.toThrow('drbd is stopped');
    await expect(settled(seen(true, instance('Stopped', true)))).rejects.toThrow('drbd is stopped');
    await expect(settled(seen(true, instance('Stopped'), 'Stopped'))).rejects.toThrow('state is stopped');
  });
});
