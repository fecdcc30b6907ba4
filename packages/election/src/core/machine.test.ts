import { describe, expect, test } from 'vitest';
import { type Effect, type Event, holds, initialState, type Now, type State, step } from './machine.ts';
import type { Found, LeaseRecord } from './record.ts';
import { timingsOf } from './timings.ts';

const LEASE_MS = 800;
const HOLD_MS = 700;

/** One candidate, its effects in the order they came, and a clock that the test sets. */
function candidate(session = 'mine') {
  let state: State = initialState({ ...timingsOf(LEASE_MS, 0), holder: `holder of ${session}`, session });
  let effects: Effect[] = [];
  let leaptMs = 0;
  const clock = (atMs: number): Now => ({ leastMs: atMs, mostMs: atMs + leaptMs, wallMs: 1_000_000 + atMs + leaptMs });
  return {
    /** The wall clock is set forward, or the machine slept for so long. */
    leap(ms: number) {
      leaptMs += ms;
    },
    at(atMs: number, event: Event | { kind: 'tick' } = { kind: 'tick' }): readonly Effect[] {
      const done = step(state, event, clock(atMs));
      state = done.state;
      effects = [...effects, ...done.effects];
      return done.effects;
    },
    leads: (atMs: number) => holds(state, clock(atMs)),
    lastId: () => state.requests,
    wakeAt: (atMs: number) => atMs + step(state, { kind: 'tick' }, clock(atMs)).wakeInMs,
  };
}

const record = (changes: Partial<LeaseRecord> = {}): LeaseRecord => ({
  holder: 'holder of other',
  session: 'other',
  token: 5,
  leaseMs: LEASE_MS,
  write: 1,
  state: 'held',
  ...changes,
});
const found = (revision: string, changes: Partial<LeaseRecord> = {}): Found => ({ revision, record: record(changes) });

/** A candidate that leads since `atMs`, having sent its write 10 ms before. */
function leader(atMs = 110) {
  const mine = candidate();
  mine.at(atMs - 20);
  mine.at(atMs - 10, { kind: 'found', id: 1, found: found('r1', { state: 'released' }) });
  mine.at(atMs, { kind: 'written', id: 2, revision: 'r2' });
  return mine;
}

describe('a candidate', () => {
  test('takes a released record at once, with the next token', () => {
    const mine = candidate();
    expect(mine.at(0)).toEqual([{ kind: 'read', id: 1 }]);
    const effects = mine.at(5, { kind: 'found', id: 1, found: found('r1', { state: 'released' }) });
    expect(effects).toContainEqual(
      expect.objectContaining({
        kind: 'write',
        ifRevision: 'r1',
        record: expect.objectContaining({ token: 6, state: 'held' }),
      }),
    );
    expect(mine.at(9, { kind: 'written', id: 2, revision: 'r2' })).toEqual([{ kind: 'lead', token: 6 }]);
  });

  test('takes a held record only after it has itself seen it unchanged for the lease', () => {
    const mine = candidate();
    mine.at(0);
    mine.at(5, { kind: 'found', id: 1, found: found('r1') });
    mine.at(5, { kind: 'watching', on: true });
    mine.at(6, { kind: 'found', id: 2, found: found('r1') });
    expect(mine.at(804.9)).toEqual([]);
    expect(mine.at(805)).toContainEqual(expect.objectContaining({ kind: 'write', ifRevision: 'r1' }));
  });

  test('begins to wait anew with each renewal that it sees', () => {
    const mine = candidate();
    mine.at(0);
    mine.at(5, { kind: 'found', id: 1, found: found('r1') });
    mine.at(400, { kind: 'pushed', found: found('r2', { write: 2 }) });
    expect(mine.at(900).filter(({ kind }) => kind === 'write')).toEqual([]);
  });

  test('creates an absent key without leading, and leads under it only a lease later', () => {
    const mine = candidate();
    mine.at(0);
    const created = mine.at(5, { kind: 'found', id: 1, found: null });
    expect(created.at(-1)).toMatchObject({ kind: 'write', ifRevision: undefined, record: { state: 'new' } });
    expect(mine.at(10, { kind: 'written', id: 2, revision: 'r1' })).toEqual([]);
    expect(mine.at(809).filter(({ kind }) => kind === 'write')).toEqual([]);
  });

  test('whose winning write got no answer reads, and takes its own record again with a higher token', () => {
    const mine = candidate();
    mine.at(0);
    mine.at(5, { kind: 'found', id: 1, found: found('r1', { state: 'released' }) });
    expect(mine.at(205)).toEqual([{ kind: 'abandon', id: 2 }]);
    expect(mine.at(255)).toEqual([{ kind: 'read', id: 3 }]);
    const again = mine.at(260, { kind: 'found', id: 3, found: found('r2', { session: 'mine', token: 6 }) });
    expect(again.at(-1)).toMatchObject({ kind: 'write', ifRevision: 'r2', record: { token: 7 } });
  });

  test('that is answered too late to lead does not begin', () => {
    const mine = candidate();
    mine.at(0);
    mine.at(5, { kind: 'found', id: 1, found: found('r1', { state: 'released' }) });
    const asleep = mine.at(5 + HOLD_MS, { kind: 'written', id: 2, revision: 'r2' });
    expect(asleep.filter(({ kind }) => kind === 'lead')).toEqual([]);
  });

  test('counts two renewals under its own name as a living twin, one as a dying predecessor', () => {
    const mine = candidate();
    const twin = { holder: 'holder of mine' };
    mine.at(0);
    mine.at(5, { kind: 'found', id: 1, found: found('r1', twin) });
    expect(mine.at(100, { kind: 'pushed', found: found('r2', { ...twin, write: 2 }) })).toEqual([]);
    expect(mine.at(200, { kind: 'pushed', found: found('r3', { ...twin, write: 3 }) })).toContainEqual(
      expect.objectContaining({ kind: 'twin' }),
    );
  });
});

