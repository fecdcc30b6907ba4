import { expect, test } from 'vitest';
import { usualPace } from './options.ts';
import type { Operation } from './types.ts';
import { steadyServer } from './watch.ts';

const pace = { ...usualPace, steadyMs: 1000, ratePerSecond: 50, longestWriteMs: 200 };

test('is steady when one incarnation answered everything that must have its answer by now', () => {
  expect(steadyServer(writes(0, 2000), 2000, pace)).toEqual({ node: 'alpha', start: 1 });
});

test('is not steady while a write is without an answer or another incarnation answers', () => {
  const broken = writes(0, 2000).map((each) => (each.intendedAtMs === 1500 ? { ...each, servedBy: undefined } : each));
  expect(steadyServer(broken.map(withoutUndefined), 2000, pace)).toBeUndefined();
  const changed = [...writes(0, 1400), ...writes(1400, 2000, 'bravo')];
  expect(steadyServer(changed, 2000, pace)).toBeUndefined();
});

test('is not steady when writes that were due have not been answered at all', () => {
  expect(steadyServer(writes(0, 1000), 2000, pace)).toBeUndefined();
});

test('does not wait for writes that are still under way', () => {
  const underWay = writes(0, 2000).filter(({ intendedAtMs }) => intendedAtMs < 1850);
  expect(steadyServer(underWay, 2000, pace)).toEqual({ node: 'alpha', start: 1 });
});

function writes(fromMs: number, toMs: number, node = 'alpha'): Operation[] {
  return Array.from({ length: (toMs - fromMs) / 20 }, (_, index) => {
    const atMs = fromMs + index * 20;
    const servedBy = { node, start: 1 };
    return { key: `${atMs}`, intendedAtMs: atMs, invokedAtMs: atMs, completedAtMs: atMs + 5, result: 'ok', servedBy };
  });
}

function withoutUndefined({
  servedBy,
  ...rest
}: Omit<Operation, 'servedBy'> & { servedBy?: Operation['servedBy'] | undefined }) {
  return servedBy === undefined ? { ...rest, result: 'unknown' as const } : { ...rest, servedBy };
}
