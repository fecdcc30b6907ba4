import { describe, expect, test } from 'vitest';
import { readingOf } from './cluster-watch.ts';

const members = ['alpha', 'bravo', 'charlie'];
const resources = ['state', 'workload-ledger'];

describe('readingOf', () => {
  test('knows a cluster that is whole and idle, and who is active', () => {
    expect(reading({})).toEqual({ active: 'alpha', missing: [], settledWithout: false, refuses: false });
  });

  test.each([
    ['a member is not there', { charlie: 'online="false"' }, /charlie is not online/],
    ['a member is in standby', { charlie: 'online="true" standby="true"' }, /charlie is in standby/],
    ['a member is about to be fenced', { charlie: 'online="true" unclean="true"' }, /charlie is about to be fenced/],
    ['there is no quorum', { quorum: 'false' }, /no quorum/],
    ['a resource has failed', { ledger: 'active="true" failed="true"' }, /workload-ledger has failed/],
    [
      'a resource is changing',
      { ledger: 'active="true" pending="Starting"' },
      /workload-ledger has failed or is changing/,
    ],
    ['a resource runs nowhere', { ledger: 'active="false"' }, /workload-ledger does not run/],
    ['the cluster is still at work', { controller: 'S_TRANSITION_ENGINE' }, /not idle \(S_TRANSITION_ENGINE\)/],
    ['there is no DC', { controller: '' }, /not idle \(it has no DC\)/],
  ] satisfies [string, Parameters<typeof reading>[0], RegExp][])('is not ready when %s', (_what, parts, missing) => {
    expect(reading(parts)?.missing.join()).toMatch(missing);
  });

  test.each([
    ['the copy is still being made', 'cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----'],
    ['the other end is not connected', 'cs:WFConnection ro:Primary/Unknown ds:UpToDate/Outdated C r-----'],
    ['its own disk is gone', 'cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate C r-----'],
    ['DRBD does not run', ''],
  ])('is not ready when %s, whatever Pacemaker says', (_what, state) => {
    expect(reading({ replica: state })?.missing).toEqual(['the two copies of the state are not the same']);
    expect(reading({ replica: bothCopies })?.missing).toEqual([]);
  });

  test('knows nobody as active when the resources are on two nodes', () => {
    expect(reading({ ledgerNode: 'bravo' })?.active).toBeNull();
  });

  test.each([
    ['it is idle without quorum', { quorum: 'false' }, true],
    ['it has lost quorum and still acts on that', { quorum: 'false', controller: 'S_TRANSITION_ENGINE' }, false],
    ['it has come up alone and found no DC yet', { quorum: 'false', controller: '' }, false],
    [
      'it cannot fence who is lost, however often it tries',
      { charlie: 'online="false" unclean="true"', controller: 'S_TRANSITION_ENGINE' },
      true,
    ],
    ['it has dealt with a loss', { charlie: 'online="false"' }, false],
  ] satisfies [string, Parameters<typeof reading>[0], boolean][])(
    'knows whether the cluster has decided to start nothing: %s',
    (_what, parts, refuses) => {
      expect(reading(parts)?.refuses).toBe(refuses);
    },
  );

  test('takes a machine without a cluster for one that says nothing', () => {
    expect(readingOf(members, resources, 'crm_mon: Connection refused\n--- controller ---\n')).toBeUndefined();
  });
});

interface Parts {
  readonly charlie?: string;
  readonly quorum?: string;
  readonly ledger?: string;
  readonly ledgerNode?: string;
  readonly controller?: string;
  /** What /proc/drbd says of the resource; absent: the state is not replicated. */
  readonly replica?: string;
}

const bothCopies = 'cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----';

function reading({ charlie, quorum, ledger, ledgerNode, controller, replica }: Parts) {
  const node = (name: string, attributes = 'online="true"') => `<node name="${name}" ${attributes}/>`;
  const xml = `<pacemaker-result api-version="2.25"><summary>
<current_dc present="true" name="charlie" with_quorum="${quorum ?? 'true'}"/><cluster_options stonith-enabled="true"/></summary>
<nodes>${node('alpha')}${node('bravo')}${node('charlie', charlie)}</nodes>
<resources><group id="active">
<resource id="state" role="Started" active="true"><node name="alpha"/></resource>
<resource id="workload-ledger" role="Started" ${ledger ?? 'active="true"'}><node name="${ledgerNode ?? 'alpha'}"/></resource>
</group></resources><status code="0"/></pacemaker-result>`;
  const copies =
    replica === undefined ? '' : `--- replica ---\nkernel 8.4.11\nproc  0: ${replica}\nproc     ns:0 oos:0\n`;
  return readingOf(members, resources, `${xml}\n--- controller ---\n${controller ?? 'S_IDLE'}\n${copies}`);
}
