import { describe, expect, it } from 'vitest';
import { healthySnapshot, replicatedSite, withView } from '../../../test/observe/healthy-site.ts';
import type { Site } from '../../site/index.ts';
import { sceneOf } from '../scene.ts';
import type { FailedOperation, ResourceHistory } from '../snapshot-types.ts';
import { checkFailures } from './failures.ts';

const site: Site = { ...replicatedSite, reach: ['10.77.1.254'] };

function findings(history: ResourceHistory, failures: readonly FailedOperation[] = []) {
  const snapshot = withView(healthySnapshot(), (view) => ({ ...view, history: [...view.history, history], failures }));
  return checkFailures(sceneOf(snapshot, site, 'site.yaml'));
}

describe('the failures that the cluster counts', () => {
  it.each(['drbd', 'reach-ping', 'fence-charlie', 'workload-ledger'])(
    'of %s are shown with the command that lets it forget them',
    (resource) => {
      const failure = { node: 'alpha', resource, task: 'monitor', exitCode: 1, reason: 'error: gone' };
      expect(findings({ node: 'alpha', resource, failCount: 2, migrationThreshold: 3 }, [failure])).toMatchObject([
        {
          code: 'HF-STATUS-FAILURES',
          severity: 'warning',
          message: `The cluster counts 2 failures of ${resource} on alpha (monitor: error: gone); with 3 it moves away from there.`,
          command: `holdfast clear site.yaml ${resource}`,
        },
      ]);
    },
  );

  it('keep DRBD from following where they are too many, so that nothing can be taken over', () => {
    const [finding] = findings({ node: 'bravo', resource: 'drbd', failCount: 3, migrationThreshold: 3 });
    expect(finding).toMatchObject({ code: 'HF-STATUS-FAIL-COUNT', breaks: { 'active-node-loss': 'no' } });
  });

  it('of a device that switches power are not shown where it runs, as its last check counts there, and shown elsewhere', () => {
    const of = (node: string) =>
      findings({ node, resource: 'fence-alpha', failCount: 7, migrationThreshold: 1_000_000 });
    expect(of('charlie')).toEqual([]);
    expect(of('bravo')).toMatchObject([
      { code: 'HF-STATUS-FAILURES', message: 'The cluster counts 7 failures of fence-alpha on bravo.' },
    ]);
  });

  it('of a ping or what confirms a lost witness, however many, keep no takeover from happening', () => {
    for (const resource of ['reach-ping', 'fence-charlie']) {
      const [finding] = findings({ node: 'bravo', resource, failCount: 3, migrationThreshold: 3 });
      expect(finding).toMatchObject({
        code: 'HF-STATUS-FAILURES',
        message: expect.stringContaining('does not start it there until that is forgotten'),
        breaks: {},
      });
    }
  });

  it('of what is not of this site are left alone', () => {
    expect(findings({ node: 'alpha', resource: 'theirs', failCount: 2, migrationThreshold: 3 })).toEqual([]);
  });
});
