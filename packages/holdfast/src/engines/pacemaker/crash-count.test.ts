import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crashesUntil, failCountAfter } from './crash-count.ts';

describe('The fail count of pushed crashes', () => {
  it('is one after the first crash and grows by two with each further one', () => {
    expect([1, 2, 3, 4].map(failCountAfter)).toEqual([1, 3, 5, 7]);
  });

  it('gives back the crashes it stands for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (crashes) => crashesUntil(failCountAfter(crashes)) === crashes),
    );
  });
});
