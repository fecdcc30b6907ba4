import { type Clock, HoldfastError } from '../core/index.ts';
import { type FenceScript, fenceScript } from '../fencing/index.ts';
import type { Host, Hosts } from '../hosts/index.ts';
import type { Site, SiteNode } from '../site/index.ts';
import type { Power } from './faults/index.ts';
import { armOnNode, healOnNode } from './faults/on-node.ts';

/**
 * The power of real machines, through the fence agents of the node run on another member, which read the password from the
 * root-only file that the cluster itself uses.
 */
export function powerByFencing(site: Site, hosts: Hosts, clock: Clock): Power {
  const call = async (node: string, action: 'off' | 'on') => {
    const { script, timeoutMs } = switching(site, node, action);
    const host = helperOf(site, hosts, node);
    const { exitCode, stderr } = await host.run(script, { timeoutMs });
    if (exitCode !== 0) throw refused(node, action, host.name, stderr);
  };
  return {
    async cut(node) {
      const atMs = clock.now();
      await call(node, 'off');
      return { atMs, offAtMs: clock.now() };
    },
    /** What nothing can switch no drill has switched off. */
    async restore(node) {
      if (scriptOf(site, node, 'on') !== undefined) await call(node, 'on');
    },
    armRestore(node, afterMs) {
      const { script } = switching(site, node, 'on');
      return armOnNode(helperOf(site, hosts, node), `power-${node}`, afterMs, script);
    },
    disarmRestore: (node) => healOnNode(helperOf(site, hosts, node), `power-${node}`, ':'),
  };
}

function switching(site: Site, name: string, action: 'off' | 'on'): FenceScript {
  const script = scriptOf(site, name, action);
  if (script === undefined) throw noDevice(name);
  return script;
}

function scriptOf(site: Site, name: string, action: 'off' | 'on'): FenceScript | undefined {
  const { fencing } = nodeOf(site, name);
  return fencing === undefined ? undefined : fenceScript(fencing, action);
}

/** The witness where it is a member, else the other node: whoever survives. */
function helperOf(site: Site, hosts: Hosts, name: string): Host {
  if (site.witness?.kind === 'member') return hosts.get(site.witness.name);
  const other = site.nodes.find((node) => node.name !== name);
  return hosts.get(other?.name ?? name);
}

function nodeOf(site: Site, name: string): SiteNode {
  const found = site.nodes.find((node) => node.name === name);
  if (found === undefined) throw noDevice(name);
  return found;
}

function noDevice(name: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-FAULT',
    message: `The power of ${name} cannot be cut: the site file gives it no device that switches it.`,
    remedy: `Give ${name} a fencing device, or leave the fault power-cut out.`,
    source: 'user',
  });
}

function refused(node: string, action: string, by: string, printed: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-FAULT',
    message: `The fencing device of ${node} did not do "${action}" when ${by} asked: ${printed.trim().split('\n').at(-1) ?? ''}.`,
    remedy: `Look whether ${node} has power, and try the device by hand.`,
    source: 'site',
  });
}
