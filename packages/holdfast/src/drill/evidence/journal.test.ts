import { expect, test } from 'vitest';
import { sameClock } from './clock-offset.ts';
import { parseJournal } from './journal.ts';

test('takes the time the sender had, where the kernel kept it, in the clock of the drill', () => {
  const [entry] = parse([line({ _SOURCE_REALTIME_TIMESTAMP: '1795229549615137' })], 1000);
  expect(entry?.atMs).toBeCloseTo(1795229549615.137 - 1000, 3);
  const [received] = parse([line({})], 0);
  expect(received?.atMs).toBeCloseTo(1795229549700, 3);
});

test('reads messages that are bytes or too long as empty, and skips what is no entry', () => {
  const entries = parse(['', '-- No entries --', line({ MESSAGE: [104, 105] }), line({ MESSAGE: null })]);
  expect(entries.map(({ message }) => message)).toEqual(['', '']);
});

test('puts the entries in order', () => {
  const entries = parse([line({ __REALTIME_TIMESTAMP: '2000' }), line({ __REALTIME_TIMESTAMP: '1000' })]);
  expect(entries.map(({ atMs }) => atMs)).toEqual([1, 2]);
});

function parse(lines: readonly string[], aheadMs = 0) {
  return parseJournal('alpha', lines.join('\n'), { ...sameClock, aheadMs });
}

function line(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ __REALTIME_TIMESTAMP: '1795229549700000', _BOOT_ID: 'b', MESSAGE: 'text', ...fields });
}
