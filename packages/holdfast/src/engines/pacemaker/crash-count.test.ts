import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crashesUntil, failCountAfter } from './crash-count.ts';

describe('The fail count of pushed crashes', () => {
  it('is one after the first crash; with each further one it grows by two, or by one since Pacemaker 2.1.6', () => {
    expect([1, 2, 3, 4].map((crashes) => failCountAfter(crashes, 'twice'))).toEqual([1, 3, 5, 7]);
    expect([1, 2, 3, 4].map((crashes) => failCountAfter(crashes, 'once'))).toEqual([1, 2, 3, 4]);
  });

  it.each(['twice', 'once'] as const)('gives back the crashes it stands for where each counts %s', (counting) => {
    const same = (crashes: number) => crashesUntil(failCountAfter(crashes, counting), counting) === crashes;
    fc.assert(fc.property(fc.integer({ min: 1, max: 1000 }), same));
  });
});
