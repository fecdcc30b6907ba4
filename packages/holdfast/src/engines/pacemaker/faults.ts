import type { Cib } from './cib.ts';
import { type CrashCounting, crashesUntil } from './crash-count.ts';
import { checkFailure, primitive, type Scenario, type SimulatedEvent } from './scenarios.ts';

/** What can fail, and who votes. */
export interface Parts {
  /** Corosync members, by name. */
  readonly members: readonly string[];
  /** Two members without a third vote: each alone has quorum (votequorum(5), two_node). */
  readonly twoNode: boolean;
  /** The host whose corosync-qnetd votes. */
  readonly quorumDevice?: string;
  readonly crashCounting: CrashCounting;
  /** Ids of primitives in the CIB. */
  readonly workloads: readonly string[];
  /** Ids of the fencing resources that stand for a device outside the nodes. */
  readonly devices: readonly string[];
}

/** One or two faults, the second when the cluster has come to rest after the first. */
export interface FaultScenario extends Scenario {
  /** Their titles, in the order in which they come. */
  readonly faults: readonly [string] | readonly [string, string];
}

/**
 * Every single fault, then every pair: each member and the quorum device lost, each workload crashing once and so often that it
 * moves, each fencing device dead.
 *
 * The order of two faults matters, as the cluster has answered the first one when the second comes, so both orders are played.
 * Two dead devices are the exception: neither fault moves what serves, and the CIB holds the same afterwards; they are played once.
 * Two faults of one part are no pair: a crash and more crashes are one fault, going on.
 *
 * Where there are so many workloads that the pairs would be more than five hundred, crashes that come once are left out of
 * them: such a crash is answered in its place and leaves the cluster as it was.
 */
export function allFaults(cib: Cib, parts: Parts): FaultScenario[] {
  const faults = faultsOf(cib, parts);
  const every = pairsOf(faults);
  const pairs = every.length > mostPairs ? pairsOf(faults.filter(({ isPassing }) => isPassing !== true)) : every;
  return [...faults, ...pairs].map((each) => scenario(cib, parts, 'part' in each ? [each] : each));
}

const mostPairs = 500;

function pairsOf(faults: readonly Fault[]): (readonly [Fault, Fault])[] {
  return faults.flatMap((first, index) =>
    faults.flatMap((second, place) =>
      first.part === second.part || (isDevice(first) && isDevice(second) && place < index)
        ? []
        : [[first, second] as const],
    ),
  );
}

interface Fault {
  readonly title: string;
  /** What fails; two faults of one part are never a pair. */
  readonly part: string;
  readonly events: readonly SimulatedEvent[];
  readonly lostVote?: string;
  readonly lostMember?: string;
  readonly deadDevice?: string;
  readonly crashes?: string;
  /** It leaves the cluster as it was. */
  readonly isPassing?: true;
}

function faultsOf(cib: Cib, { members, quorumDevice, crashCounting, workloads, devices }: Parts): Fault[] {
  return [
    ...members.map(
      (node): Fault => ({
        title: `${node} fails`,
        part: node,
        events: [{ kind: 'node-fails', node }],
        lostVote: node,
        lostMember: node,
      }),
    ),
    ...(quorumDevice === undefined
      ? []
      : [{ title: `${quorumDevice} fails`, part: quorumDevice, events: [], lostVote: quorumDevice }]),
    ...workloads.flatMap((resource) => crashesOf(cib, resource, crashCounting)),
    ...devices.map((device) => deviceFault(cib, device, members)),
  ];
}

function crashesOf(cib: Cib, resource: string, counting: CrashCounting): Fault[] {
  const threshold = Number(cib.resourceDefaults['migration-threshold'] ?? Number.NaN);
  const crash = checkFailure(cib, resource);
  const fault = { part: resource, crashes: resource };
  const once: Fault = { ...fault, title: `${resource} crashes`, events: [crash] };
  if (!Number.isInteger(threshold) || threshold < 2) return [once];
  const times = `${resource} crashes ${crashesUntil(threshold, counting)} times`;
  return [
    { ...once, isPassing: true },
    { ...fault, title: times, events: Array<SimulatedEvent>(threshold).fill(crash) },
  ];
}

