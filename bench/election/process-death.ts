import { setTimeout as sleep } from 'node:timers/promises';
import { startEtcd } from '../../packages/election/src/conformance/servers.ts';
import { allLive, type Candidate, startCandidate, until } from './candidate.ts';
import type { Contender } from './contender.ts';

/**
 * How long until another candidate's work begins after the leader was killed, milliseconds, one number a round. Three candidates,
 * one etcd that writes to this machine's disk.
 *
 * @param victim `work`: what does the work; `candidate`: the process that holds the lease, which for a library is the same
 */
export async function processDeath(
  contender: Contender,
  victim: 'work' | 'candidate',
  rounds: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const server = await startEtcd();
  let names = 0;
  const start = () => {
    names += 1;
    return startCandidate(contender.command([`127.0.0.1:${server.port}`], 'press', `node-${names}`));
  };
  let candidates: Candidate[] = [start(), start(), start()];
  const measured: number[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      const leader = await until('a leader', signal, () => allLive(candidates) && leaderOf(candidates));
      const others = candidates.filter((each) => each !== leader);
      await until('the others to follow', signal, () => others.every((each) => each.follows()));
      // At any moment of the renewal's rhythm.
      await sleep(Math.random() * Math.min(contender.leaseMs / 4, 2000), undefined, { signal });
      const pid = victim === 'work' ? leader.starts[0]?.pid : leader.process.pid;
      const killedMs = performance.now();
      process.kill(pid ?? 0, 'SIGKILL');
      const next = await until('the next leader', signal, () => allLive(others) && leaderOf(others));
      measured.push((next.starts[0]?.atMs ?? Number.NaN) - killedMs);
      await leader.stop();
      // As a service manager does: what has ended is the new standby.
      candidates = [...others, start()];
    }
  } finally {
    for (const each of candidates) await each.stop();
    await server.stop();
  }
  return measured;
}

function leaderOf(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.find((each) => each.starts.length > 0);
}
