import { describe, expect, test } from 'vitest';
import type { Host } from '../../hosts/index.ts';
import { sameClock } from './clock-offset.ts';
import { type JournalMark, joinJournals, markJournal, parseJournal, readJournal } from './journal.ts';

test('takes the time the sender had, where the kernel kept it, in the clock of the drill', () => {
  const [entry] = parse([line({ _SOURCE_REALTIME_TIMESTAMP: '1795229549615137' })], 1000);
  expect(entry?.atMs).toBeCloseTo(1795229549615.137 - 1000, 3);
  const [received] = parse([line({})], 0);
  expect(received?.atMs).toBeCloseTo(1795229549700, 3);
});

test('reads messages that are bytes or too long as empty, and skips what is no entry', () => {
  const entries = parse([line({ MESSAGE: [104, 105] }), '', '-- No entries --', line({ MESSAGE: null })]);
  expect(entries.map(({ message }) => message)).toEqual(['', '']);
});

test('puts the entries in order', () => {
  const entries = parse([
    line({ __REALTIME_TIMESTAMP: '1000', __MONOTONIC_TIMESTAMP: '500' }),
    line({ __REALTIME_TIMESTAMP: '3000', __MONOTONIC_TIMESTAMP: '2500' }),
    line({ __REALTIME_TIMESTAMP: '2000', __MONOTONIC_TIMESTAMP: '1500' }),
  ]);
  expect(entries.map(({ atMs }) => atMs)).toEqual([1, 2, 3]);
});

test('takes a later boot to have had the right time from its beginning when it was told it later', () => {
  const entries = parse([
    line({ __REALTIME_TIMESTAMP: '5000000', __MONOTONIC_TIMESTAMP: '1000000' }),
    line({ __REALTIME_TIMESTAMP: '6000000', __MONOTONIC_TIMESTAMP: '500000', _BOOT_ID: 'next', MESSAGE: 'boots' }),
    line({ __REALTIME_TIMESTAMP: '60500000', __MONOTONIC_TIMESTAMP: '1000000', _BOOT_ID: 'next' }),
  ]);
  expect(entries.map(({ atMs }) => atMs)).toEqual([5_000, 60_000, 60_500]);
});

test('counts on by the monotonic clock where the wall clock is set meanwhile, forward and back', () => {
  const hourUs = 3_600_000_000;
  const at = (wallUs: number, monotonicUs: number, more = {}) =>
    line({ __REALTIME_TIMESTAMP: `${wallUs}`, __MONOTONIC_TIMESTAMP: `${monotonicUs}`, ...more });
  const entries = parse([
    at(5_000_000, 1_000_000),
    at(6_000_000 + hourUs, 2_000_000, { MESSAGE: 'an hour later', _SOURCE_REALTIME_TIMESTAMP: '5990000' }),
    at(7_000_000 + hourUs, 3_000_000, { _SOURCE_REALTIME_TIMESTAMP: `${6_990_000 + hourUs}` }),
    at(8_000_000, 4_000_000, { MESSAGE: 'back', _SOURCE_REALTIME_TIMESTAMP: `${7_990_000 + hourUs}` }),
  ]);
  expect(entries.map(({ atMs }) => atMs)).toEqual([5_000, 6_000, 6_990, 8_000]);
});

test('goes on from what was kept with what was found later', () => {
  const at = (seconds: number, boot = 'b') =>
    line({ __REALTIME_TIMESTAMP: `${seconds}000000`, __MONOTONIC_TIMESTAMP: `${seconds}000000`, _BOOT_ID: boot });
  const kept = parse([at(1), at(2), at(3)]);
  const found = parse([at(1), at(2), at(9, 'next')]);
  expect(joinJournals(kept, found).map(({ atMs, bootId }) => `${atMs} ${bootId}`)).toEqual([
    '1000 b',
    '2000 b',
    '3000 b',
    '9000 next',
  ]);
  expect(joinJournals([], found)).toEqual(found);
});

test('leaves out what is dated later than it was: of this boot from before the mark, and of earlier boots', () => {
  const hourLater = (monotonicUs: number, boot: string) =>
    line({ __REALTIME_TIMESTAMP: '3606000000', __MONOTONIC_TIMESTAMP: `${monotonicUs}`, _BOOT_ID: boot });
  const mark = { bootId: 'b', cursor: 'c', realtimeUs: 5_000_000, monotonicUs: 1_000_000, misdatedBoots: ['old'] };
  const entries = parse([hourLater(900_000, 'b'), hourLater(2_000_000, 'b'), hourLater(3_000_000, 'old')], 0, mark);
  expect(entries.map(({ atMs }) => atMs)).toEqual([6_000]);
});

describe('the mark', () => {
  const printed = line({ __REALTIME_TIMESTAMP: '5000000', __MONOTONIC_TIMESTAMP: '1000000', __CURSOR: "s=1;i='2" });

  test('is the place from which the journal is read, and knows what is misdated there', async () => {
    const asked: string[] = [];
    const host = machine((script) => {
      asked.push(script);
      return script.startsWith('logger') ? [printed, line({ _BOOT_ID: 'old' }), line({})].join('\n') : printed;
    });
    const mark = await markJournal(host, "Holdfast drill: it's time");
    expect(mark).toEqual({
      bootId: 'b',
      cursor: "s=1;i='2",
      realtimeUs: 5_000_000,
      monotonicUs: 1_000_000,
      misdatedBoots: ['old'],
    });
    expect((await readJournal(host, mark, sameClock)).map(({ atMs }) => atMs)).toEqual([5_000]);
    expect(asked[1]).toContain(`--cursor='s=1;i='\\''2'`);
  });

  test('is missed loudly where there is no journal', async () => {
    const nothing = machine(() => '');
    await expect(markJournal(nothing, 'words')).rejects.toThrow('The journal of alpha cannot be read');
  });
});

function machine(answer: (script: string) => string): Host {
  return {
    name: 'alpha',
    run: async (script) => ({ exitCode: 0, stdout: answer(script), stderr: '' }),
    async *lines() {},
    async close() {},
  };
}

function parse(lines: readonly string[], aheadMs = 0, mark = markAt(lines[0])) {
  return parseJournal('alpha', lines.join('\n'), mark, { ...sameClock, aheadMs });
}

/** The mark is the first line. */
function markAt(text = ''): JournalMark {
  const [, wall, monotonic] = /"__REALTIME_TIMESTAMP":"(\d+)","__MONOTONIC_TIMESTAMP":"(\d+)"/.exec(text) ?? [];
  return { bootId: 'b', cursor: 'c', realtimeUs: Number(wall), monotonicUs: Number(monotonic), misdatedBoots: [] };
}

function line(fields: Readonly<Record<string, unknown>>): string {
  const times = { __CURSOR: 'c', __REALTIME_TIMESTAMP: '1795229549700000', __MONOTONIC_TIMESTAMP: '61000000' };
  return JSON.stringify({ ...times, _BOOT_ID: 'b', MESSAGE: 'text', ...fields });
}
