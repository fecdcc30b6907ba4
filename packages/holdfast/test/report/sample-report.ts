import type { DrillReport, DrillResult, Phase, PhaseName, Timeline } from '../../src/drill/index.ts';

export const sampleFaults = ['process-crash', 'process-hang', 'planned-move', 'power-cut', 'network-cut'] as const;

type SampleFault = (typeof sampleFaults)[number];

/** What the phases of a fault are, in seconds after it, on an ordinary run. The last one is the recovery time. */
const ordinary: Readonly<Record<SampleFault, Partial<Record<PhaseName, number>>>> = {
  'process-crash': { detected: 0.06, workload: 0.41, 'first-acknowledged-write': 0.52 },
  'process-hang': {
    detected: 3.9,
    fenced: 5.2,
    state: 5.5,
    address: 5.6,
    workload: 5.9,
    'first-acknowledged-write': 6.1,
  },
  'planned-move': { state: 0.62, address: 0.7, workload: 0.98, 'first-acknowledged-write': 1.12 },
  'power-cut': {
    detected: 1.2,
    fenced: 2.05,
    state: 2.38,
    address: 2.5,
    workload: 2.86,
    'first-acknowledged-write': 3.07,
  },
  'network-cut': {
    detected: 1.2,
    fenced: 2.4,
    state: 2.8,
    address: 2.9,
    workload: 3.3,
    'first-acknowledged-write': 3.5,
  },
};

const budgetSeconds: Readonly<Record<SampleFault, number>> = {
  'process-crash': 1.4,
  'process-hang': 8.2,
  'planned-move': 2.1,
  'power-cut': 4.6,
  'network-cut': 5.1,
};

const sources: Readonly<Record<PhaseName, string>> = {
  detected: 'bravo pacemaker-controld',
  fenced: 'bravo pacemaker-fenced',
  state: 'bravo Filesystem(state)',
  address: 'bravo IPaddr2(address)',
  workload: 'bravo systemd',
  'first-acknowledged-write': 'client',
};

/** A drill as it is recorded, made up from a seed: 50 writes each second, answered first by alpha and then by bravo. */
export function sampleDrill(fault: SampleFault, seed: number, changes: Partial<DrillResult> = {}): DrillResult {
  const random = generator(seed);
  const stretch = 0.9 + 0.35 * random();
  const phases: Phase[] = Object.entries(ordinary[fault]).flatMap(([name, atSeconds]) =>
    isPhaseName(name) ? [{ name, atSeconds: round(atSeconds * stretch), from: sources[name] }] : [],
  );
  const rtoSeconds = phases.at(-1)?.atSeconds ?? 0;
  const stays = fault === 'process-crash';
  const timeline = sampleTimeline(rtoSeconds, stays ? 'alpha' : 'bravo', fault, random);
  const acknowledged = timeline.operations.filter(({ result }) => result === 'ok').length;
  return {
    fault,
    site: 'press-line-4',
    node: 'alpha',
    startedAt: new Date(Date.UTC(2026, 10, 21, 9, 0, seed * 40)).toISOString(),
    expected: 'back-in-time',
    expectation: 'Service comes back on the other machine.',
    objectiveSeconds: 10,
    budgetSeconds: budgetSeconds[fault],
    rtoSeconds,
    interruptionSeconds: fault === 'planned-move' ? round(rtoSeconds * 0.7) : rtoSeconds,
    afterHealingSeconds: null,
    attempted: timeline.operations.length,
    acknowledged,
    lost: 0,
    duplicated: 0,
    recovered: 1,
    unexpected: 0,
    twoActive: false,
    phases,
    outcome: 'pass',
    reasons: [],
    notes: [],
    durability: 'not-proven',
    timeline,
    ...changes,
  };
}

export function sampleReport(drills: readonly DrillResult[]): DrillReport {
  return {
    version: 1,
    site: 'press-line-4',
    environment: {
      machines: 'containers',
      cpus: 2,
      tokenMs: 1000,
      notes: ['Debian 12, Pacemaker 2.1.5, Corosync 3.1.7'],
    },
    drills,
    leftOut: [],
  };
}

/** Every fault so many times, all of them passed. */
export function passedDrills(repeat: number): readonly DrillResult[] {
  return sampleFaults.flatMap((fault, kind) =>
    Array.from({ length: repeat }, (_, run) => sampleDrill(fault, 1 + kind * 20 + run)),
  );
}

/** A power cut after which nothing ever came back. */
export function neverBack(seed: number): DrillResult {
  const drill = sampleDrill('power-cut', seed);
  const operations = drill.timeline.operations.map((each) =>
    each.atSeconds < 0 ? each : { atSeconds: each.atSeconds, latencyMs: null, result: 'unknown' as const },
  );
  return {
    ...drill,
    rtoSeconds: null,
    interruptionSeconds: null,
    lost: null,
    duplicated: null,
    recovered: null,
    unexpected: null,
    phases: drill.phases.map((each) => (each.name === 'detected' ? each : { ...each, atSeconds: null })),
    outcome: 'fail',
    reasons: ['No write was acknowledged in the 60 s after the fault.', 'The ledger could not be read back.'],
    timeline: { ...drill.timeline, operations, spans: drill.timeline.spans.filter(({ lane }) => lane === 'alpha') },
  };
}

/** A network cut of which the audits could not say whether two nodes were active. */
export function notKnown(seed: number): DrillResult {
  return sampleDrill('network-cut', seed, {
    twoActive: null,
    outcome: 'unknown',
    reasons: ['The journal of alpha could not be read, so it is not known when it stopped.'],
  });
}

function sampleTimeline(rtoSeconds: number, heir: string, fault: SampleFault, random: () => number): Timeline {
  const [fromSeconds, toSeconds] = [-3, rtoSeconds + 6];
  const servesUntil = fault === 'planned-move' ? rtoSeconds * 0.3 : 0;
  const operations: Timeline['operations'][number][] = [];
  for (let at = fromSeconds; at < toSeconds; at += 0.02) {
    const atSeconds = round(at);
    const latencyMs = round(4 + 6 * random() + (random() < 0.03 ? 30 : 0));
    if (at < servesUntil) operations.push({ atSeconds, latencyMs, result: 'ok', node: 'alpha' });
    else if (at >= rtoSeconds) operations.push({ atSeconds, latencyMs, result: 'ok', node: heir });
    else operations.push({ atSeconds, latencyMs: null, result: at < servesUntil + 0.4 ? 'unknown' : 'fail' });
  }
  const alpha = { lane: 'alpha', label: 'active', fromSeconds, toSeconds: fault === 'planned-move' ? servesUntil : 0 };
  return {
    fromSeconds,
    toSeconds,
    operations,
    spans: [
      fault === 'network-cut' ? { ...alpha, toSeconds: 2.1 } : alpha,
      { lane: heir, label: 'active', fromSeconds: rtoSeconds * 0.72, toSeconds },
      ...(fault === 'power-cut'
        ? [{ lane: 'alpha', label: 'starting again', fromSeconds: rtoSeconds + 1.2, toSeconds: rtoSeconds + 4.1 }]
        : []),
    ],
  };
}

/** mulberry32: the same seed always gives the same numbers, from 0 up to but not 1. */
function generator(seed: number): () => number {
  let state = seed * 0x9e3779b1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function isPhaseName(name: string): name is PhaseName {
  return Object.hasOwn(sources, name);
}
