import type { Site, Workload } from '../site/index.ts';

/**
 * The workload that the drill's client writes to, and that a fault of a process is done to: the one whose own health probe
 * asks the same port; without such a probe the last one, which all others are there for.
 */
export function targetWorkload(site: Site): Workload {
  const port = String(site.drill.target?.port ?? '');
  const asked = site.workloads.find(({ probe }) => {
    if (probe?.kind === 'tcp') return String(probe.port) === port;
    return probe?.kind === 'http' && portOf(probe.url) === port;
  });
  return asked ?? site.workloads.at(-1) ?? site.workloads[0];
}

function portOf(url: string): string {
  const { port, protocol } = new URL(url);
  return port === '' ? ({ 'http:': '80', 'https:': '443' }[protocol] ?? '') : port;
}
