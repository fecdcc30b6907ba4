import { describe, expect, test } from 'vitest';
import { whyNoLaterLevel } from './fencing-levels.ts';
import type { JournalEntry } from './journal.ts';

const devices = [
  { id: 'fence1-alpha', level: 1 },
  { id: 'fence2a-alpha', level: 2 },
  { id: 'fence2b-alpha', level: 2 },
];
const withWatchdog = [
  { id: 'fence1-alpha', level: 1 },
  { id: 'watchdog', level: 2 },
];

/** As Pacemaker writes them: 2.1.5 says `Timed Out`, 3.0.0 `Timed out`. */
const silent = line(
  11,
  " error: Operation 'reboot' [1547] targeting alpha using fence1-alpha could not be executed: Timed Out (Fence agent did not complete within 10s)",
);
const refused = line(5, " error: Operation 'off' [1547] targeting alpha using fence1-alpha returned 1 (no answer)");
const outletA = line(12, " notice: Operation 'reboot' [1601] targeting alpha using fence2a-alpha returned 0");
const outletB = line(13, " notice: Operation 'reboot' [1607] targeting alpha using fence2b-alpha returned 0");
const confirmed = line(
  13.1,
  " notice: Operation 'reboot' targeting alpha by charlie for pacemaker-controld.1337@bravo: OK (complete)",
);

describe('whyNoLaterLevel', () => {
  test.each([
    ['ran into its time', silent],
    ['answered that it cannot', refused],
  ])('finds a later level that made the machine dead after the first one %s', (_what, failure) => {
    expect(whyNoLaterLevel('alpha', devices, [outletB, outletA, failure, confirmed])).toBeUndefined();
  });

  test('knows the device that the orderer gave up, whose own failure came too late to be read', () => {
    const order = line(
      0,
      " notice: Requesting that charlie perform 'reboot' action targeting alpha using fence1-alpha",
      'bravo',
    );
    const gaveUp = line(
      11.5,
      " notice: Peer's 'reboot' action targeting alpha for client pacemaker-controld.1337 timed out",
      'bravo',
    );
    expect(whyNoLaterLevel('alpha', devices, [order, gaveUp, outletA, outletB])).toBeUndefined();
  });

  test('takes a machine that reset itself for one whom the watchdog made dead', () => {
    const self = line(
      25,
      ' notice: Self-fencing (reboot) by alpha for pacemaker-controld.1337 assumed complete',
      'bravo',
    );
    expect(whyNoLaterLevel('alpha', withWatchdog, [silent, self])).toBeUndefined();
  });

  test('says so when the first level did it after all', () => {
    const missed = line(2, " notice: Operation 'reboot' [1547] targeting alpha using fence1-alpha returned 0");
    expect(whyNoLaterLevel('alpha', devices, [missed, confirmed])).toBe(
      'the first level of fencing of alpha (fence1-alpha) made it dead itself, so nothing shows that a later one would have',
    );
    expect(whyNoLaterLevel('alpha', devices, [silent, { ...missed, atMs: 30_000 }])).toMatch(/made it dead itself/);
  });

  test('leaves it open when nobody noted that the first level failed', () => {
    expect(whyNoLaterLevel('alpha', devices, [outletA, outletB, confirmed])).toMatch(/was asked and failed/);
    const ofBravo = { ...silent, message: silent.message.replace('targeting alpha', 'targeting bravo') };
    expect(whyNoLaterLevel('alpha', devices, [ofBravo, outletA, outletB])).toMatch(/was asked and failed/);
  });

  test('leaves it open when a later level was done before, or in part only', () => {
    const early = { ...outletB, atMs: 3000 };
    expect(whyNoLaterLevel('alpha', devices, [early, silent, outletA, confirmed])).toMatch(/made alpha dead after/);
    expect(whyNoLaterLevel('alpha', devices, [silent, outletA, confirmed])).toMatch(/made alpha dead after/);
  });
});

function line(atSeconds: number, message: string, host = 'charlie'): JournalEntry {
  return { host, atMs: atSeconds * 1000, bootId: 'b', identifier: 'pacemaker-fenced', message };
}
