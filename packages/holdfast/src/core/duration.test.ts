import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, HoldfastError, parseDuration } from './index.ts';

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['4h', 14_400_000],
    ['1d', 86_400_000],
    ['0s', 0],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    ['10', 'HF-DURATION-NO-UNIT'],
    ['10 seconds', 'HF-DURATION-UNIT'],
    ['3x', 'HF-DURATION-UNIT'],
    ['10S', 'HF-DURATION-UNIT'],
    ['10 s', 'HF-DURATION-FORM'],
    ['0.5ms', 'HF-DURATION-FORM'],
    ['-1s', 'HF-DURATION-FORM'],
    ['', 'HF-DURATION-FORM'],
    ['1m30s', 'HF-DURATION-FORM'],
    ['25d', 'HF-DURATION-TOO-LONG'],
  ])('refuses %j with %s', (text, code) => {
    expect(codeOf(() => parseDuration(text))).toBe(code);
  });

  it('reads back whatever formatDuration writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it('throws nothing but a HoldfastError', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(codeOf(() => parseDuration(text))).toMatch(/^(fine|HF-DURATION-)/);
      }),
    );
  });
});

function codeOf(action: () => unknown): string {
  try {
    action();
    return 'fine';
  } catch (error) {
    return error instanceof HoldfastError ? error.code : String(error);
  }
}
