import { startServer } from '../../packages/election/src/conformance/servers.ts';
import { type Candidate, startCandidate, until } from './candidate.ts';
import { summary } from './percentiles.ts';

/**
 * How long until another node's command runs, after the leader's was killed: node bench/election/process-death.ts [rounds]
 * Three candidates, one etcd that writes to this machine's disk. The lease, 5 s, is far longer: no timeout is waited for.
 */
const rounds = Number(process.argv[2] ?? 100);
const server = await startServer('etcd', (port, directory, peerPort) => [
  `--data-dir=${directory}/data`,
  `--listen-client-urls=http://127.0.0.1:${port}`,
  `--advertise-client-urls=http://127.0.0.1:${port}`,
  `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
  `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
  '--log-level=error',
]);
let names = 0;
const start = () => {
  names += 1;
  return startCandidate([
    '--store',
    `etcd://127.0.0.1:${server.port}`,
    '--key',
    'press',
    '--name',
    `node-${names}`,
    '--lease',
    '5s',
  ]);
};
let candidates: Candidate[] = [start(), start(), start()];
const measured: number[] = [];
try {
  for (let round = 0; round < rounds; round += 1) {
    const leader = await until('a leader', () => candidates.find((each) => each.starts.length > 0));
    const others = candidates.filter((each) => each !== leader);
    await until('the others to follow', () => others.every((each) => each.follows()));
    const killedMs = performance.now();
    process.kill(leader.starts[0]?.pid ?? 0, 'SIGKILL');
    const next = await until('the next leader', () => others.find((each) => each.starts.length > 0));
    measured.push((next.starts[0]?.atMs ?? Number.NaN) - killedMs);
    await leader.stop();
    // As a service manager does: what has ended is the new standby.
    candidates = [...others, start()];
  }
} finally {
  for (const each of candidates) await each.stop();
  await server.stop();
}
console.log(`command killed to next command running, etcd, lease 5 s: ${summary(measured)}`);
