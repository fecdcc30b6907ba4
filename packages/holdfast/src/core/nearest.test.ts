import { describe, expect, it } from 'vitest';
import { nearest } from './index.ts';

describe('nearest', () => {
  it('finds the key that was meant', () => {
    expect(nearest('witnes', ['witness', 'name', 'nodes'])).toBe('witness');
    expect(nearest('Node', ['witness', 'name', 'nodes'])).toBe('nodes');
  });

  it('does not guess at a word that resembles none', () => {
    expect(nearest('quorum', ['witness', 'name', 'nodes'])).toBeUndefined();
  });
});
