import { expect, test } from 'vitest';
import { levelsSite } from '../patterns/active-passive/fencing-sites.fixture.ts';
import { memberWitnessSite } from '../patterns/active-passive/sites.fixture.ts';
import { concludeDrill, type WatchedDrill } from './conclude-drill.ts';
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
      laterInterruptionSeconds: 0.1,
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
