import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HangingLabel, placeLabels } from './label-rows.ts';

const labelsIn = (from: number, to: number) =>
  fc
    .array(fc.record({ x: fc.integer({ min: from, max: to }), width: fc.integer({ min: 10, max: 150 }) }), {
      maxLength: 8,
    })
    .map((labels) => labels.toSorted((a, b) => a.x - b.x));

test('no label lies on another one, wherever they are', () => {
  fc.assert(
    fc.property(labelsIn(0, 360), (labels) => {
      for (const [a, b] of pairs(labels)) {
        const apart = a.row !== b.row || a.right <= b.left || b.right <= a.left;
        expect(apart).toBe(true);
      }
    }),
  );
});

test.each([
  ['to the right', 0, 200],
  ['to the left', 160, 360],
])('where all labels find room %s, no line runs through a text, and none leaves the picture', (_side, from, to) => {
  fc.assert(
    fc.property(labelsIn(from, to), (labels) => {
      for (const [a, b] of pairs(labels)) {
        // The line of `a` reaches down to its own row.
        expect(a.x > b.left && a.x < b.right && a.row >= b.row).toBe(false);
        expect(a.left >= 0 && a.right <= 360).toBe(true);
      }
    }),
  );
});

test('a lone label is beside its line', () => {
  expect(placeLabels([{ x: 10, width: 50 }], 0, 100)).toEqual([{ left: 15, row: 0 }]);
  expect(placeLabels([{ x: 90, width: 50 }], 0, 100)).toEqual([{ left: 35, row: 0 }]);
});

/** Every ordered pair of different labels. */
function pairs(labels: readonly HangingLabel[]) {
  const placed = placeLabels(labels, 0, 360).map(({ left, row }, index) => {
    const { x = 0, width = 0 } = labels[index] ?? {};
    return { x, left, row, right: left + width };
  });
  return placed.flatMap((a) => placed.filter((b) => b !== a).map((b) => [a, b] as const));
}
