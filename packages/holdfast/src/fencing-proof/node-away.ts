import { type Clock, HoldfastError, shellQuote } from '../core/index.ts';
import type { Bench } from './prove-power.ts';

/** Waits until no address of the node answers the helper any more; false when the time is over and one still does. */
export async function awaitGone({ node, helper, signal }: Bench, limitMs: number): Promise<boolean> {
  const pings = node.links.map((address) => `ping -n -q -c 1 -W 0.5 ${shellQuote(address)} >/dev/null 2>&1`);
  const script = `until_ms=$(($(date +%s%3N) + ${limitMs}))
while ${pings.join(' || ')}; do
  [ "$(date +%s%3N)" -lt "$until_ms" ] || exit 1
  sleep 0.2
done`;
  const { exitCode } = await helper.run(script, { timeoutMs: limitMs + 20_000, signal });
  return exitCode === 0;
}

/**
 * The boot that the node is in. What ends as another one has been off, or was reset. Throws HF-FENCING-TEST-UNSAFE where the node
 * does not tell: no later boot would be known from this one.
 */
export async function bootIdOf({ node, hosts, signal }: Bench): Promise<string> {
  const { stdout, stderr } = await hosts.get(node.name).run(readBootId, { timeoutMs: 20_000, signal });
  const bootId = stdout.trim();
  if (bootIdPattern.test(bootId)) return bootId;
  throw new HoldfastError({
    code: 'HF-FENCING-TEST-UNSAFE',
    message: `${node.name} does not tell which boot it is in: ${stderr.trim().split('\n').at(-1) || `it answered "${bootId}"`}.`,
    remedy: `Run \`${readBootId}\` on ${node.name}. Nothing was switched.`,
    source: 'site',
  });
}

/** Source: random(4), /proc/sys/kernel/random/boot_id. */
const bootIdPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Waits until the node has booted again and is a whole member of the cluster, as it says itself: for the others it may still be
 * one that never left. False when it does not come.
 */
export async function awaitBack(bench: Bench, formerBootId: string): Promise<boolean> {
  const { node, hosts, clock, signal } = bench;
  const name = node.name.replaceAll('.', '\\.');
  const script = `boot=$(${readBootId}) && [ -n "$boot" ] && [ "$boot" != ${shellQuote(formerBootId)} ] || exit 1
crm_mon --one-shot --output-as=xml 2>/dev/null | grep '<node name="${name}" ' | grep 'online="true"' | grep -q 'pending="false"'`;
  const deadlineMs = clock.monotonic() + bootLimitMs;
  while (clock.monotonic() < deadlineMs) {
    // It is off, or boots, or has not begun to answer.
    const answer = await hosts
      .get(node.name)
      .run(script, { timeoutMs: 20_000, signal })
      .catch(() => undefined);
    signal.throwIfAborted();
    if (answer?.exitCode === 0) return true;
    await clock.sleep(pollEveryMs, signal);
  }
  return false;
}

const readBootId = 'cat /proc/sys/kernel/random/boot_id';
const pollEveryMs = 1_000;
/** A machine with much memory takes minutes before it boots at all. */
const bootLimitMs = 480_000;

/** In seconds with two decimals; `sinceMs` of the clock that never steps. */
export function secondsSince(clock: Clock, sinceMs: number): number {
  return Math.round((clock.monotonic() - sinceMs) / 10) / 100;
}
