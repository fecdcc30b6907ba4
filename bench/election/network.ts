import { execFileSync } from 'node:child_process';

export interface Host {
  readonly name: string;
  readonly address: string;
  /** Runs a command on this host. */
  readonly prefix: readonly string[];
  cut(): void;
  mend(): void;
}

export interface Network {
  readonly hosts: readonly Host[];
  remove(): void;
}

const BRIDGE = 'hf-elect';

/** Hosts as network namespaces on one bridge, which is in a namespace too. Needs root. */
export function makeNetwork(count: number): Network {
  remove(count);
  ip('netns', 'add', BRIDGE);
  ip('-n', BRIDGE, 'link', 'add', 'br0', 'type', 'bridge');
  ip('-n', BRIDGE, 'link', 'set', 'br0', 'up');
  const hosts = Array.from({ length: count }, (_, index): Host => {
    const name = hostName(index);
    const address = `10.78.1.${index + 11}`;
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `port${index}`, 'netns', BRIDGE);
    ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
    ip('-n', BRIDGE, 'link', 'set', `port${index}`, 'master', 'br0');
    ip('-n', BRIDGE, 'link', 'set', `port${index}`, 'up');
    // The switch's port goes dark; the host itself sees its link up, as behind a second switch.
    const port = (state: string) => ip('-n', BRIDGE, 'link', 'set', `port${index}`, state);
    return {
      name,
      address,
      prefix: ['ip', 'netns', 'exec', name],
      cut: () => port('nomaster'),
      mend: () => ip('-n', BRIDGE, 'link', 'set', `port${index}`, 'master', 'br0'),
    };
  });
  return { hosts, remove: () => remove(count) };
}

function remove(count: number): void {
  for (const name of [BRIDGE, ...Array.from({ length: count }, (_, index) => hostName(index))]) {
    try {
      ip('netns', 'delete', name);
    } catch {
      // It was not there.
    }
  }
}

function hostName(index: number): string {
  return `${BRIDGE}-${index}`;
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
