import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memberWitnessSite } from '../../patterns/active-passive/sites.fixture.ts';
import { contextWith } from './context.fixture.ts';
import { stateDiskFull } from './state-disk-full.ts';

describe('state-disk-full is healed', () => {
  it('when the state is mounted somewhere, and its timers and the failures are forgotten then', async () => {
    const scripts: string[] = [];
    await stateDiskFull.heal(contextWith({ answer: answers({ mounted: true, armed: true }), scripts }));
    expect(scripts.filter((script) => script.includes('systemctl stop holdfast-drill-disk-full'))).toHaveLength(2);
    expect(scripts.at(-1)).toContain('crm_resource --cleanup');
  });

  it('not by a look at a moment when it is mounted on neither node: that is tried again', async () => {
    const scripts: string[] = [];
    const between = contextWith({ answer: answers({ mounted: false, armed: true }), scripts });
    await expect(stateDiskFull.heal(between)).rejects.toMatchObject({ code: 'HF-DRILL-FAULT' });
    expect(scripts.join()).not.toContain('systemctl stop');
  });

  it('where no drill has left anything, by nothing', async () => {
    const nothing = contextWith({ answer: answers({ mounted: false, armed: false }) });
    await expect(stateDiskFull.heal(nothing)).resolves.toBeUndefined();
  });

  it('by removing what fills it, and only where the state is mounted', async () => {
    const state = mkdtempSync(join(tmpdir(), 'holdfast-state-'));
    try {
      const scripts: string[] = [];
      const context = contextWith({ scripts, answer: answers({ mounted: true, armed: true }) });
      await stateDiskFull.heal(context);
      const script = (scripts[0] ?? '').replaceAll(memberWitnessSite.state.mountPoint, state);
      writeFileSync(join(state, '.holdfast-drill-ballast'), 'much');
      const run = (mounted: boolean) =>
        spawnSync('sh', ['-c', `mountpoint() { ${mounted}; }\n${script}`], { encoding: 'utf8' }).stdout;
      expect(run(false)).toBe('');
      expect(readdirSync(state)).toEqual(['.holdfast-drill-ballast']);
      expect(run(true)).toBe('made room\n');
      expect(readdirSync(state)).toEqual([]);
    } finally {
      rmSync(state, { recursive: true });
    }
  });
});

function answers({ mounted, armed }: { readonly mounted: boolean; readonly armed: boolean }) {
  return (script: string) => {
    if (script.includes('is-active')) return armed ? 'active\ninactive\n' : 'inactive\ninactive\n';
    return script.includes('mountpoint') && mounted ? 'made room\n' : '';
  };
}
