import { describe, expect, test } from 'vitest';
import { type NodeEvidence, runIntervals } from './activity.ts';
import type { JournalEntry } from './journal.ts';
import { clusterResource, workloadUnit } from './marks.ts';

const ids = {
  starting: '7d4958e842da4a758f6c1cdc7b36dcc5',
  started: '39f53479d3a045ac8e11786248231fbf',
  stopping: 'de5b426a63be47a7b6ac3eaac82e2f6f',
  stopped: '9d1aaa27d60140bd96365438aad20286',
  exited: '98e322203f7a4ed290d09fe03c09fe15',
  ended: '7ad2d189f7e94e70a38c781354912448',
  endedFailed: 'd9b373ed55a64feb8242e02dbe79a49c',
};

describe('runIntervals', () => {
  test('ends a run between the order to stop and the end of the last process', () => {
    const entries = [mark(100), unit(500, ids.stopping), unit(650, ids.ended), unit(651, ids.stopped)];
    expect(runIntervals(evidence({ entries }))).toEqual([
      { node: 'alpha', from: at(100), to: { earliestMs: 500, latestMs: 650 } },
    ]);
  });

  test('sees a crash and the start after it as two runs', () => {
    const entries = [
      mark(100),
      unit(500, ids.exited),
      unit(503, ids.endedFailed),
      unit(900, ids.starting),
      unit(904, ids.started),
    ];
    expect(runIntervals(evidence({ entries }))).toEqual([
      { node: 'alpha', from: at(100), to: { earliestMs: 500, latestMs: 503 } },
      { node: 'alpha', from: { earliestMs: 900, latestMs: 904 }, to: at(9000) },
    ]);
  });

  test('ends the run of a machine that lost its power by the time it was known to be off', () => {
    const entries = [mark(100), mark(400), mark(5000, 'second')];
    expect(runIntervals(evidence({ entries, powerOffAtMs: [520, 4000] }))).toEqual([
      { node: 'alpha', from: at(100), to: { earliestMs: 400, latestMs: 520 } },
    ]);
  });

  test('ends it by the first sign of the next boot when nobody confirmed the power off before', () => {
    const entries = [mark(100), mark(400), mark(5000, 'second')];
    expect(runIntervals(evidence({ entries, powerOffAtMs: [5200] }))).toEqual([
      { node: 'alpha', from: at(100), to: { earliestMs: 400, latestMs: 5000 } },
    ]);
  });

  test('ends the run of a machine that stayed off by the confirmation of its fencing', () => {
    const entries = [mark(100), mark(400)];
    expect(runIntervals(evidence({ entries, powerOffAtMs: [800] }))).toEqual([
      { node: 'alpha', from: at(100), to: { earliestMs: 400, latestMs: 800 } },
    ]);
  });

  test('finds nothing on a node that never ran it', () => {
    expect(runIntervals(evidence({ entries: [mark(100)], ranAtStart: false }))).toEqual([]);
  });

  test('counts a start that failed as a time in which it may have run', () => {
    const entries = [mark(100), unit(500, ids.starting), unit(700, ids.endedFailed)];
    expect(runIntervals(evidence({ entries, ranAtStart: false }))).toEqual([
      { node: 'alpha', from: { earliestMs: 500, latestMs: 700 }, to: at(700) },
    ]);
  });

  test('says nothing when the journal does not reach back to the boot of the start', () => {
    expect(runIntervals(evidence({ entries: [mark(5000, 'second')] }))).toBeUndefined();
    expect(runIntervals(evidence({ entries: [] }))).toBeUndefined();
  });

  test('does not take the unit of another workload for ours', () => {
    const other: JournalEntry = { ...unit(500, ids.ended), unit: 'other.service' };
    expect(runIntervals(evidence({ entries: [mark(100), other] }))).toEqual([
      { node: 'alpha', from: at(100), to: at(9000) },
    ]);
  });
});

/** Lines as Pacemaker 2.1.5 wrote them into the journals of the lab. */
describe('runIntervals of a resource', () => {
  const thing = clusterResource('state', 'the state mounted');

  test('begins at the call of the agent and ends when the agent has stopped it', () => {
    const entries = [
      mark(100),
      executor(300, 'Requesting local execution of start operation for state on alpha'),
      executor(510, 'Result of start operation for state on alpha: ok'),
      executor(700, 'Requesting local execution of stop operation for state on alpha'),
      executor(750, 'Result of stop operation for state on alpha: OK'),
    ];
    expect(runIntervals(evidence({ thing, entries, ranAtStart: false }))).toEqual([
      { node: 'alpha', from: { earliestMs: 300, latestMs: 510 }, to: { earliestMs: 700, latestMs: 750 } },
    ]);
  });

  test('lasts beyond a stop that failed, and counts a start that failed', () => {
    const failedStop = [
      mark(100),
      executor(700, 'Requesting local execution of stop operation for state on alpha'),
      executor(750, 'Result of stop operation for state on alpha: error'),
    ];
    expect(runIntervals(evidence({ thing, entries: failedStop }))?.[0]?.to).toEqual({
      earliestMs: 700,
      latestMs: 9000,
    });
    const failedStart = [
      mark(100),
      executor(300, 'Requesting local execution of start operation for state on alpha'),
      executor(510, 'Result of start operation for state on alpha: error'),
    ];
    expect(runIntervals(evidence({ thing, entries: failedStart, ranAtStart: false }))?.[0]?.from).toEqual({
      earliestMs: 300,
      latestMs: 9000,
    });
  });

  test('may have begun whenever it was last known to be gone when the call is not in the journal', () => {
    const entries = [mark(100), executor(510, 'Result of start operation for state on alpha: ok')];
    expect(runIntervals(evidence({ thing, entries, ranAtStart: false }))?.[0]?.from).toEqual({
      earliestMs: 100,
      latestMs: 510,
    });
  });

  test('is not told by what others say, of other resources, or of other nodes', () => {
    const entries = [
      mark(100),
      executor(300, 'Result of start operation for address on alpha: ok'),
      executor(310, 'Result of start operation for state on bravo: ok'),
      { ...executor(320, 'Result of start operation for state on alpha: ok'), identifier: 'logger' },
    ];
    expect(runIntervals(evidence({ thing, entries, ranAtStart: false }))).toEqual([]);
  });
});

function executor(atMs: number, message: string): JournalEntry {
  return { ...mark(atMs), identifier: 'pacemaker-controld', message: ` notice: ${message}` };
}

function evidence(parts: Partial<NodeEvidence>): NodeEvidence {
  return {
    node: 'alpha',
    entries: [],
    thing: workloadUnit('ledger', 'ledger.service'),
    ranAtStart: true,
    bootIdAtStart: 'first',
    watchedFromMs: 100,
    watchedUntilMs: 9000,
    powerOffAtMs: [],
    ...parts,
  };
}

function mark(atMs: number, bootId = 'first'): JournalEntry {
  return { host: 'alpha', atMs, bootId, identifier: 'holdfast-drill', message: 'here' };
}

function unit(atMs: number, messageId: string): JournalEntry {
  return {
    host: 'alpha',
    atMs,
    bootId: 'first',
    identifier: 'systemd',
    message: '',
    messageId,
    unit: 'ledger.service',
  };
}

function at(ms: number) {
  return { earliestMs: ms, latestMs: ms };
}
