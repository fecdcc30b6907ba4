import { describe, expect, test } from 'vitest';
import { levelsSite } from '../patterns/active-passive/fencing-sites.fixture.ts';
import { memberWitnessSite } from '../patterns/active-passive/sites.fixture.ts';
import { concludeDrill, type WatchedDrill } from './conclude-drill.ts';
import type { FaultName } from './fault-names/index.ts';
import { faults } from './faults/index.ts';
import { usualPace } from './options.ts';

const failure = { atMs: 3000, because: 'Input/output error' };
const gap =
  'what alpha did before it booted is known in part only, as its journal could not be kept: Input/output error';

test('the outcome is open when the journal of a machine was lost as it booted', async () => {
  const { outcome, reasons } = await concludeDrill(watched({ host: 'alpha', entries: [], failure }));
  expect(reasons).toContain(gap);
  expect(outcome).toBe('unknown');
});

test('it is not, when it was kept, or nothing was lost with it', async () => {
  const kept = await concludeDrill(watched({ host: 'alpha', entries: [] }));
  expect(kept).toMatchObject({ outcome: 'pass', reasons: [] });
  const late = { ...failure, atMs: 1500 };
  expect((await concludeDrill(watched({ host: 'alpha', entries: [], failure: late }))).outcome).toBe('pass');
});

test('the outcome is open when the first level of fencing, which was to be silent, made the machine dead', async () => {
  const { run, ...rest } = watched({ host: 'alpha', entries: [] });
  const fault = 'fencing-dead-then-power-cut';
  const noted = (MESSAGE: string, atMs = 2500) =>
    line(atMs, 'first', { SYSLOG_IDENTIFIER: 'pacemaker-fenced', MESSAGE: ` notice: ${MESSAGE}` });
  const reasonsOf = async (messages: readonly string[]) => {
    const members = rest.members.map((member) => {
      const stdout = member.host.name === 'charlie' ? messages.join('\n') : line(2000, 'first');
      return { ...member, host: { ...member.host, run: async () => ({ exitCode: 0, stdout, stderr: '' }) } };
    });
    return (await concludeDrill({ ...rest, members, run: { ...run, fault, site: levelsSite } })).reasons.join('\n');
  };
  const first = "Operation 'reboot' [15] targeting alpha using fence1-alpha returned";
  const second = ['a', 'b'].map((each) =>
    noted(`Operation 'off' [16] targeting alpha using fence2${each}-alpha returned 0`),
  );
  expect(await reasonsOf([noted(`${first} 0`)])).toContain('(fence1-alpha) made it dead itself');
  expect(await reasonsOf([noted(`${first} 1`, 2400), ...second])).not.toContain('fence1-alpha');
});

describe('what was computed from the boot of the last machine', () => {
  const started = (atMs: number, MESSAGE = ' [MAIN  ] Corosync Cluster Engine 3.1.7 starting up') =>
    line(atMs, 'second', { SYSLOG_IDENTIFIER: 'corosync', MESSAGE });
  const concluded = async (journals: Readonly<Record<string, string>>, fromLastBoot = true) => {
    const { run, ...rest } = watched({ host: 'alpha', entries: [] });
    const members = rest.members.map((member) => {
      const stdout = [line(1000, 'first'), journals[member.host.name]].join('\n');
      return { ...member, host: { ...member.host, run: async () => ({ exitCode: 0, stdout, stderr: '' }) } };
    });
    const budgetCountsFromLastBoot = () => fromLastBoot;
    const environment = { ...run.environment, budgetSeconds: () => 13.5, budgetCountsFromLastBoot };
    return concludeDrill({ ...rest, members, run: { ...run, environment, fault: 'blackout' } });
  };
  const booted = { alpha: started(8500), bravo: started(8200), charlie: started(8100) };

  test('is compared with a recovery that counts from the fault by adding what passed until then', async () => {
    const { budgetSeconds, notes } = await concluded({ ...booted, alpha: `${started(8500)}\n${started(8900)}` });
    expect(budgetSeconds).toBe(20);
    expect(notes.at(-1)).toBe('13.5 s were computed from the boot of the last machine, 6.5 s after the fault');
  });

  test('is compared with nothing where one machine does not say when it booted', async () => {
    const { budgetSeconds, notes } = await concluded({ ...booted, bravo: started(8200, 'Node joined') });
    expect(budgetSeconds).toBeNull();
    expect(notes.at(-1)).toBe(
      '13.5 s were computed from the boot of the last machine, and not every journal says when that was',
    );
  });

  test('is left as it is where it counts from the fault', async () => {
    const { budgetSeconds, notes } = await concluded(booted, false);
    expect(budgetSeconds).toBe(13.5);
    expect(notes.join()).not.toContain('computed');
  });
});

