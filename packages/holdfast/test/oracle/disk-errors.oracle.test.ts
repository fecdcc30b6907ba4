import { describe, expect, it } from 'vitest';
import { proposeCib } from '../../src/engines/pacemaker/index.ts';
import { agents, replicatedSite } from '../../src/patterns/active-passive/sites.fixture.ts';
import { compile } from '../../src/patterns/index.ts';
import type { Site } from '../../src/site/index.ts';
import { oracleMissing, runInImage } from './image-programs.ts';

/** The scores that DRBD's agent gives: good data here, and good data on the other node only (ocf:linbit:drbd, meta-data). */
const local = 10_000;
const onlyRemote = 10;

describe.skipIf(oracleMissing !== undefined)(
  "Pacemaker's scheduler, when DRBD has let the disk of the active node go",
  () => {
    it('moves the service in order to the good disk, and fences nobody', () => {
      const actions = afterLossOfDisk(replicatedSite);
      for (const step of [
        'state stop on alpha',
        'drbd demote on alpha',
        'drbd promote on bravo',
        'state start on bravo',
      ]) {
        expect(actions).toContain(step);
      }
      expect(actions.join()).not.toMatch(/fenc|reboot|off/i);
    });

    it('leaves it where it is when the stickiness of three workloads is more, and then it serves through the network', () => {
      const [ledger, broker] = replicatedSite.workloads;
      if (ledger === undefined || broker === undefined) throw new Error('the site has two workloads');
      const third = { ...broker, name: 'broker-3', unit: 'broker-3.service' };
      expect(afterLossOfDisk({ ...replicatedSite, workloads: [ledger, broker, third] })).toEqual([]);
    });
  },
);

/** What the scheduler does to resources and nodes, as `resource action on node`, its monitors and notices left out. */
function afterLossOfDisk(site: Site): readonly string[] {
  const { cib, members } = compile(site, agents).cluster;
  const comeUp = members.map((member) => `--node-up ${member}`).join(' ');
  const pair = `<nvpair id="status-\\1-drbd" name="master-drbd" value="${local}"/>`;
  const fit = `<transient_attributes id="\\1"><instance_attributes id="status-\\1">${pair}</instance_attributes></transient_attributes>`;
  const script = `cd /tmp
cat >given.xml
crm_simulate --xml-file given.xml --simulate ${comeUp} --quorum true --save-output up.xml >/dev/null
sed 's|^ *<node_state id="\\([^"]*\\)".*[^/]>$|&${fit}|' up.xml >fit.xml
crm_simulate --xml-file fit.xml --simulate --save-output started.xml >/dev/null
crm_simulate --xml-file started.xml --simulate --save-output rest.xml >/dev/null
crm_simulate --xml-file rest.xml --simulate | grep 'action:' >more || :
awk '/<node_state/ { alpha = /uname="alpha"/ }
  alpha { sub(/name="master-drbd" value="${local}"/, "name=\\"master-drbd\\" value=\\"${onlyRemote}\\"") }
  { print }' rest.xml >lost.xml
if cmp -s rest.xml lost.xml || [ -s more ]; then echo 'the cluster did not come to rest with alpha in it' >&2; exit 1; fi
crm_simulate --xml-file lost.xml --simulate`;
  const { exitCode, stdout, said } = runInImage(script, {}, proposeCib(undefined, cib, members));
  if (exitCode !== 0) throw new Error(said);
  return [...stdout.matchAll(/(?:Resource|Fencing|Cluster) action: +(.+)$/gm)]
    .map(([, action = '']) => action.trim().replace(/ +/g, ' '))
    .filter((action) => !/monitor|notify|^(?:fence-|cancel)/.test(action));
}
