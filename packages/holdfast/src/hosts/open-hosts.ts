import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../core/index.ts';
import type { Machine, Site } from '../site/index.ts';
import { controlDirectory } from './control-directory.ts';
import type { Host } from './host.ts';
import { sshHost } from './ssh-host.ts';

/** The part of a site that says how its machines are reached. */
export type SiteMachines = Pick<Site, 'nodes' | 'witness' | 'ssh'>;

/** All machines of a site. */
export interface Hosts {
  /** The nodes in the order of the site file, then the witness. */
  readonly all: readonly Host[];
  /** Throws for a name that the site does not have. */
  get(name: string): Host;
  /** Ends every connection. Call it always, also when interrupted; harmless twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The machines of a site over SSH. Connects to none yet: the first command to a machine does. */
export function openHosts(site: SiteMachines): Hosts {
  return openMachines([...site.nodes, ...(site.witness === undefined ? [] : [site.witness])], site.ssh);
}

/** The same for machines of no site of ours. */
export function openMachines(machines: readonly Machine[], ssh: Site['ssh']): Hosts {
  const directory = controlDirectory();
  const all = machines.map((machine) =>
    sshHost({ machine, configFile: ssh.configFile, directory, nonce: `hf-${randomBytes(8).toString('hex')}` }),
  );
  const close = async () => {
    await Promise.all(all.map((host) => host.close()));
  };
  return {
    all,
    get(name) {
      const host = all.find((each) => each.name === name);
      if (host !== undefined) return host;
      throw new HoldfastError({
        code: 'HF-HOST-NOT-OF-SITE',
        message: `The site has no machine named "${name}".`,
        remedy: `Use one of ${all.map((each) => each.name).join(', ')}.`,
        source: 'user',
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
