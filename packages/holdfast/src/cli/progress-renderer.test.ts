import { describe, expect, it } from 'vitest';
import type { Clock } from '../core/index.ts';
import { createProgressRenderer } from './progress-renderer.ts';

function setUp(isTTY: boolean, columns = 80) {
  let nowMs = 0;
  let written = '';
  const clock: Clock = { now: () => nowMs, monotonic: () => nowMs, sleep: async () => {} };
  const stream = { write: (text: string) => (written += text), isTTY, columns };
  const renderer = createProgressRenderer({ stream, clock, colour: false });
  return {
    renderer,
    pass: (ms: number) => {
      nowMs += ms;
    },
    take: () => {
      const taken = written;
      written = '';
      return taken;
    },
  };
}

describe('progress', () => {
  it('is one line for each task that ended, off a terminal', () => {
    const { renderer, pass, take } = setUp(false);
    renderer.show({ kind: 'task-started', id: '1', title: 'install packages', host: 'alpha' });
    renderer.show({ kind: 'task-started', id: '2', title: 'write files', host: 'bravo' });
    expect(take()).toBe('');
    pass(2500);
    renderer.show({ kind: 'task-finished', id: '1', outcome: 'done' });
    renderer.show({ kind: 'task-finished', id: '2', outcome: 'unchanged' });
    expect(take()).toBe('✔ alpha: install packages  2.5 s\n= bravo: write files  2.5 s  unchanged\n');
  });

  it('says what failed and why', () => {
    const { renderer, take } = setUp(false);
    renderer.show({ kind: 'task-started', id: '1', title: 'reach bravo' });
    renderer.show({ kind: 'task-failed', id: '1', message: 'no route to host' });
    expect(take()).toBe('✘ reach bravo  no route to host\n');
  });

  it('is drawn again in the same place on a terminal, with the seconds of what takes longer than one', () => {
    const { renderer, pass, take } = setUp(true);
    renderer.show({ kind: 'task-started', id: '1', title: 'install packages' });
    expect(take()).toBe('  … install packages\n');
    pass(1200);
    renderer.show({ kind: 'task-output', id: '1', text: 'Get:1 pacemaker\nGet:2 corosync\n' });
    expect(take()).toBe('\u001b[1A\u001b[J  … install packages  1.2 s  Get:2 corosync\n');
    renderer.close();
    expect(take()).toBe('\u001b[1A\u001b[J');
  });

  it('never lets a line wrap, nor control characters through', () => {
    const { renderer, take } = setUp(true, 30);
    renderer.show({ kind: 'task-started', id: '1', title: 'install' });
    take();
    renderer.show({ kind: 'task-output', id: '1', text: `\u001b[2J${'x'.repeat(100)}` });
    const line = take().replace('\u001b[1A\u001b[J', '');
    expect(line.length).toBeLessThanOrEqual(30);
    expect(line).not.toContain('\u001b');
    renderer.close();
  });

  it('makes room for other text on the same terminal', () => {
    const { renderer, take } = setUp(true);
    renderer.show({ kind: 'task-started', id: '1', title: 'watch' });
    take();
    renderer.around(() => {});
    expect(take()).toBe('\u001b[1A\u001b[J  … watch\n');
    renderer.close();
  });
});