/** Its check fails where it runs, and it can be started nowhere. */
function deviceFault(cib: Cib, device: string, members: readonly string[]): Fault {
  return {
    title: `${device} is dead`,
    part: device,
    deadDevice: device,
    events: [
      checkFailure(cib, device),
      ...members.map((node): SimulatedEvent => ({ kind: 'action-fails', resource: device, action: 'start', node })),
    ],
  };
}

function isDevice({ deadDevice }: Fault): boolean {
  return deadDevice !== undefined;
}

function scenario(cib: Cib, parts: Parts, faults: readonly [Fault] | readonly [Fault, Fault]): FaultScenario {
  const rounds = faults.map((fault, index) => round(cib, parts, fault, faults.slice(0, index)));
  const [first, second] = faults;
  return {
    title: second === undefined ? first.title : `${first.title}, then ${second.title}`,
    faults: second === undefined ? [first.title] : [first.title, second.title],
    rounds,
    ...whenItEnds(cib, parts, faults, rounds.flat()),
  };
}

function round(cib: Cib, parts: Parts, fault: Fault, earlier: readonly Fault[]): SimulatedEvent[] {
  const lost = [...earlier, fault].flatMap(({ lostVote }) => lostVote ?? []);
  const dead = earlier.flatMap(({ deadDevice }) => deadDevice ?? []);
  const hasQuorum = isQuorate(parts, lost);
  const { lostMember } = fault;
  return [
    ...fault.events,
    ...(hasQuorum ? [] : [{ kind: 'quorum-lost' } as const]),
    // Without quorum nobody is fenced at all.
    ...(hasQuorum && lostMember !== undefined && dead.length > 0 && !canFence(cib, lostMember, dead)
      ? [{ kind: 'fencing-fails', node: lostMember } as const]
      : []),
  ];
}

function isQuorate(parts: Parts, lost: readonly string[]): boolean {
  const all = voters(parts);
  const left = all.filter((voter) => !lost.includes(voter)).length;
  return parts.twoNode ? left > 0 : 2 * left > all.length;
}

function voters({ members, quorumDevice }: Parts): readonly string[] {
  return quorumDevice === undefined ? members : [...members, quorumDevice];
}

/** Whether a level of the node's fencing, or a device of it where it has no levels, has nothing dead in it. */
function canFence(cib: Cib, node: string, dead: readonly string[]): boolean {
  if (cib.properties['stonith-enabled'] === 'false') return true;
  const isAlive = (device: string) => !dead.includes(device);
  const levels = cib.fencingLevels.filter(({ target }) => target === node);
  if (levels.length > 0) return levels.some(({ devices }) => devices.every(isAlive));
  return cib.resources.some(
    (each) =>
      each.kind === 'primitive' &&
      each.class === 'stonith' &&
      isAlive(each.id) &&
      (each.attributes.pcmk_host_list ?? '').split(/[\s,;]+/).includes(node),
  );
}

function whenItEnds(
  cib: Cib,
  parts: Parts,
  faults: readonly Fault[],
  events: readonly SimulatedEvent[],
): { readonly endsWhen?: string } {
  const lost = faults.flatMap(({ lostVote }) => lostVote ?? []);
  const unfenced = events.find((event) => event.kind === 'fencing-fails');
  if (unfenced !== undefined) {
    return { endsWhen: `${unfenced.node} returns, or a person who has seen that it is off says so` };
  }
  if (!isQuorate(parts, lost)) {
    return {
      endsWhen: `${voters(parts)
        .filter((voter) => lost.includes(voter))
        .join(' or ')} returns`,
    };
  }
  const crashing = faults.flatMap(({ crashes }) => crashes ?? []);
  const [workload] = crashing;
  if (workload === undefined) return {};
  const forgotten = primitive(cib, workload)?.meta['failure-timeout'] ?? cib.resourceDefaults['failure-timeout'];
  const after = forgotten === undefined ? '' : ` after ${forgotten}`;
  const returns = lost.length === 0 ? '' : `, or ${lost.join(' or ')} returns`;
  return { endsWhen: `the crashes are forgotten${after}, or cleared${returns}` };
}
