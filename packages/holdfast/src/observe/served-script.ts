import { shellQuote } from '../core/index.ts';
import type { Site } from '../site/index.ts';
import { probeCommand } from '../workloads/index.ts';

/** How long a whole switchover may take: every workload's stop and start, and a minute for state and address. */
export function switchoverLimitMs(site: Site): number {
  return site.workloads.reduce((sum, each) => sum + each.stopTimeoutMs + each.startTimeoutMs, 60_000);
}

/**
 * A shell function `await_served` for the machine that shall serve: ends with 0 as soon as the address is there, every unit is
 * active and every probe is good, and with 1 when that took longer than the limit. Looks every 50 ms, at nothing but this machine.
 */
export function awaitServed(site: Site): string {
  const questions = [
    `ip -o address show to ${site.address.ip} | grep -q .`,
    ...site.workloads.map(({ unit }) => `systemctl is-active --quiet -- ${shellQuote(unit)}`),
    ...site.workloads.flatMap(({ probe }) =>
      probe === undefined ? [] : [`sh -c ${shellQuote(probeCommand(probe))} >/dev/null 2>&1`],
    ),
  ];
  return `await_served() {
	limit=$(($(date +%s) + ${Math.ceil(switchoverLimitMs(site) / 1000)}))
	until ${questions.join(' &&\n\t\t')}; do
		[ "$(date +%s)" -lt "$limit" ] || return 1
		sleep 0.05
	done
}`;
}
