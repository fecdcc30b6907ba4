import { describe, expect, it } from 'vitest';
import type { Host, Hosts, RunOptions } from '../../hosts/index.ts';
import { restartCluster, startCluster } from './cluster.ts';

const members = ['alpha', 'bravo'];

/** Machines that have done everything at once; what is given to each call that starts Pacemaker is kept. */
function fakeHosts(): { readonly hosts: Hosts; readonly startTimeoutsMs: (number | undefined)[] } {
  const startTimeoutsMs: (number | undefined)[] = [];
  const host = (name: string): Host => ({
    name,
    async run(script: string, options: RunOptions = {}) {
      if (script.includes('systemctl start pacemaker.service')) startTimeoutsMs.push(options.timeoutMs);
      return { exitCode: 0, stdout: '', stderr: '' };
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
