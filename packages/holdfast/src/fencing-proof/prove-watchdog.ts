import { watchdogId } from '../fencing/index.ts';
import { watchdogOf } from '../patterns/index.ts';
import { awaitBack, awaitGone, bootIdOf, secondsSince } from './node-away.ts';
import type { Bench } from './prove-power.ts';
import type { PowerProof } from './types.ts';

/** SBD tells the seconds only. */
const graceMs = 3_000;

/**
 * Stops SBD's main process, which feeds the watchdog, and sees the machine reset itself. Nothing else can have done it: the rest
 * of the machine works, so that the cluster sees no reason to fence. A timer on the node lets SBD go on should nothing happen.
 */
export async function proveWatchdog(bench: Bench, level: number): Promise<PowerProof> {
  const { site, node, hosts, clock, signal } = bench;
  const timeoutMs = watchdogOf(site, node)?.timeoutMs ?? 0;
  const about = { node: node.name, level, devices: [watchdogId], offSeconds: null };
  const bootId = await bootIdOf(bench);
  const orderedMs = clock.monotonic();
  const { exitCode, stderr } = await hosts
    .get(node.name)
    .run(starveScript(Math.ceil((timeoutMs + 2 * graceMs) / 1000)), { timeoutMs: 20_000, signal });
  const fails = (said: string) =>
    ({
      ...about,
      goneSeconds: null,
      backSeconds: null,
      outcome: 'fails',
      said,
      code: 'HF-FENCING-WATCHDOG',
    }) satisfies PowerProof;
  if (exitCode !== 0) return fails(stderr.trim() || 'sbd could not be stopped');
  if (!(await awaitGone(bench, timeoutMs + graceMs))) {
    return fails(`${node.name} was not reset within ${(timeoutMs + graceMs) / 1000} s`);
  }
  const goneSeconds = secondsSince(clock, orderedMs);
  const backMs = clock.monotonic();
  const isBack = await awaitBack(bench, bootId);
  if (!isBack) return { ...fails(`${node.name} was reset, but is not in the cluster again`), goneSeconds };
  const backSeconds = secondsSince(clock, backMs);
  return {
    ...about,
    goneSeconds,
    backSeconds,
    outcome: 'works',
    said: `reset after ${goneSeconds} s, back in ${backSeconds} s`,
  };
}

function starveScript(wakeSeconds: number): string {
  return `set -eu
systemctl is-active --quiet sbd.service || { echo 'sbd.service does not run' >&2; exit 1; }
pid=$(systemctl show --property=MainPID --value sbd.service)
[ "$pid" -gt 1 ] || { echo 'sbd has no main process' >&2; exit 1; }
systemctl stop holdfast-watchdog-test.timer 2>/dev/null || :
systemd-run --quiet --collect --unit=holdfast-watchdog-test --on-active=${wakeSeconds}s kill -CONT "$pid"
kill -STOP "$pid"`;
}
