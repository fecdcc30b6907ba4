import { expect, it } from 'vitest';
import { renderWhatIf } from './render-what-if.ts';
import type { FaultOutcome } from './what-if.ts';

const plain = (_style: string, text: string) => text;
const outcomes: readonly FaultOutcome[] = [
  outcome(['alpha fails'], { kind: 'recovers', on: 'bravo' }),
  outcome(['alpha fails', 'bravo fails'], { kind: 'stops', until: 'alpha or bravo returns' }),
  outcome(['bravo fails', 'alpha fails'], { kind: 'stops', until: 'alpha or bravo returns' }),
  outcome(['ledger crashes', 'alpha fails'], { kind: 'recovers', on: 'bravo' }),
  {
    ...outcome(['fence-alpha is dead', 'alpha fails'], { kind: 'blocked', until: 'alpha returns' }),
    unfenced: 'alpha',
  },
  outcome(['ledger crashes', 'bravo fails'], { kind: 'stops' }),
];
const lines = (all: boolean, columns = 200) => renderWhatIf({ kind: 'simulated', outcomes }, plain, columns, all);

it('A plan says single faults in full, and pairs by what comes of them', () => {
  expect(lines(false)).toEqual([
    'what Pacemaker would do',
    '  · alpha fails: …',
    'and about two faults, the second when it has answered the first',
    '  · in 1 of 5 sequences everything keeps running, or recovers',
    '  ! stops until alpha or bravo returns: alpha fails and bravo fails, in either order',
    '  ! is blocked until alpha returns: fence-alpha is dead, then alpha fails',
    '  ! stops until a person looks: ledger crashes, then bravo fails',
    expect.stringContaining('without what waits for the fencing'),
    '',
  ]);
});

it('A plan with --all says every pair in a sentence', () => {
  expect(lines(true)).toContain('  · ledger crashes, then alpha fails: …');
  expect(lines(true)).toHaveLength(1 + 1 + 1 + 5 + 1);
});

it('A plan breaks its lines at the width of the terminal', () => {
  expect(lines(false, 60).filter((line) => line.length > 66)).toEqual([]);
});

function outcome(faults: FaultOutcome['faults'], service: FaultOutcome['service']): FaultOutcome {
  const title = faults.join(', then ');
  const stopped = service.kind === 'stops' || service.kind === 'blocked' ? ['ledger'] : [];
  return { title, faults, before: {}, after: {}, steps: [], stopped, service, sentence: `${title}: …` };
}
