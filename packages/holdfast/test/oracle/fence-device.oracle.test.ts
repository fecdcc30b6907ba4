import { describe, expect, it } from 'vitest';
import { proposeCib } from '../../src/engines/pacemaker/index.ts';
import { agents, sites } from '../../src/patterns/active-passive/sites.fixture.ts';
import { compile } from '../../src/patterns/index.ts';
import { oracleMissing, runInImage } from './image-programs.ts';

describe.skipIf(oracleMissing !== undefined)("Pacemaker's scheduler, when a fencing device does not answer", () => {
  it('does nothing about a check that failed', () => {
    expect(afterFailureOf('monitor_60000', (cib) => cib)).toEqual({ atOnce: [], muchLater: [] });
  });

  it('only begins to check a device whose start failed', () => {
    const check = ['fence-alpha monitor=60000 on charlie'];
    expect(afterFailureOf('start_0', (cib) => cib)).toEqual({ atOnce: check, muchLater: check });
  });

  it.each([
    ['monitor_60000', 'fence-alpha start on bravo'],
    ['start_0', 'fence-alpha stop on charlie'],
  ] as const)('would start it again, or elsewhere, if its failures were not ignored (%s)', (operation, step) => {
    const { atOnce } = afterFailureOf(operation, (cib) =>
      cib
        .replaceAll(' on-fail="ignore"', '')
        .replaceAll(attribute('migration-threshold', 'INFINITY'), attribute('migration-threshold', '1')),
    );
    expect(atOnce).toContain(step);
  });

  it('would order its check as a part of a takeover if its failures expired', () => {
    const { muchLater } = afterFailureOf('monitor_60000', (cib) =>
      cib.replaceAll(attribute('failure-timeout', '0'), attribute('failure-timeout', '600s')),
    );
    expect(muchLater).toContain('fence-alpha monitor=60000 on charlie');
  });
});

function attribute(name: string, value: string): string {
  return `name="${name}" value="${value}"`;
}

/** A check that fails is written in two places. */
const asInjected = 's/rc-code="0"/rc-code="1"/; s/transition-magic="0:0/transition-magic="0:1/';

/**
 * What the scheduler does about fencing devices, as `resource action on node`, in a site at rest when an operation of `fence-alpha`, which
 * stands on charlie, has failed: at once, and in an hour. crm_simulate injects no digest, without which the definition counts as changed.
 */
function afterFailureOf(operation: 'monitor_60000' | 'start_0', change: (cib: string) => string) {
  const { cib, members } = compile(sites.memberWitnessSite, agents).cluster;
  const comeUp = members.map((member) => `--node-up ${member}`).join(' ');
  const script = `cd /tmp
cat >given.xml
crm_simulate --xml-file given.xml --simulate ${comeUp} --quorum true --save-output up.xml >/dev/null
crm_simulate --xml-file up.xml --simulate --save-output rest.xml >/dev/null
if crm_simulate --xml-file rest.xml --simulate | grep 'action:' >&2; then echo 'the cluster did not come to rest' >&2; exit 1; fi
crm_simulate --xml-file rest.xml --op-inject fence-alpha_${operation}@charlie=1 --save-input injected.xml >/dev/null
digest=$(grep 'id="fence-alpha_monitor_60000" op' rest.xml | grep -o 'op-digest="[^"]*"')
sed '/id="fence-alpha_monitor_60000" op/{${operation === 'start_0' ? '' : asInjected}}' injected.xml |
  sed 's|id="fence-alpha_last_failure_0" operation_key="fence-alpha_monitor|'"$digest"' &|' >failed.xml
grep -q fence-alpha_last_failure_0 failed.xml
crm_simulate --xml-file failed.xml --simulate
echo LATER
crm_simulate --xml-file failed.xml --simulate --set-datetime "$(date -u -d '+1 hour' '+%Y-%m-%d %H:%M:%SZ')"`;
  const { exitCode, stdout, said } = runInImage(script, {}, change(proposeCib(undefined, cib, members)));
  if (exitCode !== 0) throw new Error(said);
  const [atOnce = '', muchLater = ''] = stdout.split('LATER');
  return { atOnce: actionsOf(atOnce), muchLater: actionsOf(muchLater) };
}

function actionsOf(text: string): readonly string[] {
  return [...text.matchAll(/Resource action: +(fence-.+)$/gm)].map(([, action = '']) =>
    action.trim().replace(/ +/g, ' '),
  );
}
