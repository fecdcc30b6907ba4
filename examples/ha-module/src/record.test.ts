import { expect, test } from 'vitest';
import { newRecord } from './record.ts';

function recordOf(...arrivals: readonly (readonly [module: string, token: number, stroke: number])[]) {
  const record = newRecord();
  for (const [module, token, stroke] of arrivals) record.accept(token, { module, stroke }, stroke * 20);
  return record;
}

test('strokes between two leaders are counted as missed, with the time nobody published', () => {
  const record = recordOf(['a', 7, 10], ['a', 7, 11], ['b', 8, 32], ['b', 8, 33]);
  expect(record.takeovers).toEqual([{ from: 'a', to: 'b', token: 8, silentMs: 420, missed: 20 }]);
  expect([record.firstStroke, record.lastStroke, record.accepted, record.missed]).toEqual([10, 33, 4, 20]);
  expect(record.mistakes).toEqual([]);
});

test.each([
  [
    'a stroke that comes twice',
    [
      ['a', 7, 10],
      ['b', 8, 10],
    ],
    /stroke 10 by b with token 8 came after stroke 10/,
  ],
  [
    'a smaller token that was accepted',
    [
      ['b', 8, 10],
      ['a', 7, 11],
    ],
    /accepted after token 8/,
  ],
  [
    'two modules with one token',
    [
      ['a', 7, 10],
      ['b', 7, 11],
    ],
    /a's token/,
  ],
  [
    'strokes missing under one leader',
    [
      ['a', 7, 10],
      ['a', 7, 13],
    ],
    /^2 strokes before stroke 13 by a/,
  ],
] as const)('%s is a mistake', (_what, arrivals, mistake) => {
  expect(recordOf(...arrivals).mistakes).toEqual([expect.stringMatching(mistake)]);
});
