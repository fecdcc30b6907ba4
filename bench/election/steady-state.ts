import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, startServer } from '../../packages/election/src/conformance/servers.ts';
import { startCandidate, until } from './candidate.ts';

/** What a leader and a standby cost while nothing happens: node bench/election/steady-state.ts [seconds] */
const seconds = Number(process.argv[2] ?? 20);
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const server = await startServer('etcd', (port, directory, peerPort) => [
  `--data-dir=${directory}/data`,
  `--listen-client-urls=http://127.0.0.1:${port}`,
  `--advertise-client-urls=http://127.0.0.1:${port}`,
  `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
  `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
  '--log-level=error',
]);
try {
  for (const lease of ['500ms', '2s', '10s']) {
    const ports = [await freePort(), await freePort()];
    const start = (port: number | undefined, index: number) =>
      startCandidate([
        ...['--store', `etcd://127.0.0.1:${server.port}`, '--key', `press-${lease}`, '--name', `node-${index}`],
        ...['--lease', lease, '--status', String(port)],
      ]);
    const candidates = ports.map(start);
    const leader = await until('a leader', () => candidates.find((each) => each.starts.length > 0));
    await until('a standby', () => candidates.find((each) => each.follows()));
    await sleep(1000);
    const before = await Promise.all(candidates.map((each, index) => costOf(each.process.pid, ports[index])));
    await sleep(seconds * 1000);
    const after = await Promise.all(candidates.map((each, index) => costOf(each.process.pid, ports[index])));
    for (const [index, each] of candidates.entries()) {
      const [old, now] = [before[index], after[index]];
      if (old === undefined || now === undefined) continue;
      const requests = (now.requests - old.requests) / seconds;
      const cpu = ((now.ticks - old.ticks) / ticksPerSecond / seconds) * 100;
      console.log(
        `lease ${lease}, ${each === leader ? 'leader ' : 'standby'}: ${requests.toFixed(2)} requests/s, ` +
          `${cpu.toFixed(2)} % of one core, ${(now.residentBytes / 2 ** 20).toFixed(0)} MiB resident`,
      );
    }
    for (const each of candidates) await each.stop();
  }
} finally {
  await server.stop();
}

async function costOf(pid: number | undefined, port: number | undefined) {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const counts = [...metrics.matchAll(/^holdfast_election_store_requests_total\{.*\} (\d+)$/gm)];
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return {
    requests: counts.reduce((sum, [, value]) => sum + Number(value), 0),
    // utime and stime, fields 14 and 15 of proc(5); rss, field 24, in pages.
    ticks: Number(stat[11]) + Number(stat[12]),
    residentBytes: Number(stat[21]) * 4096,
  };
}
