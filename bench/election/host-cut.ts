import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { locate } from '../../packages/election/src/conformance/servers.ts';
import { type Candidate, startCandidate, until } from './candidate.ts';
import { type Host, makeNetwork } from './network.ts';
import { percentile, summary } from './percentiles.ts';

/**
 * How long until another node's command runs, after the leader's host was cut off: node bench/election/host-cut.ts [rounds]
 * Three hosts (network namespaces), each with a member of etcd and a candidate; lease 500 ms. Where etcd's own leader is on that host,
 * etcd must elect a new one first. Also shows how long before that the old command had ended.
 */
const rounds = Number(process.argv[2] ?? 100);
const LEASE = '500ms';
const network = makeNetwork(3);
const { hosts } = network;
const directory = mkdtempSync(join(tmpdir(), 'election-host-cut-'));
const servers: ChildProcess[] = hosts.map(startMember);
const candidates: Candidate[] = [];
const measured: number[] = [];
const measuredWithStore: number[] = [];
const gaps: number[] = [];
try {
  await sleep(2000);
  candidates.push(...hosts.map(startOn));
  for (let round = 0; round < rounds; round += 1) {
    const leader = await until('a settled site', settledLeader);
    const host = hosts[candidates.indexOf(leader)];
    const others = candidates.filter((each) => each !== leader);
    const before = new Map(others.map((each) => [each, each.starts.length]));
    const withStore = host !== undefined && leadsEtcd(host);
    // At any moment of the renewal's rhythm.
    await sleep(Math.random() * 250);
    const cutMs = performance.now();
    host?.cut();
    const next = await until('the next leader', () =>
      others.find((each) => each.starts.length > (before.get(each) ?? 0)),
    );
    const startedMs = next.starts.at(-1)?.atMs ?? Number.NaN;
    measured.push(startedMs - cutMs);
    if (withStore) measuredWithStore.push(startedMs - cutMs);
    await until(
      'the old leader to have stopped',
      () => leader.losses.length > 0 && leader.losses.length === leader.starts.length,
    );
    gaps.push(startedMs - (leader.losses.at(-1) ?? Number.NaN));
    host?.mend();
    await sleep(700);
  }
} finally {
  for (const each of candidates) await each.stop();
  for (const each of servers) each.kill('SIGKILL');
  await sleep(200);
  network.remove();
  rmSync(directory, { recursive: true, force: true });
}
console.log(`host cut off to next command running, 3 etcd members, lease ${LEASE}: ${summary(measured)}`);
console.log(`of these with etcd's own leader on that host: ${summary(measuredWithStore)}`);
console.log(
  `old command had ended before the next one ran by: min ${percentile(gaps, 0).toFixed(0)} ms, p50 ${percentile(gaps, 50).toFixed(0)} ms`,
);
if (gaps.some((each) => !(each > 0)))
  throw new Error(`two commands ran at once: ${gaps.filter((each) => !(each > 0))}`);

function settledLeader(): Candidate | undefined {
  const leaders = candidates.filter((each) => each.starts.length > each.losses.length);
  const [leader] = leaders;
  if (leaders.length !== 1 || leader === undefined) return undefined;
  return candidates.every((each) => each === leader || each.follows()) ? leader : undefined;
}

function leadsEtcd(host: Host): boolean {
  const [command = '', ...rest] = [
    ...host.prefix,
    'curl',
    '-s',
    '-d',
    '{}',
    'http://127.0.0.1:2379/v3/maintenance/status',
  ];
  const status = JSON.parse(execFileSync(command, rest, { encoding: 'utf8' }));
  return status.leader === status.header.member_id;
}

function startMember(host: Host): ChildProcess {
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
    // etcd's own failover must be faster than the lease, or it is what one waits for. Its default is 1000 ms.
    '--heartbeat-interval=20',
    '--election-timeout=200',
    // Or a member that comes back forces an election; etcd 3.5 does so by itself.
    '--pre-vote',
    '--log-level=error',
  ];
  const [command = '', ...rest] = [...host.prefix, program, ...args];
  return spawn(command, rest, { stdio: 'ignore', env: { ...process.env, LD_LIBRARY_PATH: libraries } });
}

function startOn(host: Host): Candidate {
  const endpoints = [host, ...hosts.filter((each) => each !== host)].map(({ address }) => `${address}:2379`);
  const args = ['--store', `etcd://${endpoints.join(',')}`, '--key', 'press', '--name', host.name, '--lease', LEASE];
  return startCandidate(args, host.prefix);
}
