import { HoldfastError } from '../core/index.ts';
import type { Host, Hosts } from '../hosts/index.ts';
import type { Site } from '../site/index.ts';
import { devicesAskedFrom, notAsked, readStatus, statusScript } from './status-script.ts';
import type { StatusProof } from './types.ts';

/**
 * Asks the devices of `nodes` what they see, from every member that may have to fence by them. Switches nothing.
 * In the order of the site file. A machine that cannot be reached is an outcome, not an error.
 */
export async function proveStatus(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<readonly StatusProof[]> {
  const answers = await whoAnswers(site, hosts, nodes, signal);
  const members = [...site.nodes, ...(site.witness?.kind === 'member' ? [site.witness] : [])];
  const proofs = await Promise.all(
    members.map(async ({ name }) => {
      const devices = devicesAskedFrom(site, name, nodes);
      if (devices.length === 0) return [];
      const why = await unlessReached(async () => {
        const limitMs = devices.reduce(
          (sum, { device }) => sum + (device === 'watchdog' ? 5_000 : device.timeoutMs),
          0,
        );
        const { stdout } = await hosts
          .get(name)
          .run(statusScript(site, devices), { timeoutMs: limitMs + 20_000, signal });
        return readStatus(name, devices, stdout, answers);
      });
      if (typeof why !== 'string') return why;
      return devices.map(({ id, node, level }) => ({ device: id, node, level, askedFrom: name, ...notAsked(why) }));
    }),
  );
  const order = site.nodes.map(({ name }) => name);
  return proofs.flat().toSorted((a, b) => order.indexOf(a.node) - order.indexOf(b.node) || a.level - b.level);
}

/** The nodes that can be reached themselves. */
async function whoAnswers(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const reached = await Promise.all(
    site.nodes
      .filter(({ name }) => nodes.includes(name))
      .map(async ({ name }) => ((await answers(hosts.get(name), signal)) ? [name] : [])),
  );
  return new Set(reached.flat());
}

/** Whether the machine answers over SSH. */
export async function answers(host: Host, signal: AbortSignal): Promise<boolean> {
  const result = await unlessReached(() => host.run(':', { timeoutMs: 10_000, signal }));
  return typeof result !== 'string';
}

/** The result, or why the machine cannot be reached. */
async function unlessReached<Result extends object>(ask: () => Promise<Result>): Promise<Result | string> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof HoldfastError && error.code !== 'HF-CLI-INTERRUPTED') return error.message;
    throw error;
  }
}
