import type { Clock } from '../core/index.ts';
import { shellQuote } from '../core/index.ts';
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

/** A machine with much memory takes minutes before it boots at all. */
const bootLimitMs = 480_000;

/** Waits until the node is a whole member of the cluster again, as the helper sees it; false when it does not come. */
export async function awaitBack({ node, helper, signal }: Bench): Promise<boolean> {
  const name = node.name.replaceAll('.', '\\.');
  const script = `until_ms=$(($(date +%s%3N) + ${bootLimitMs}))
while :; do
  crm_mon --one-shot --output-as=xml 2>/dev/null | grep '<node name="${name}" ' | grep 'online="true"' | grep -q 'pending="false"' && exit 0
  [ "$(date +%s%3N)" -lt "$until_ms" ] || exit 1
  sleep 1
done`;
  const { exitCode } = await helper.run(script, { timeoutMs: bootLimitMs + 30_000, signal });
  return exitCode === 0;
}

/** In seconds with two decimals; `sinceMs` of the clock that never steps. */
export function secondsSince(clock: Clock, sinceMs: number): number {
  return Math.round((clock.monotonic() - sinceMs) / 10) / 100;
}