describe('a leader', () => {
  test('is over by its own clock, counted from before its write was sent', () => {
    const mine = leader(110);
    expect(mine.leads(100 + HOLD_MS - 0.1)).toBe(true);
    expect(mine.leads(100 + HOLD_MS)).toBe(false);
    expect(mine.at(100 + HOLD_MS)[0]).toEqual({ kind: 'lost', token: 6, because: 'not renewed in time' });
  });

  test('whose clock jumps ahead ends its term at once and says why, and a jump within the term costs nothing', () => {
    const mine = leader(110);
    mine.leap(HOLD_MS - 200);
    expect(mine.leads(200)).toBe(true);
    mine.leap(3_600_000);
    expect(mine.leads(200)).toBe(false);
    expect(mine.at(200)[0]).toEqual({
      kind: 'lost',
      token: 6,
      because: 'the clock jumped ahead, or the machine slept',
    });
  });

  test('asks to be woken for its renewal, and renews then', () => {
    const mine = leader(110);
    expect(mine.wakeAt(110)).toBe(300);
    expect(mine.at(300)).toEqual([expect.objectContaining({ kind: 'write', ifRevision: 'r2' })]);
  });

  test('stops before anything else that has been waiting when it wakes too late', () => {
    const mine = leader(110);
    mine.at(300);
    const effects = mine.at(5000, { kind: 'written', id: mine.lastId(), revision: 'r3' });
    expect(effects[0]).toMatchObject({ kind: 'lost' });
    expect(effects.map(({ kind }) => kind)).not.toContain('lead');
  });

  test('does not take a record of its own that it reads for a renewal at that time', () => {
    const mine = leader(110);
    mine.at(300);
    mine.at(500);
    mine.at(550);
    mine.at(560, { kind: 'found', id: mine.lastId(), found: found('r3', { session: 'mine', token: 6, write: 2 }) });
    expect(mine.leads(100 + HOLD_MS)).toBe(false);
  });

  test('stops at once when somebody else holds the record, or nobody', () => {
    expect(leader().at(120, { kind: 'pushed', found: found('r9', { token: 7 }) })).toContainEqual(
      expect.objectContaining({ kind: 'lost', because: 'replaced by another candidate' }),
    );
    const mine = leader();
    mine.at(120, { kind: 'pushed', found: null });
    expect(mine.at(125, { kind: 'found', id: mine.lastId(), found: null })).toContainEqual(
      expect.objectContaining({ kind: 'lost', because: 'the key was deleted' }),
    );
  });

  test('campaigns again only when its work has ended', () => {
    const mine = leader(110);
    mine.at(100 + HOLD_MS);
    expect(mine.at(5000)).toEqual([]);
    expect(mine.at(5001, { kind: 'rested' })).toEqual([expect.objectContaining({ kind: 'read' })]);
  });

  test('that leaves releases its record and is done', () => {
    const mine = leader(110);
    const [release] = mine.at(120, { kind: 'leave' });
    expect(release).toMatchObject({ kind: 'write', ifRevision: 'r2', record: { state: 'released', token: 6 } });
    expect(mine.at(125, { kind: 'written', id: mine.lastId(), revision: 'r3' })).toEqual([{ kind: 'left' }]);
    expect(mine.at(9000)).toEqual([]);
  });
});
