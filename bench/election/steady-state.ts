import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEtcd } from '../../packages/election/src/conformance/servers.ts';
import { type Candidate, startCandidate, until } from './candidate.ts';
import type { Contender } from './contender.ts';

/** What one candidate costs while nothing happens. */
export interface Cost {
  /** Requests that etcd received, a message in a stream among them. */
  readonly requestsPerSecond: number;
  /** Of one core, percent. */
  readonly cpuPercent: number;
  readonly residentMiB: number;
}

/** The leader alone, then a standby beside it; etcd's count of what it received is the same measure for every kind of client. */
export async function steadyState(
  contender: Contender,
  seconds: number,
  signal: AbortSignal,
): Promise<{ readonly leader: Cost; readonly standby: Cost }> {
  const server = await startEtcd();
  const start = (name: string) => startCandidate(contender.command([`127.0.0.1:${server.port}`], 'press', name));
  const candidates: Candidate[] = [];
  try {
    const leader = start('one');
    candidates.push(leader);
    await until('a leader', signal, () => leader.starts.length > 0);
    const alone = await costs([leader], server.port, seconds, signal);
    const standby = start('two');
    candidates.push(standby);
    await until('a standby', signal, () => standby.follows());
    const both = await costs([leader, standby], server.port, seconds, signal);
    const [ofLeader = nothing, ofStandby = nothing] = both.processes;
    return {
      leader: { requestsPerSecond: alone.requestsPerSecond, ...ofLeader },
      standby: { requestsPerSecond: both.requestsPerSecond - alone.requestsPerSecond, ...ofStandby },
    };
  } finally {
    for (const each of candidates) await each.stop();
    await server.stop();
  }
}

const nothing = { cpuPercent: Number.NaN, residentMiB: Number.NaN };

async function costs(candidates: readonly Candidate[], port: number, seconds: number, signal: AbortSignal) {
  // What starting costs is over then.
  await sleep(2000, undefined, { signal });
  const before = { received: await receivedBy(port), ticks: candidates.map(ticksOf) };
  await sleep(seconds * 1000, undefined, { signal });
  const received = await receivedBy(port);
  return {
    requestsPerSecond: (received - before.received) / seconds,
    processes: candidates.map((each, index) => ({
      cpuPercent: ((ticksOf(each) - (before.ticks[index] ?? 0)) / TICKS_PER_SECOND / seconds) * 100,
      residentMiB: (statOf(each, 24) * 4096) / 2 ** 20,
    })),
  };
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

async function receivedBy(port: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const counts = [...metrics.matchAll(/^grpc_server_msg_received_total\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, value]) => sum + Number(value), 0);
}

function ticksOf(candidate: Candidate): number {
  // User and system time.
  return statOf(candidate, 14) + statOf(candidate, 15);
}

/** A field of proc(5)'s stat, counted from 1 as there. */
function statOf(candidate: Candidate, field: number): number {
  const stat = readFileSync(`/proc/${candidate.process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(stat[field - 3]);
}
