import { expect, test } from 'vitest';
import type { JournalEntry } from './journal.ts';
import { startsWithoutQuorum } from './quorum.ts';

const started = '39f53479d3a045ac8e11786248231fbf';
const lost = '  [QUORUM] This node is within the non-primary component and will NOT provide any services.';
const gained = '  [QUORUM] This node is within the primary component and will provide service.';

test('accepts a start with quorum', () => {
  expect(violations([corosync(lost), corosync(gained), start()])).toEqual([]);
  expect(violations([start()])).toEqual([]);
});

test('finds a start after quorum was lost', () => {
  expect(violations([corosync(lost), start()])).toEqual(['alpha started ledger.service without quorum']);
});

test('takes a machine that has just booted for one without quorum until it says otherwise', () => {
  expect(violations([start('second')])).toHaveLength(1);
  expect(violations([corosync(gained, 'second'), start('second')])).toEqual([]);
});

function violations(entries: readonly JournalEntry[]) {
  return startsWithoutQuorum('alpha', 'ledger.service', 'first', entries);
}

function corosync(message: string, bootId = 'first'): JournalEntry {
  return { host: 'alpha', atMs: 0, bootId, identifier: 'corosync', message };
}

function start(bootId = 'first'): JournalEntry {
  const message = 'Started ledger.service.';
  return { host: 'alpha', atMs: 0, bootId, identifier: 'systemd', message, messageId: started, unit: 'ledger.service' };
}