describe('an interruption that began with the healing', () => {
  const alpha = { node: 'alpha', start: 1 };
  const write = (atMs: number, start = 1) => ({
    key: `k${atMs}`,
    intendedAtMs: atMs,
    invokedAtMs: atMs,
    completedAtMs: atMs + 5,
    result: 'ok' as const,
    servedBy: { ...alpha, start },
  });
  const lost = (atMs: number) => ({ key: `k${atMs}`, intendedAtMs: atMs, invokedAtMs: atMs, result: 'fail' as const });

  /** The fault is at 2000, the healing at 2900; then alpha is silent until `untilMs`, and serves as its next start. */
  const healedUntil = async (untilMs: number, fault: FaultName, moveSeconds: number | null = 4) => {
    const { run, ...rest } = watched({ host: 'alpha', entries: [] });
    const environment = { ...run.environment, budgetSeconds: () => moveSeconds };
    const operations = [1100, 2100, 2500, 2890]
      .map((atMs) => write(atMs))
      .concat(write(untilMs - 5, 2), write(untilMs, 2));
    return concludeDrill({
      ...rest,
      run: { ...run, environment, fault },
      expectation: faults[fault].expectation(memberWitnessSite),
      operations: [...operations, lost(2950)],
      finalRead: operations.map(({ key }) => key),
    });
  };

  test('longer than a planned move may take is no silent pass: a note says when it was, and what to do', async () => {
    const { outcome, rtoSeconds, notes } = await healedUntil(9000, 'process-crash');
    expect({ outcome, rtoSeconds }).toEqual({ outcome: 'pass', rtoSeconds: 0 });
    expect(notes).toEqual([
      'service was not interrupted while the fault lasted',
      'while the fault was undone service was interrupted, for 6.11 s, from 0.9 s after the fault on: longer than a planned move may take (4.0 s), and no part of this fault. What undid it, or the cluster when it forgot the failures, did this: see why in its journal',
    ]);
  });

  test('is told plainly when it is shorter, or nothing says how long a planned move may take', async () => {
    const plain = 'while the fault was undone service was interrupted, for 6.11 s, from 0.9 s after the fault on';
    expect((await healedUntil(9000, 'process-crash', 8)).notes.at(-1)).toBe(plain);
    expect((await healedUntil(9000, 'process-crash', null)).notes.at(-1)).toBe(plain);
  });

  test('fails where it is longer than the objective, and is not taken for the recovery from the fault', async () => {
    const { outcome, rtoSeconds, interruptionSeconds, reasons } = await healedUntil(36_000, 'process-crash');
    expect({ outcome, rtoSeconds, interruptionSeconds }).toEqual({
      outcome: 'fail',
      rtoSeconds: 0,
      interruptionSeconds: 33.105,
    });
    expect(reasons).toEqual([
      'while the fault was undone service was interrupted, for 33.10 s, from 0.9 s after the fault on; the objective is 15 s',
    ]);
  });

  test('is the move that the repair needs, where it needs one', async () => {
    const { outcome, notes } = await healedUntil(36_000, 'root-read-only');
    expect(outcome).toBe('pass');
    expect(notes.at(-1)).toBe(
      'to undo the fault the service was moved, which interrupted it for 33.10 s, from 0.9 s after the fault on',
    );
  });

  test('does not hide that whoever serves in the end is not who was to serve on', async () => {
    const { outcome, reasons } = await healedUntil(4000, 'witness-loss');
    expect(outcome).toBe('fail');
    expect(reasons).toEqual(['the workload was restarted on alpha, which this fault was not to cause']);
  });
});

/** A drill in which alpha served on, and was booted in the end. Its disk took what it noted until the instant 2000. */
function watched(keptJournal: NonNullable<WatchedDrill['keptJournal']>): WatchedDrill {
  const never = () => Promise.reject(new Error('not here'));
  const members = ['alpha', 'bravo', 'charlie'].map((name) => ({
    host: {
      name,
      run: async () => ({ exitCode: 0, stdout: name === 'alpha' ? twoBoots : line(1000, 'first'), stderr: '' }),
      async *lines() {},
      async close() {},
    },
    offset: { aheadMs: 0, uncertaintyMs: 0 },
    mark: { bootId: 'first', cursor: 'c', realtimeUs: 1_000_000, monotonicUs: 1_000_000, misdatedBoots: [] },
  }));
  const writes = [1100, 2100, 2200, 2300].map((atMs) => ({
    key: `k${atMs}`,
    intendedAtMs: atMs,
    invokedAtMs: atMs,
    completedAtMs: atMs + 5,
    result: 'ok' as const,
    servedBy: { node: 'alpha', start: 1 },
  }));
  const alpha = { node: 'alpha', start: 1 };
  return {
    run: {
      site: memberWitnessSite,
      environment: {
        clock: { now: () => 9000, monotonic: () => 9000, sleep: never },
        members: members.map(({ host }) => host),
        power: { cut: never, restore: never, armRestore: never, disarmRestore: never },
        moveAwayFrom: never,
        probe: { open: () => ({ startLoad() {}, stopLoad: never, readBack: never, close: never }) },
        machines: 'virtual-machines',
        readCluster: never,
        explain: never,
        budgetSeconds: () => null,
        budgetCountsFromLastBoot: () => false,
        description: { machines: 'virtual-machines', cpus: 2, tokenMs: 1000, notes: [] },
      },
      fault: 'root-read-only',
      prefix: 'k',
      unit: 'ledger.service',
      workloadResource: 'workload-ledger',
      pace: usualPace,
      emit() {},
      signal: new AbortController().signal,
    },
    active: 'alpha',
    victim: 'alpha',
    expectation: faults['root-read-only'].expectation(memberWitnessSite),
    members,
    watchedFromMs: 1000,
    injection: { atMs: 2000 },
    recovery: {
      rtoSeconds: 0,
      overAtSeconds: 0,
      interrupted: false,
      interruptionSeconds: 0.1,
      before: alpha,
      after: alpha,
    },
    healedFromMs: 2900,
    operations: writes,
    samples: [],
    finalRead: writes.map(({ key }) => key),
    skipped: 0,
    afterHealingSeconds: null,
    violations: [],
    gaps: [],
    notes: [],
    keptJournal,
  };
}

const twoBoots = [line(1000, 'first'), line(2000, 'first'), line(8000, 'second')].join('\n');

function line(atMs: number, bootId: string, fields: Readonly<Record<string, string>> = {}): string {
  const atUs = `${atMs * 1000}`;
  const times = { __REALTIME_TIMESTAMP: atUs, __MONOTONIC_TIMESTAMP: atUs };
  return JSON.stringify({ __CURSOR: 'c', ...times, _BOOT_ID: bootId, MESSAGE: '', ...fields });
}
