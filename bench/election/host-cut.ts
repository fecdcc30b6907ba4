import { setTimeout as sleep } from 'node:timers/promises';
import { allLive, type Candidate, startCandidate, until } from './candidate.ts';
import type { Contender } from './contender.ts';
import type { Members } from './members.ts';
import type { Host } from './network.ts';

/** One round: the leader's host was cut off. Milliseconds. */
export interface Cut {
  /** From the cut to the next leader's work beginning. */
  readonly takeoverMs: number;
  /** From the end of the old leader's work to the beginning of the next one's; below 0 both worked at once. */
  readonly gapMs: number;
  /** etcd's own leader was on that host, so that etcd had to elect a new one first. */
  readonly withStore: boolean;
}

/** Cuts off the leader's host, again and again. Each host has a member of etcd and a candidate. */
export async function hostCut(
  contender: Contender,
  hosts: readonly Host[],
  members: Members,
  rounds: number,
  signal: AbortSignal,
): Promise<readonly Cut[]> {
  const start = (host: Host) => {
    const endpoints = [host, ...hosts.filter((each) => each !== host)].map(({ address }) => `${address}:2379`);
    const key = `press ${contender.name} ${contender.settings}`.replaceAll(/\W+/g, '-');
    return startCandidate(contender.command(endpoints, key, host.name), host.prefix);
  };
  const candidates: Candidate[] = hosts.map(start);
  const cuts: Cut[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, host] of hosts.entries()) {
        // As a service manager does: some end when they lose.
        if (candidates[index]?.process.exitCode !== null) candidates[index] = start(host);
      }
      const leader = await until('a settled site', signal, () => allLive(candidates) && settledLeader(candidates));
      const host = hosts[candidates.indexOf(leader)];
      if (host === undefined) throw new Error('the leader is nowhere');
      const others = candidates.filter((each) => each !== leader);
      const before = new Map(others.map((each) => [each, each.starts.length]));
      const withStore = members.leadsOn(host);
      // At any moment of the renewal's rhythm.
      await sleep(Math.random() * Math.min(contender.leaseMs / 2, 2000), undefined, { signal });
      const cutMs = performance.now();
      host.cut();
      try {
        const next = await until('the next leader', signal, () =>
          others.find((each) => each.starts.length > (before.get(each) ?? 0)),
        );
        const startedMs = next.starts.at(-1)?.atMs ?? Number.NaN;
        await until('the old leader to have stopped', signal, () => leader.losses.length === leader.starts.length);
        cuts.push({
          takeoverMs: startedMs - cutMs,
          gapMs: startedMs - (leader.losses.at(-1) ?? Number.NaN),
          withStore,
        });
      } finally {
        host.mend();
      }
      await sleep(700);
    }
  } finally {
    for (const each of candidates) await each.stop();
  }
  return cuts;
}

function settledLeader(candidates: readonly Candidate[]): Candidate | undefined {
  const leaders = candidates.filter((each) => each.starts.length > each.losses.length);
  const [leader] = leaders;
  if (leaders.length !== 1 || leader === undefined) return undefined;
  return candidates.every((each) => each === leader || each.follows()) ? leader : undefined;
}
