import type { Host } from '../../hosts/index.ts';
import { memberWitnessSite } from '../../patterns/active-passive/sites.fixture.ts';
import type { FaultContext } from './fault.ts';

/** What a machine does to a fault. */
export interface Behaviour {
  readonly site?: FaultContext['site'];
  readonly answer?: (script: string) => string;
  readonly exitCode?: number;
  /** Every script that it was given. */
  readonly scripts?: string[];
  /** The orders that a test looks for, in their order. */
  readonly done?: string[];
  readonly moves?: boolean;
}

/** The context of a fault on alpha, of which nothing is real. */
export function contextWith({
  site = memberWitnessSite,
  answer = () => '',
  exitCode = 0,
  scripts = [],
  done = [],
  moves = true,
}: Behaviour): FaultContext {
  const host = (name: string): Host => ({
    name,
    async run(script) {
      scripts.push(script);
      if (script.includes('--no-block reboot')) done.push(script.replace('set -eu\n', ''));
      return { exitCode, stdout: answer(script), stderr: '' };
    },
    async *lines() {},
    async close() {},
  });
  const member = (name: string, links: readonly string[]) => ({
    name,
    links,
    host: host(name),
    offset: { aheadMs: 0, uncertaintyMs: 0 },
  });
  const [victim, other] = site.nodes.map(({ name, links }) => member(name, links));
  if (victim === undefined || other === undefined) throw new Error('a site has two nodes');
  const never = () => Promise.reject(new Error('not here'));
  return {
    clock: { now: () => 0, monotonic: () => 0, sleep: never },
    site,
    roles: { active: victim.name, passive: other.name },
    victim,
    members: [victim, other],
    unit: 'ledger.service',
    workloadResource: 'workload-ledger',
    power: { cut: never, restore: never, armRestore: async () => {}, disarmRestore: never },
    async move() {
      if (!moves) throw new Error('nobody to move to');
      done.push('move');
      return { atMs: 0 };
    },
    untilIdle: never,
    keepJournal: async () => {
      done.push('keep');
    },
    deadManMs: 90_000,
  };
}
