import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { locate } from '../../packages/election/src/conformance/servers.ts';
import type { Host } from './network.ts';

/** A cluster of etcd with one member on each host. */
export interface Members {
  /** Whether etcd's own leader is on this host. */
  leadsOn(host: Host): boolean;
  stop(): Promise<void>;
}

export async function startMembers(hosts: readonly Host[]): Promise<Members> {
  const directory = mkdtempSync(join(tmpdir(), 'election-host-cut-'));
  const members = hosts.map((host) => startMember(host, hosts, directory));
  await sleep(2000);
  return {
    leadsOn: leadsEtcd,
    async stop() {
      for (const each of members) each.kill('SIGKILL');
      await sleep(200);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function startMember(host: Host, hosts: readonly Host[], directory: string): ChildProcess {
  const { program, libraries } = locate('etcd');
  const peers = hosts.map(({ name, address }) => `${name}=http://${address}:2380`).join(',');
  const args = [
    `--name=${host.name}`,
    `--data-dir=${join(directory, host.name)}`,
    `--listen-client-urls=http://${host.address}:2379,http://127.0.0.1:2379`,
    `--advertise-client-urls=http://${host.address}:2379`,
    `--listen-peer-urls=http://${host.address}:2380`,
    `--initial-advertise-peer-urls=http://${host.address}:2380`,
    `--initial-cluster=${peers}`,
    // etcd's own failover must be faster than the lease, also when its first vote is split, or it is what one waits for: with 200 ms two
    // of 105 cuts took longer than 800 ms, with 100 ms none of 100. Its default is 1000 ms.
    '--heartbeat-interval=10',
    '--election-timeout=100',
    // Or a member that comes back forces an election; etcd 3.5 does so by itself.
    '--pre-vote',
    '--log-level=error',
  ];
  const [command = '', ...rest] = [...host.prefix, program, ...args];
  return spawn(command, rest, { stdio: 'ignore', env: { ...process.env, LD_LIBRARY_PATH: libraries } });
}

function leadsEtcd(host: Host): boolean {
  const url = 'http://127.0.0.1:2379/v3/maintenance/status';
  const [command = '', ...rest] = [...host.prefix, 'curl', '-s', '-d', '{}', url];
  const status = JSON.parse(execFileSync(command, rest, { encoding: 'utf8' }));
  return status.leader === status.header.member_id;
}
