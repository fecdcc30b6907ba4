import { describe, expect, it } from 'vitest';
import { proposeCib } from '../../src/engines/pacemaker/index.ts';
import { agents, sites } from '../../src/patterns/active-passive/sites.fixture.ts';
import { compile } from '../../src/patterns/index.ts';
import { oracleMissing, runInImage } from './image-programs.ts';

describe.skipIf(oracleMissing !== undefined)("Pacemaker's scheduler, when a fencing device does not answer", () => {
  it.each(['monitor_60000', 'start_0'])('does nothing about it that could hold up a takeover (%s)', (operation) => {
    expect(afterFailureOf(operation, (cib) => cib)).toEqual([]);
  });

  it.each([
    ['monitor_60000', 'fence-alpha start on bravo'],
    ['start_0', 'fence-alpha stop on charlie'],
  ])('would start it again, or elsewhere, if its failures were not ignored (%s)', (operation, step) => {
    const steps = afterFailureOf(operation, (cib) =>
      cib
        .replaceAll(' on-fail="ignore"', '')
        .replaceAll('name="migration-threshold" value="5"', 'name="migration-threshold" value="1"'),
    );
    expect(steps).toContain(step);
  });
});

/** What the scheduler does in a site at rest when an operation of `fence-alpha`, which stands on charlie, has failed: `resource action on node`. */
function afterFailureOf(operation: string, change: (cib: string) => string): readonly string[] {
  const { cib, members } = compile(sites.memberWitnessSite, agents).cluster;
  const comeUp = members.map((member) => `--node-up ${member}`).join(' ');
  const script = `cd /tmp
cat >given.xml
crm_simulate --xml-file given.xml --simulate ${comeUp} --quorum true --save-output up.xml >/dev/null
crm_simulate --xml-file up.xml --simulate --save-output rest.xml >/dev/null
if crm_simulate --xml-file rest.xml --simulate | grep 'action:' >&2; then echo 'the cluster did not come to rest' >&2; exit 1; fi
crm_simulate --xml-file rest.xml --simulate --op-inject fence-alpha_${operation}@charlie=1`;
  const { exitCode, stdout, said } = runInImage(script, {}, change(proposeCib(undefined, cib, members)));
  if (exitCode !== 0) throw new Error(said);
  return [...stdout.matchAll(/(?:Resource|Fencing|Cluster) action: +(.+)$/gm)]
    .map(([, action = '']) => action.trim().replace(/ +/g, ' '))
    .filter((action) => !/monitor|notify|clear_failcount|^cancel/.test(action));
}
