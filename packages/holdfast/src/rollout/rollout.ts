import { type Clock, HoldfastError, type ProgressEvent } from '../core/index.ts';
import { drbdKernelOf } from '../engines/drbd/index.ts';
import { openHosts } from '../hosts/index.ts';
import { type Blueprint, compile, type Dialects } from '../patterns/index.ts';
import { checkSecrets } from '../secrets/index.ts';
import type { Site } from '../site/index.ts';
import { loadAgentTexts } from '../workloads/index.ts';
import { apply } from './apply.ts';
import type { FormatPermission } from './device-content.ts';
import type { Facts } from './facts.ts';
import { gatherFacts } from './gather-facts.ts';
import { type Plan, plan } from './plan.ts';
import { planRemoval } from './removal.ts';
import { digestSecrets, type Secrets, secretValues } from './secret-digests.ts';
import { type WhatIf, whatIf } from './what-if.ts';

/** Plans and changes of one site, over one set of connections. */
export interface Rollout {
  /** Asks all machines and plans. */
  plan(): Promise<Plan>;
  /** What the cluster would do about each single fault under that plan. */
  whatIf(plan: Plan): Promise<WhatIf>;
  /** Does that plan, if it is still the right one. */
  apply(plan: Plan): AsyncGenerator<ProgressEvent, void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface RolloutOptions {
  readonly site: Site;
  readonly clock: Clock;
  /** Who works, from where: shown to another operator who finds the site locked. */
  readonly operator: string;
  readonly signal?: AbortSignal;
}

/** For bringing the machines to what the site says. `fileSystemUuid`: random, for a file system that has to be made. */
export async function openRollout(
  options: RolloutOptions & {
    readonly secrets: Secrets;
    readonly fileSystemUuid: string;
    readonly mayFormat?: readonly FormatPermission[];
  },
): Promise<Rollout> {
  const { site, secrets, fileSystemUuid, mayFormat = [] } = options;
  const agents = await loadAgentTexts();
  const blueprintFor = (facts: Facts) => compile(site, agents, dialectsIn(facts));
  const wanted = blueprintFor(nothingKnown);
  const secretDigests = digestSecrets(wanted, secrets);
  const secretProblems = checkSecrets(site, secretValues(wanted, secrets));
  return rolloutOf(options, blueprintFor, secrets, (blueprint, facts) =>
    plan({ site, blueprint, facts, secretDigests, secretProblems, fileSystemUuid, mayFormat }),
  );
}

const nothingKnown: Facts = { hosts: [] };

function dialectsIn({ hosts }: Facts): Dialects {
  // Debian 12 has Pacemaker 2.1.5. Where members differ, the stricter threshold moves a workload early, never late, and a time that
  // is counted twice harms nobody.
  const isOlder = hosts.map(({ os }) => os.id === 'debian' && os.version === '12');
  const kernels = Object.fromEntries(
    hosts.flatMap(({ name, replica }) => {
      const kernel = drbdKernelOf(replica?.moduleVersion ?? '');
      return kernel === undefined ? [] : [[name, kernel]];
    }),
  );
  return {
    kernels,
    crashCounting: isOlder.every(Boolean) ? 'twice' : 'once',
    watchdogWait: hosts.length > 0 && !isOlder.some(Boolean) ? 'counted' : 'uncounted',
  };
}

/** For taking the cluster configuration off the machines. */
export async function openRemoval(options: RolloutOptions): Promise<Rollout> {
  const { site } = options;
  const blueprint = compile(site, await loadAgentTexts());
  return rolloutOf(
    options,
    () => blueprint,
    noSecrets,
    (_, facts) => planRemoval({ site, blueprint, facts }),
  );
}

function rolloutOf(
  { site, clock, operator, signal }: RolloutOptions,
  blueprintFor: (facts: Facts) => Blueprint,
  secrets: Secrets,
  planFor: (blueprint: Blueprint, facts: Facts) => Plan,
): Rollout {
  const hosts = openHosts(site);
  const interruption = signal === undefined ? {} : { signal };
  let facts: Facts | undefined;
  const planNow = async () => {
    facts = await gatherFacts({ site, blueprint: blueprintFor(nothingKnown), hosts, clock, ...interruption });
    return planFor(blueprintFor(facts), facts);
  };
  const close = () => hosts.close();
  return {
    plan: planNow,
    async whatIf(made) {
      if (facts === undefined) await planNow();
      const known = facts ?? nothingKnown;
      return whatIf({ site, plan: made, blueprint: blueprintFor(known), facts: known, hosts, ...interruption });
    },
    apply: (made) => apply({ plan: made, replan: planNow, hosts, secrets, clock, operator, ...interruption }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A removal writes no file. */
const noSecrets: Secrets = {
  get(name) {
    throw new HoldfastError({
      code: 'HF-SECRETS-MISSING',
      message: `The secret ${name} was asked for while removing.`,
      remedy: 'Please report this.',
      source: 'tool',
    });
  },
};
