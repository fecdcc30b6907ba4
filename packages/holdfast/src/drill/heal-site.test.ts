import { describe, expect, test } from 'vitest';
import type { Hosts } from '../hosts/index.ts';
import { fencingSites } from '../patterns/active-passive/fencing-sites.fixture.ts';
import { memberWitnessSite } from '../patterns/active-passive/sites.fixture.ts';
import type { Healing } from './environment.ts';
import { healSite } from './heal-site.ts';
import { powerByFencing } from './power-by-fencing.ts';

describe('healing a site that a drill has left', () => {
  test('moves the service away from a machine that must boot, and boots no other one', async () => {
    const { healing, done } = world({ serving: 'bravo' });
    await healSite(memberWitnessSite, healing, () => {});
    expect(done).toEqual(['move from bravo', 'boot bravo']);
  });

  test('boots nothing where no drill has left anything', async () => {
    const { healing, done } = world({});
    await healSite(memberWitnessSite, healing, () => {});
    expect(done).toEqual([]);
  });
});

describe('the power of a plant', () => {
  test('is left as it is where nothing outside a node can switch it, for no drill has done so', async () => {
    const { healing } = world({});
    const get = () => {
      throw new Error('nobody is asked');
    };
    const hosts: Hosts = { get, all: [], async close() {}, async [Symbol.asyncDispose]() {} };
    const power = powerByFencing(fencingSites.watchdogSite, hosts, healing.clock);
    await expect(power.restore('alpha')).resolves.toBeUndefined();
    await expect(power.cut('alpha')).rejects.toMatchObject({ code: 'HF-DRILL-FAULT' });
  });
});

/** Machines on which there is nothing to undo, but that the system disk of one may take no files. */
function world({ serving }: { serving?: string }) {
  const done: string[] = [];
  let broken = serving;
  const members = ['alpha', 'bravo', 'charlie'].map((name) => ({
    name,
    async run(script: string) {
      if (script.includes('--no-block reboot')) {
        done.push(`boot ${name}`);
        broken = undefined;
      }
      const stdout = script.includes('mktemp') ? (broken === name ? 'serving\n' : 'sound\n') : '';
      return { exitCode: 0, stdout, stderr: '' };
    },
    async *lines() {},
    async close() {},
  }));
  const never = () => Promise.reject(new Error('not here'));
  let nowMs = 0;
  const healing: Healing = {
    clock: {
      now: () => nowMs,
      monotonic: () => nowMs,
      async sleep(ms) {
        nowMs += ms;
      },
    },
    members,
    power: { cut: never, restore: async () => {}, armRestore: never, disarmRestore: async () => {} },
    async moveAwayFrom(node) {
      done.push(`move from ${node}`);
      return { atMs: nowMs };
    },
  };
  return { healing, done };
}
