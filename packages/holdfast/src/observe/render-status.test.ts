import { describe, expect, it } from 'vitest';
import { healthySnapshot, site, withNode, withoutMachine, withView } from '../../test/observe/healthy-site.ts';
import { assess } from './assess.ts';
import { renderStatus } from './render-status.ts';
import type { Snapshot } from './snapshot-types.ts';

const plain = (columns: number) => ({ columns, paint: (_format: string, text: string) => text });
const screen = (snapshot: Snapshot, columns = 80) =>
  renderStatus({ snapshot, assessment: assess(snapshot, site) }, site, plain(columns));

describe('the status screen', () => {
  it('of a healthy site fits 80 by 24 and begins with the verdict in words', async () => {
    const text = screen(healthySnapshot());
    const lines = text.split('\n');
    expect(lines[0]).toBe('press-line: alpha serves; the site would survive the next fault');
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    await expect(`${text}\n`).toMatchFileSnapshot('golden/status-healthy.txt');
  });

  it('of a site in trouble says what, where and the command, which is never broken', async () => {
    const text = screen(withNode(withoutMachine(healthySnapshot(), 'charlie'), 'bravo', { standby: true }));
    expect(text.split('\n')[0]).toMatch(/^press-line: NOT SAFE: alpha serves, but would not survive/);
    expect(text).toContain('→ holdfast maintenance site.yaml off --node bravo');
    const prose = text.split('\n').filter((line) => !line.includes('→'));
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(80);
    await expect(`${text}\n`).toMatchFileSnapshot('golden/status-trouble.txt');
  });

  it('shows the last fencing', () => {
    const fenced = withView(healthySnapshot(), (view) => ({
      ...view,
      fencing: [{ status: 'success', action: 'reboot', target: 'bravo', completed: '2026-11-21 03:00:00Z' }],
    }));
    expect(screen(fenced)).toContain('last: reboot of bravo success, 2026-11-21 03:00:00Z');
  });

  it('calls nothing good that it could not read', () => {
    const none = ['alpha', 'bravo', 'charlie'].reduce(
      (changed, name) => withoutMachine(changed, name),
      healthySnapshot(),
    );
    const text = screen(none);
    expect(text).toContain('where it runs is not known');
    expect(text).toContain('link 0 not known');
    expect(text).toContain('alpha CANNOT be fenced');
    expect(text).not.toContain('survives');
  });
});
