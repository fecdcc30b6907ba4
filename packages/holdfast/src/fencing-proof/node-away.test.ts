import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../core/index.ts';
import type { Host } from '../hosts/index.ts';
import { memberWitnessSite } from '../patterns/active-passive/sites.fixture.ts';
import { awaitBack, bootIdOf } from './node-away.ts';
import type { Bench } from './prove-power.ts';

const former = '0b5f9f4e-6a53-4f8d-9d5e-1c9f0f6a7b21';
const later = 'c3f1a3a2-95a8-4a63-8a5d-62d2c9e1f0aa';
const member = '<node name="alpha" id="1" online="true" standby="false" pending="false"/>';

/** In place of the /proc of a machine. */
let machine: string;

beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), 'holdfast-boot-'));
});

afterEach(() => rmSync(machine, { recursive: true }));

describe('the boot that a node is in', () => {
  test('is what its kernel says', async () => {
    expect(await bootIdOf(bench({ boots: former }))).toBe(former);
  });

  test.each([undefined, '', 'none'])('is not taken from an answer that names none: %o', async (boots) => {
    await expect(bootIdOf(bench({ boots }))).rejects.toMatchObject({ code: 'HF-FENCING-TEST-UNSAFE' });
  });
});

describe('a node is back', () => {
  test('when it is a whole member in another boot', async () => {
    expect(await awaitBack(bench({ boots: later, says: member }), former)).toBe(true);
  });

  test('in whatever boot, when it was never seen away', async () => {
    expect(await awaitBack(bench({ boots: former, says: member }), '')).toBe(true);
  });

  test.each<[string, Machine]>([
    ['in the same boot', { boots: former, says: member }],
    ['while it does not tell its boot', { boots: undefined, says: member }],
    ['while its boot is empty', { boots: '', says: member }],
    [
      'while it only begins to be a member',
      { boots: later, says: member.replace('pending="false"', 'pending="true"') },
    ],
    ['while the cluster does not answer it', { boots: later }],
    ['while it does not answer', { boots: later, says: member, isSilent: true }],
  ])('not %s', async (_when, parts) => {
    expect(await awaitBack(bench(parts), former)).toBe(false);
  });
});

interface Machine {
  /** What its kernel says of its boot; undefined: it cannot be read. */
  readonly boots: string | undefined;
  /** What crm_mon prints there. */
  readonly says?: string;
  readonly isSilent?: boolean;
}

function bench({ boots, says = '', isSilent = false }: Machine): Bench {
  if (boots !== undefined) writeFileSync(join(machine, 'boot_id'), `${boots}\n`);
  const host: Host = {
    name: 'alpha',
    async run(script) {
      if (isSilent) throw new Error('no answer');
      const moved = script.replaceAll('/proc/sys/kernel/random/', `${machine}/`);
      const prelude = `crm_mon() { echo '${says}'; }\n`;
      const { status, stdout, stderr } = spawnSync('sh', ['-c', prelude + moved], { encoding: 'utf8' });
      return { exitCode: status ?? 1, stdout, stderr };
    },
    async *lines() {},
    async close() {},
  };
  let nowMs = 0;
  // Each sleep takes minutes, so that few of them are all the patience there is.
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    async sleep() {
      nowMs += 200_000;
    },
  };
  const [node] = memberWitnessSite.nodes;
  const { signal } = new AbortController();
  return { site: memberWitnessSite, node, hosts: { get: () => host }, helper: host, clock, signal };
}
