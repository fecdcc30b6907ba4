import { describe, expect, it } from 'vitest';
import {
  healthySnapshot,
  site as plain,
  withNode,
  withoutMachine,
  withView,
} from '../../../test/observe/healthy-site.ts';
import type { Site } from '../../site/index.ts';
import { assess } from '../assess.ts';
import { readCrmMon } from '../read-crm-mon.ts';
import { renderStatus } from '../render-status.ts';
import type { Snapshot } from '../snapshot-types.ts';

const one: Site = { ...plain, reach: ['10.77.1.254'] };
const two: Site = { ...plain, reach: ['10.77.1.254', '10.77.1.253'] };

/** What the cluster has counted of each node; undefined: nothing. */
function counted(alpha: number | undefined, bravo: number | undefined): Snapshot {
  const attribute = (count: number | undefined) =>
    count === undefined ? {} : { 'holdfast-reach': String(count * 100_000) };
  return withView(healthySnapshot(), (view) => ({
    ...view,
    nodeAttributes: { alpha: attribute(alpha), bravo: attribute(bravo) },
  }));
}

const screen = (snapshot: Snapshot, site: Site) =>
  renderStatus({ snapshot, assessment: assess(snapshot, site) }, site, { columns: 80, paint: (_format, text) => text });

describe('the count of what a node reaches', () => {
  it('is read from the attributes of the nodes that crm_mon shows', () => {
    const text = `<pacemaker-result><summary><current_dc present="true" name="alpha" with_quorum="true"/>
<cluster_options stonith-enabled="true" maintenance-mode="false"/></summary><nodes/><node_attributes>
<node name="alpha"><attribute name="holdfast-reach" value="100000" expected="200000"/></node>
<node name="bravo"><attribute name="holdfast-reach" value="0"/><attribute name="master-drbd" value="10000"/></node>
</node_attributes><status code="0" message="OK"/></pacemaker-result>`;
    expect(readCrmMon(text)?.nodeAttributes).toEqual({
      alpha: { 'holdfast-reach': '100000' },
      bravo: { 'holdfast-reach': '0', 'master-drbd': '10000' },
    });
  });

  it("is shown for each node, and all is well while both reach the clients' network", () => {
    expect(assess(counted(1, 1), one).safe).toBe(true);
    expect(screen(counted(1, 1), one)).toContain(
      "Clients     alpha reaches the clients' network, bravo reaches the clients' network",
    );
    expect(screen(counted(1, 0), one)).toContain("bravo does NOT reach the clients' network");
    expect(screen(counted(2, 1), two)).toContain('bravo reaches 1 of 2 targets');
    expect(screen(counted(1, undefined), one)).toContain('bravo not known');
  });

  it('is nobody’s business where the site names nothing to reach', () => {
    expect(assess(counted(0, undefined), plain).findings).toEqual([]);
    expect(screen(counted(0, 0), plain)).not.toContain('Clients');
  });
});

describe('a ping that does not get through', () => {
  const findings = (snapshot: Snapshot, site: Site) => assess(snapshot, site).findings;

  it('from anybody names the target, and the command that shows it', () => {
    const assessment = assess(counted(0, 0), one);
    expect(assessment.findings).toMatchObject([
      {
        code: 'HF-STATUS-REACH-TARGET',
        severity: 'danger',
        message:
          "10.77.1.254 answers no node: if the active node's cable to the clients were cut, nobody would notice.",
        command: "ssh -F /home/plant/ssh_config root@10.77.9.11 'ping -c 3 -W 1 10.77.1.254'",
      },
    ]);
    expect(assessment.faults.find(({ fault }) => fault === 'link-loss')?.survives).toBe('no');
    expect(assessment.safe).toBe(false);
  });

  it('to one of two targets, from anybody, is a warning', () => {
    expect(findings(counted(1, 1), two)).toMatchObject([
      {
        code: 'HF-STATUS-REACH-TARGET',
        severity: 'warning',
        breaks: {},
        command: expect.stringContaining('10.77.1.253'),
      },
    ]);
  });

  it('from the passive node alone is a matter of its cable, and a takeover would help nobody', () => {
    const assessment = assess(counted(1, 0), one);
    expect(assessment.findings).toMatchObject([
      { code: 'HF-STATUS-REACH', where: 'bravo', message: expect.stringContaining('its cable') },
    ]);
    expect(assessment).toMatchObject({ serves: 'yes', move: { possible: 'no' } });
    expect(assessment.faults.find(({ fault }) => fault === 'active-node-loss')?.survives).toBe('no');
  });

  it('from the active node alone leaves open whether clients reach what it serves', () => {
    const assessment = assess(counted(1, 2), two);
    expect(assessment.serves).toBe('unknown');
    expect(assessment.findings).toMatchObject([
      { code: 'HF-STATUS-REACH', where: 'alpha', message: expect.stringContaining('reaches only 1 of') },
    ]);
  });

  it('and one that the cluster has no count of is said to be unknown', () => {
    const assessment = assess(counted(1, undefined), one);
    expect(assessment.findings).toMatchObject([
      { code: 'HF-STATUS-REACH-UNKNOWN', where: 'bravo', command: 'holdfast clear site.yaml reach' },
    ]);
    expect(assessment.faults.find(({ fault }) => fault === 'active-node-loss')?.survives).toBe('unknown');
    expect(findings(counted(undefined, undefined), one)).toHaveLength(2);
  });

  it('is not said of a node that is away, in standby, or in a site whose cluster has its hands off', () => {
    const codes = (snapshot: Snapshot) => findings(snapshot, one).map(({ code }) => code);
    const reach = expect.stringContaining('HF-STATUS-REACH');
    expect(codes(withNode(counted(1, undefined), 'bravo', { standby: true }))).not.toContainEqual(reach);
    expect(codes(withNode(withoutMachine(counted(1, 0), 'bravo'), 'bravo', { online: false }))).not.toContainEqual(
      reach,
    );
    const handsOff = withView(counted(0, 0), (view) => ({ ...view, maintenanceMode: true }));
    expect(codes(handsOff)).not.toContainEqual(reach);
    expect(screen(handsOff, one)).toContain('alpha not known, bravo not known');
  });
});
