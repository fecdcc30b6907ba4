import { expect } from 'vitest';
import { crashes, type Dangers, nodesOf, type Played, placeOf, started, upNode } from './lint-simulation.ts';

const device = 'stonith:fence_ipmilan';

/** What runs with what, and in which order. */
export const arrangementDangers: Dangers = {
  'HF-LINT-CONSTRAINT-NODE': {
    // Nothing but the preference for alpha speaks against bravo, which has no device yet.
    status: `<status>${upNode(1, 'alpha', started({ 'fence-alpha': device, 'fence-bravo': device }))}${upNode(2, 'bravo')}</status>`,
    rounds: [[]],
    bad({ before }) {
      expect(before).toMatchObject({ state: 'bravo', daemon: 'bravo' });
    },
    good({ before }) {
      expect(before).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
  },
  'HF-LINT-ORDER-WITHOUT-COLOCATION': {
    rounds: [[]],
    bad({ before }) {
      expect(before.one).not.toBe(before.two);
    },
    good({ before }) {
      expect(before.one).toBe(before.two);
    },
  },
  'HF-LINT-COLOCATION-WITHOUT-ORDER': {
    // What `two` needs is restarted below it.
    rounds: [crashes(1, 'one')],
    bad({ before, steps }) {
      expect(before.one).toBe(before.two);
      expect(steps.map((step) => ('resource' in step ? step.resource : step.kind))).toEqual(['one', 'one']);
    },
    good({ steps }) {
      expect(steps.map((step) => ('resource' in step ? step.resource : step.kind))).toEqual([
        'two',
        'one',
        'one',
        'two',
      ]);
    },
  },
  'HF-LINT-CLONE-NOT-INTERLEAVED': {
    rounds: [[{ kind: 'node-fails', node: 'bravo' }], [{ kind: 'node-returns', node: 'bravo' }], []],
    bad(played) {
      expect(placeOf(played, 'stop', { resource: 'two', node: 'alpha' })).toBeGreaterThan(0);
    },
    good(played) {
      expect(placeOf(played, 'stop', { resource: 'two', node: 'alpha' })).toBe(-1);
      expect(nodesOf(played, 'two')).toEqual(['alpha', 'bravo']);
    },
  },
  'HF-LINT-ADDRESS-APART': {
    rounds: [[]],
    bad({ before }) {
      expect(before.address).not.toBe(before.daemon);
    },
    good({ before }) {
      expect(before.address).toBe(before.daemon);
    },
  },
  'HF-LINT-SINGLE-WORKLOAD-CLONED': {
    rounds: [[]],
    bad(played) {
      expect(nodesOf(played, 'daemon')).toEqual(['alpha', 'bravo']);
    },
    good(played) {
      expect(nodesOf(played, 'daemon')).toEqual(['alpha']);
    },
  },
};

/** Promoted and unpromoted, and what must be on one node at a time. */
export const roleDangers: Dangers = {
  'HF-LINT-NO-NOTIFY': {
    promotable: ['drbd'],
    rounds: [[]],
    bad(played) {
      expect(placeOf(played, 'promote', { resource: 'drbd' })).toBeGreaterThan(0);
      expect(placeOf(played, 'notify', { resource: 'drbd' })).toBe(-1);
    },
    // Both sides hear of the promotion before it is done.
    good(played) {
      const promotion = placeOf(played, 'promote', { resource: 'drbd', node: 'alpha' });
      const heard = played.jobs.slice(0, promotion).filter(({ kind }) => kind === 'notify');
      expect(new Set(heard.map(({ node }) => node))).toEqual(new Set(['alpha', 'bravo']));
    },
  },
  'HF-LINT-NOT-PROMOTABLE': {
    promotable: ['drbd'],
    rounds: [[]],
    bad(played) {
      expect(nodesOf(played, 'drbd')).toEqual(['alpha', 'bravo']);
      expect(played.before).toMatchObject({ state: null, daemon: null });
    },
    good({ before }) {
      expect(before).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
  },
  'HF-LINT-TWO-PROMOTED': {
    promotable: ['drbd'],
    rounds: [[]],
    bad(played) {
      expect(promotedNodes(played)).toEqual(['alpha', 'bravo']);
    },
    good(played) {
      expect(promotedNodes(played)).toEqual(['alpha']);
    },
  },
  'HF-LINT-CLONED-FILESYSTEM': {
    rounds: [[]],
    bad(played) {
      expect(nodesOf(played, 'state')).toEqual(['alpha', 'bravo']);
    },
    good(played) {
      expect(nodesOf(played, 'state')).toEqual(['alpha']);
    },
  },
  'HF-LINT-DRBD-APART': {
    // The group leaves alpha, where the device is primary.
    promotable: ['drbd'],
    rounds: [crashes(3), []],
    bad(played) {
      expect(promotedNodes(played)).toEqual(['alpha']);
      expect(played.after.state).toBe('bravo');
    },
    good(played) {
      expect(promotedNodes(played)).toEqual(['bravo']);
      expect(played.after.state).toBe('bravo');
    },
  },
  'HF-LINT-DRBD-UNORDERED': {
    promotable: ['drbd'],
    rounds: [[]],
    bad(played) {
      const mount = placeOf(played, 'start', { resource: 'state' });
      expect(mount).toBeGreaterThan(0);
      expect(mount).toBeLessThan(placeOf(played, 'promote', { resource: 'drbd' }));
    },
    good(played) {
      const promotion = placeOf(played, 'promote', { resource: 'drbd' });
      expect(promotion).toBeGreaterThan(0);
      expect(promotion).toBeLessThan(placeOf(played, 'start', { resource: 'state' }));
    },
  },
};

/** Names and values that Pacemaker passes over: what was meant does not happen. */
export const optionDangers: Dangers = {
  'HF-LINT-PROPERTY-UNKNOWN': {
    // Meant to go on without quorum.
    rounds: [[{ kind: 'quorum-lost' }]],
    bad({ after }) {
      expect(after).toMatchObject({ state: null, daemon: null });
    },
    good({ after }) {
      expect(after).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
  },
  'HF-LINT-META-UNKNOWN': {
    // Meant to move at the first crash.
    rounds: [crashes(1)],
    bad({ after }) {
      expect(after.daemon).toBe('alpha');
    },
    good({ after }) {
      expect(after.daemon).toBe('bravo');
    },
  },
  'HF-LINT-PROPERTY-VALUE': {
    // Meant to keep Pacemaker's hands off.
    rounds: [crashes(1)],
    bad({ steps }) {
      expect(steps.map(({ kind }) => kind)).toEqual(['stop', 'start']);
    },
    good({ steps }) {
      expect(steps).toEqual([]);
    },
  },
};

function promotedNodes({ copies }: Played): readonly string[] {
  return copies
    .filter(({ isPromoted }) => isPromoted)
    .map(({ node }) => node)
    .toSorted();
}
