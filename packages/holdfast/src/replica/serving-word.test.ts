import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../core/index.ts';
import { loneStatus } from '../engines/drbd/drbd.fixture.ts';
import type { DrbdStatus } from '../engines/drbd/index.ts';
import type { Host, RunResult } from '../hosts/index.ts';
import { replicatedSite as siteFixture } from '../patterns/active-passive/sites.fixture.ts';
import { type ReplicaView, replicatedSite } from './read-replica.ts';
import { onlyOn } from './serving-word.fixture.ts';
import { banInWords } from './serving-word.ts';

const replicated = replicatedSite(siteFixture);
const { signal } = new AbortController();

describe('A node that stands alone', () => {
  it('is told by which constraint the other node forbade it to serve', async () => {
    expect(await banOf(alphaAlone(), { exitCode: 0, stdout: onlyOn('bravo'), stderr: '' })).toBe(
      'bravo went on without alpha and forbade it to serve, by the constraint drbd-fence-by-handler-state-replica in the cluster: its writes since are on bravo alone.',
    );
  });

  it('is told nothing where no constraint stands, or one that lets it serve', async () => {
    expect(
      await banOf(alphaAlone(), { exitCode: 105, stdout: '', stderr: 'No such device or address' }),
    ).toBeUndefined();
    expect(await banOf(alphaAlone(), { exitCode: 0, stdout: onlyOn('alpha'), stderr: '' })).toBeUndefined();
  });

  it('is told that it is not known where its cluster does not say', async () => {
    const stopped = { exitCode: 102, stdout: '', stderr: 'Could not connect to the CIB\nInit failed' };
    expect(await banOf(alphaAlone(), stopped)).toBe('Whether bravo forbade alpha to serve is not known: Init failed');
    expect(await banOf(alphaAlone(), 'alpha did not finish a command within 15 s.')).toContain('did not finish');
  });
});

it('Where no node stands alone the cluster is not asked', async () => {
  const { ends } = alphaAlone('Primary');
  expect(await banOf({ site: 'mill-3', ends, relation: null }, 'asked')).toBeUndefined();
});

function alphaAlone(role: DrbdStatus['role'] = 'Secondary'): ReplicaView {
  const status: DrbdStatus = { ...loneStatus, role };
  const alpha = { node: 'alpha', disk: '/dev/vdb', report: { kind: 'up', version: '8.4.11', status } as const };
  return { site: 'mill-3', ends: [alpha, { node: 'bravo', disk: '/dev/vdb', report: null }], relation: null };
}

function banOf(view: ReplicaView, answer: RunResult | string) {
  const get = (name: string): Host => ({
    name,
    async run() {
      if (typeof answer !== 'string') return answer;
      throw new HoldfastError({ code: 'HF-HOST-TIMEOUT', message: answer, remedy: 'Wait.', source: 'site' });
    },
    async *lines() {},
    async close() {},
  });
  return banInWords(replicated, view, { get }, signal);
}
