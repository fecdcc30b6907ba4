import { expect } from 'vitest';
import type { SimulatedEvent } from '../../src/engines/pacemaker/index.ts';
import { type Dangers, monitorsOf, placeOf, upNode } from './lint-simulation.ts';

const alphaFails: SimulatedEvent = { kind: 'node-fails', node: 'alpha' };
const bravoFails: SimulatedEvent = { kind: 'node-fails', node: 'bravo' };
const alphaStays: SimulatedEvent = { kind: 'fencing-fails', node: 'alpha' };
const service = ['state', 'address', 'daemon'];

/** Whether a lost node is surely dead before its work starts elsewhere, and who may go on. */
export const fencingDangers: Dangers = {
  'HF-LINT-FENCING-OFF': {
    // To bravo, a cut network and a dead alpha are the same.
    rounds: [[alphaFails]],
    bad({ steps, after }) {
      expect(steps.filter(({ kind }) => kind === 'fence')).toEqual([]);
      expect(after).toMatchObject({ state: 'bravo', daemon: 'bravo' });
    },
    good({ steps, after }) {
      expect(steps[0]).toMatchObject({ kind: 'fence', node: 'alpha' });
      expect(after).toMatchObject({ state: 'bravo', daemon: 'bravo' });
    },
  },
  'HF-LINT-FENCING-NO-DEVICE': {
    rounds: [[alphaFails], []],
    bad({ steps }) {
      expect(steps.filter(({ kind }) => kind === 'start')).toEqual([]);
    },
    good({ after }) {
      expect(after).toMatchObject({ state: 'bravo', daemon: 'bravo' });
    },
  },
  'HF-LINT-FENCING-NOT-AWAITED': {
    rounds: [[alphaFails, alphaStays]],
    bad({ steps }) {
      expect(steps).toEqual([{ kind: 'start', resource: 'daemon', node: 'bravo' }]);
    },
    good({ before, steps }) {
      expect(before.daemon).toBe('alpha');
      expect(steps).toEqual([]);
    },
  },
  'HF-LINT-FENCING-STARTUP-OFF': {
    // Alpha started behind a cut network and never saw bravo, which may serve: bravo would do the same.
    status: `<status>${upNode(1, 'alpha')}</status>`,
    rounds: [[]],
    bad(played) {
      expect(placeOf(played, 'fence', { node: 'bravo' })).toBe(-1);
      expect(played.before).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
    good(played) {
      expect(placeOf(played, 'fence', { node: 'bravo' })).toBeGreaterThanOrEqual(0);
      expect(placeOf(played, 'start', { resource: 'state' })).toBeGreaterThan(
        placeOf(played, 'fence', { node: 'bravo' }),
      );
    },
  },
  'HF-LINT-FENCING-RACE': {
    // Bravo has lost sight of alpha, which serves and shall have the first shot.
    rounds: [[alphaFails, alphaStays]],
    bad({ shots }) {
      expect(shots).toEqual([{ node: 'alpha', after: [], delaySeconds: undefined }]);
    },
    good({ shots }) {
      expect(shots).toEqual([{ node: 'alpha', after: [], delaySeconds: 5 }]);
    },
  },
  'HF-LINT-FENCING-SERIAL': {
    rounds: [[alphaFails, bravoFails, alphaStays]],
    bad({ shots }) {
      expect(shots.filter(({ after }) => after.length > 0)).toHaveLength(1);
    },
    good({ shots }) {
      expect(shots).toHaveLength(2);
      expect(shots.flatMap(({ after }) => after)).toEqual([]);
    },
  },
  'HF-LINT-FENCING-UNMONITORED': {
    rounds: [[]],
    bad(played) {
      expect(monitorsOf(played, 'fence-bravo')).toEqual([]);
    },
    good(played) {
      expect(monitorsOf(played, 'fence-bravo')).toEqual(['bravo/60000']);
    },
  },
  'HF-LINT-QUORUM-IGNORED': {
    // Alpha is cut off from two others.
    rounds: [[{ kind: 'quorum-lost' }]],
    bad({ after }) {
      expect(after).toMatchObject({ state: 'alpha', daemon: 'alpha' });
    },
    good({ stopped }) {
      expect([...stopped].sort()).toEqual([...service].sort());
    },
  },
};
