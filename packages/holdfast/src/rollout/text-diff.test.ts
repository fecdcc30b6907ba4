import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textDiff } from './text-diff.ts';

describe('A difference of two texts', () => {
  const show = (before: string, after: string) => textDiff(before, after, 1).map(({ mark, text }) => `${mark}${text}`);

  it('shows what went and what came, with the lines around', () => {
    expect(show('a\nb\nc\nd\ne\nf\n', 'a\nb\nC\nd\ne\nf\n')).toEqual([' b', '-c', '+C', ' d']);
  });

  it('parts changes that lie far from each other', () => {
    expect(show('a\nb\nc\nd\ne\n', 'A\nb\nc\nd\nE\n')).toEqual(['-a', '+A', ' b', ' …', ' d', '-e', '+E']);
  });

  it('of equal texts is empty', () => {
    expect(show('a\nb\n', 'a\nb\n')).toEqual([]);
  });

  it('holds every line of both texts when nothing is left out', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
      .map((lines) => lines.map((line) => `${line}\n`).join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = textDiff(before, after, 100);
        const kept = (mark: string) =>
          lines
            .filter((line) => line.mark !== mark)
            .map((line) => `${line.text}\n`)
            .join('');
        if (before === after) expect(lines).toEqual([]);
        else expect([kept('+'), kept('-')]).toEqual([before, after]);
      }),
    );
  });
});
