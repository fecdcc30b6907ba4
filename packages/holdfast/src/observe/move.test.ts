import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { healthySnapshot, site, withMachine, withNode, withoutMachine } from '../../test/observe/healthy-site.ts';
import { HoldfastError, systemClock } from '../core/index.ts';
import type { Host } from '../hosts/index.ts';
import { assess } from './assess.ts';
import { orderMove, planMove } from './move.ts';

describe('planning a move', () => {
  it('goes to the node that does not serve', () => {
    expect(planMove(assess(healthySnapshot(), site), site)).toEqual({ from: 'alpha', to: 'bravo' });
  });

  it('is nothing to do when the target serves already', () => {
    expect(planMove(assess(healthySnapshot(), site), site, 'alpha')).toBeNull();
  });

  it('refuses a target that is no node, also the witness', () => {
    for (const to of ['charlie', 'delta']) {
      expect(() => planMove(assess(healthySnapshot(), site), site, to)).toThrow(/not a node .* that can run/);
    }
  });

  it('refuses a target that could not take over, with every reason and its remedy', () => {
    const drained = withNode(healthySnapshot(), 'bravo', { standby: true });
    const deviceless = withMachine(drained, 'bravo', (machine) => ({
      ...machine,
      device: { known: true, value: { present: false, resolved: '' } },
    }));
    const problems = problemsOf(() => planMove(assess(deviceless, site), site));
    expect(problems.map(({ code }) => code)).toEqual(['HF-MOVE-UNSAFE', 'HF-MOVE-UNSAFE']);
    expect(problems.map(({ message }) => message).join()).toMatch(/standby.*does not see the device/);
    expect(problems[0]?.remedy).toContain('holdfast maintenance site.yaml off --node bravo');
  });

  it('refuses when nobody knows who serves', () => {
    const lost = withoutMachine(withoutMachine(withoutMachine(healthySnapshot(), 'alpha'), 'bravo'), 'charlie');
    expect(problemsOf(() => planMove(assess(lost, site), site)).map(({ code }) => code)).toEqual(['HF-MOVE-UNSAFE']);
  });
});

/** A real shell in which the cluster's programs write down how they were called. */
describe('the order to move', () => {
  let bin: string;

  beforeEach(async () => {
    bin = await mkdtemp(join(tmpdir(), 'holdfast-move-'));
    await program('cibadmin', `echo "$*" >>${bin}/calls; [ "$1" != --modify ] || touch ${bin}/moving`);
    await program('ip', `echo "3: plant inet ${site.address.ip}/24"`);
    await program('systemctl', `[ -e ${bin}/moving ]`);
    await program('curl', "printf '200 12'");
  });
  afterEach(() => rm(bin, { recursive: true }));

  async function program(name: string, body: string): Promise<void> {
    await writeFile(join(bin, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(bin, name), 0o755);
  }

  const calls = async () => (await readFile(join(bin, 'calls'), 'utf8')).trim().split('\n');
  const order = (target: Host) => orderMove(site, target, { from: 'alpha', to: 'bravo' }, systemClock);

  function shell(onLine: (line: string, child: ReturnType<typeof spawn>) => void = () => {}): Host {
    const unused = () => Promise.reject(new Error('not used'));
    return {
      name: 'bravo',
      run: unused,
      close: unused,
      async *lines(script) {
        const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
        const child = spawn('sh', ['-c', script], { env, stdio: ['ignore', 'pipe', 'ignore'] });
        const input = createInterface(child.stdout);
        child.stdout.on('close', () => input.close());
        for await (const line of input) {
          onLine(line, child);
          yield line;
        }
      },
    };
  }

  it('asks for the target with a constraint that ends by itself, and removes it when the target serves', async () => {
    const result = await order(shell());
    expect(result).toMatchObject({ from: 'alpha', to: 'bravo' });
    expect(result.servedAtMs - result.orderedAtMs).toBeCloseTo(result.tookMs);
    expect(Math.abs(result.orderedAtMs - result.sentAtMs)).toBeLessThan(5_000);
    const [modify = '', remove, ...more] = await calls();
    expect(modify).toMatch(
      /^--modify --allow-create --scope constraints --xml-text <rsc_location id='cli-prefer-active'/,
    );
    const end = Date.parse(/ end='([^']+)'/.exec(modify)?.[1] ?? '');
    expect(end).toBeGreaterThan(Date.now() + 60_000);
    expect(end).toBeLessThan(Date.now() + 600_000);
    expect(remove).toBe('--delete --xml-text <rsc_location id="cli-prefer-active"/>');
    expect(more).toEqual([]);
  });

  it('removes the constraint also when the connection is lost while it waits', async () => {
    await program('systemctl', `[ -e ${bin}/serve ]`);
    const target = shell((line, child) => {
      if (!line.startsWith('ordered')) return;
      child.stdout?.destroy();
      setTimeout(() => writeFile(join(bin, 'serve'), ''), 200);
    });
    await expect(order(target)).rejects.toMatchObject({ code: 'HF-MOVE-LATE' });
    await expect.poll(calls, { timeout: 5_000 }).toHaveLength(2);
    expect((await calls())[1]).toContain('--delete');
  });

  it('gives up when the target does not serve in time, and leaves nothing behind', async () => {
    await program('systemctl', 'exit 3');
    // A clock that leaps ten minutes at every look.
    await program(
      'date',
      `n=$(cat ${bin}/n 2>/dev/null || echo 0); echo $((n + 1)) >${bin}/n; exec /bin/date -d "@$(($(/bin/date +%s) + n * 600))" "$@"`,
    );
    await expect(order(shell())).rejects.toMatchObject({ code: 'HF-MOVE-LATE' });
    expect((await calls()).at(-1)).toContain('--delete');
  });

  it('says what the cluster said when it refuses', async () => {
    await program('cibadmin', 'echo "Update does not conform to the configured schema" >&2; exit 78');
    await expect(order(shell())).rejects.toMatchObject({
      code: 'HF-MOVE-REFUSED',
      message: expect.stringContaining('does not conform to the configured schema'),
    });
  });
});

function problemsOf(action: () => unknown): HoldfastError['problems'] | readonly never[] {
  try {
    action();
  } catch (error) {
    if (error instanceof HoldfastError) return error.problems;
    throw error;
  }
  return [];
}
