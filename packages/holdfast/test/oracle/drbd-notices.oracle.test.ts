import { describe, expect, it } from 'vitest';
import { budget } from '../../src/budget/index.ts';
import { proposeCib } from '../../src/engines/pacemaker/index.ts';
import { agents, sites } from '../../src/patterns/active-passive/sites.fixture.ts';
import { compile } from '../../src/patterns/index.ts';
import { oracleMissing, runInImage } from './image-programs.ts';

const site = sites.replicatedSite;
const { cluster } = compile(site, agents);

/** Both nodes up, DRBD fit to be promoted on both; then a rest, alpha's loss, and a move away from it. */
const script = `set -eu
cd /tmp
crm_simulate -x /cib.xml --quorum true ${cluster.members.map((name) => `--node-up ${name}`).join(' ')} --save-input up.xml -S >/dev/null
sed 's|^\\( *\\)<node_state id="\\([12]\\)"\\(.*\\)/>$|<node_state id="\\2"\\3><transient_attributes id="\\2"><instance_attributes id="s\\2"><nvpair id="m\\2" name="master-drbd" value="10000"/></instance_attributes></transient_attributes></node_state>|' up.xml >fit.xml
crm_simulate -x fit.xml -S -O rest.xml >rest.txt
crm_simulate -x rest.xml --node-fail alpha -S >lost.txt
sed 's|</constraints>|<rsc_location id="away" rsc="active" node="alpha" score="-INFINITY"/></constraints>|' rest.xml >moving.xml
crm_simulate -x moving.xml -S >moved.txt
for each in rest lost moved; do echo "== $each"; grep 'action:\\|Fencing' $each.txt; done`;

/** How often the cluster tells DRBD something and waits, in the order of the transition: what comes of all ends at once is one. */
function noticesIn(printed: string, name: string): string[] {
  const transition = printed.split('== ').find((part) => part.startsWith(name)) ?? '';
  return [...transition.matchAll(/Pseudo action: +replica_((?:pre|post)_notify_\w+?)_0/g)]
    .map(([, notice = '']) => notice)
    .filter((notice, index, all) => {
      // Nobody is there to be told before a start.
      const told = new RegExp(`replica_${notice}_0[\\s\\S]*?replica_confirmed-${notice}_0`).exec(transition)?.[0] ?? '';
      return all.indexOf(notice) === index && / notify on /.test(told);
    });
}

describe.skipIf(oracleMissing !== undefined)('The notices of DRBD in the budget', () => {
  it('are as many as the scheduler plans', () => {
    const { stdout } = runInImage(script, { '/cib.xml': proposeCib(undefined, cluster.cib, cluster.members) });
    expect(noticesIn(stdout, 'rest')).toEqual(['post_notify_running', 'pre_notify_promote', 'post_notify_promoted']);
    const loss = ['pre_notify_demote', 'post_notify_demoted', 'pre_notify_stop', 'post_notify_stopped'];
    const promotion = ['pre_notify_promote', 'post_notify_promoted'];
    expect(noticesIn(stdout, 'lost')).toEqual([...loss, ...promotion]);
    expect(noticesIn(stdout, 'moved')).toEqual([...loss.slice(0, 2), ...promotion]);
    const counted = (fault: 'power-cut' | 'planned-move') =>
      budget(site)[fault].terms.flatMap(({ name, value }) => (name.startsWith('notices') ? [[name, value]] : []));
    expect(counted('power-cut')).toEqual([
      ['notices of the loss', '4 × 250ms'],
      ['notices of the promotion', '2 × 250ms'],
    ]);
    expect(counted('planned-move')).toEqual([
      ['notices of the demotion', '2 × 250ms'],
      ['notices of the promotion', '2 × 250ms'],
    ]);
  }, 60_000);
});
