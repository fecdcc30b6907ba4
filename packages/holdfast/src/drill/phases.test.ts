import { expect, test } from 'vitest';
import type { JournalEntry } from './evidence/index.ts';
import { fencingsOf, type PhaseContext, readPhases } from './phases.ts';

/** Lines as Corosync 3.1.7 and Pacemaker 2.1.5 wrote them into the journals of the lab. */
const powerCut = [
  line(
    1.04,
    'charlie',
    'corosync',
    '  [TOTEM ] A processor failed, forming new configuration: token timed out (1000ms), waiting 1200ms for consensus.',
  ),
  line(2.24, 'charlie', 'pacemaker-controld', ' notice: Node bravo state is now lost'),
  line(
    4.28,
    'charlie',
    'pacemaker-fenced',
    " notice: Operation 'reboot' [1547] targeting bravo using fence-bravo returned 0",
  ),
  line(
    4.29,
    'alpha',
    'pacemaker-fenced',
    " notice: Operation 'reboot' targeting bravo by charlie for pacemaker-controld.1337@charlie: OK (complete)",
  ),
  line(4.9, 'alpha', 'pacemaker-controld', ' notice: Requesting local execution of start operation for state on alpha'),
  line(5.1, 'alpha', 'pacemaker-controld', ' notice: Result of start operation for state on alpha: ok'),
  line(5.5, 'alpha', 'pacemaker-controld', ' notice: Result of start operation for address on alpha: ok'),
  line(6.4, 'alpha', 'pacemaker-controld', ' notice: Result of start operation for workload-ledger on alpha: ok'),
];

test('reads every phase of a power cut', () => {
  expect(readPhases(powerCut, context({}))).toEqual([
    { name: 'detected', atSeconds: 1.04, from: 'charlie corosync' },
    { name: 'fenced', atSeconds: 4.29, from: 'alpha pacemaker-fenced' },
    { name: 'state', atSeconds: 5.1, from: 'alpha pacemaker-controld' },
    { name: 'address', atSeconds: 5.5, from: 'alpha pacemaker-controld' },
    { name: 'workload', atSeconds: 6.4, from: 'alpha pacemaker-controld' },
    { name: 'first-acknowledged-write', atSeconds: 6.3, from: 'client' },
  ]);
});

test('does not take what the cut-off node says of the others for detection', () => {
  const own = line(
    0.9,
    'bravo',
    'corosync',
    '  [TOTEM ] A processor failed, forming new configuration: token timed out',
  );
  expect(secondsOf('detected', [own, ...powerCut], context({ fault: 'network-cut' }))).toBe(1.04);
});

test('does not take a failed start or a failed fencing for a phase', () => {
  const failed = [
    line(
      4.1,
      'alpha',
      'pacemaker-fenced',
      " error: Operation 'reboot' targeting bravo by charlie for pacemaker-controld.1@charlie: Error occurred (error: no)",
    ),
    line(
      4.2,
      'alpha',
      'pacemaker-controld',
      " notice: Result of start operation for state on alpha: not installed (Couldn't find device)",
    ),
  ];
  expect(secondsOf('fenced', [...failed, ...powerCut], context({}))).toBe(4.29);
  expect(secondsOf('state', [...failed, ...powerCut], context({}))).toBe(5.1);
});

test('takes a crash for detected when Pacemaker was told of it', () => {
  const crash = [
    line(0.003, 'alpha', 'systemd', "ledger.service: Failed with result 'signal'."),
    line(
      0.09,
      'alpha',
      'pacemaker-controld',
      ' notice: Result of asyncmon operation for workload-ledger on alpha: error (Simulated failure)',
    ),
    line(
      0.14,
      'charlie',
      'pacemaker-controld',
      " notice: Transition 7 action 9 (workload-ledger_asyncmon_0 on alpha): expected 'ok' but got 'error'",
    ),
    line(0.81, 'alpha', 'pacemaker-controld', ' notice: Result of start operation for workload-ledger on alpha: ok'),
  ];
  const inPlace = context({ fault: 'process-crash', node: 'alpha', newNode: 'alpha' });
  expect(secondsOf('detected', crash, inPlace)).toBe(0.09);
  expect(secondsOf('workload', crash, inPlace)).toBe(0.81);
  expect(secondsOf('state', crash, inPlace)).toBeNull();
});

test('takes a bad disk for detected when DRBD let it go', () => {
  const letGo = [
    line(0.01, 'alpha', 'kernel', 'Buffer I/O error on dev dm-0, logical block 12, lost sync page write'),
    line(0.02, 'alpha', 'kernel', 'block drbd0: disk( UpToDate -> Failed ) '),
    line(0.03, 'alpha', 'kernel', 'block drbd0: disk( Failed -> Diskless ) '),
  ];
  expect(secondsOf('detected', letGo, context({ fault: 'disk-errors' }))).toBe(0.02);
});

test('takes a hang for detected when the monitor ran out of time, not when it was cancelled', () => {
  const hang = [
    line(
      1,
      'alpha',
      'pacemaker-controld',
      ' info: Result of monitor operation for workload-ledger on alpha: Cancelled',
    ),
    line(
      3.4,
      'alpha',
      'pacemaker-controld',
      ' error: Result of monitor operation for workload-ledger on alpha: Timed Out after 3s',
    ),
  ];
  expect(secondsOf('detected', hang, context({ fault: 'process-hang', node: 'alpha', newNode: 'alpha' }))).toBe(3.4);
});

test('counts nothing from before the fault or after the outage', () => {
  expect(secondsOf('state', powerCut, context({ faultAtMs: 6000 }))).toBeNull();
  expect(secondsOf('workload', powerCut, context({ untilMs: 6000 }))).toBeNull();
});

test('knows when a machine was confirmed to be off', () => {
  expect(fencingsOf('bravo', powerCut)).toEqual([4290]);
  expect(fencingsOf('alpha', powerCut)).toEqual([]);
});

function secondsOf(name: string, entries: readonly JournalEntry[], of: PhaseContext) {
  return readPhases(entries, of).find((phase) => phase.name === name)?.atSeconds;
}

function context(parts: Partial<PhaseContext>): PhaseContext {
  return {
    fault: 'power-cut',
    faultAtMs: 0,
    untilMs: 60_000,
    node: 'bravo',
    newNode: 'alpha',
    workloadResource: 'workload-ledger',
    firstAcknowledgedAtMs: 6300,
    ...parts,
  };
}

function line(atSeconds: number, host: string, identifier: string, message: string): JournalEntry {
  return { host, atMs: atSeconds * 1000, bootId: 'b', identifier, message };
}
