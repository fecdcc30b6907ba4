import { describe, expect, it } from 'vitest';
import { type Cib, type Primitive, primitivesOf } from './cib.ts';
import { describeCibChange, diffCib } from './diff-cib.ts';
import { parseXml } from './parse-xml.ts';
import { proposeCib } from './propose-cib.ts';
import { descendants } from './xml.ts';

const cib: Cib = {
  properties: { 'stonith-enabled': 'true' },
  resourceDefaults: { 'resource-stickiness': '1000' },
  operationDefaults: {},
  resources: [
    {
      kind: 'group',
      id: 'active',
      meta: {},
      members: [primitive('state', { device: '/dev/sdb' }), primitive('address', { ip: '10.0.0.1' })],
    },
  ],
  constraints: [{ kind: 'location', id: 'never', resource: 'active', node: 'charlie', score: '-INFINITY' }],
  fencingLevels: [],
  alerts: [
    {
      id: 'on-again',
      path: '/usr/lib/holdfast/on-again',
      on: 'fencing',
      timeoutMs: 90_000,
      attributes: { nodes: 'alpha' },
    },
  ],
};

/** As a cluster that somebody configured by hand has it. */
const live = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="12" num_updates="3" admin_epoch="0" have-quorum="1" dc-uuid="1">
  <configuration>
    <crm_config>
      <cluster_property_set id="cib-bootstrap-options">
        <nvpair id="cib-bootstrap-options-dc-version" name="dc-version" value="2.1.5-a3f44794f94"/>
        <nvpair id="cib-bootstrap-options-cluster-name" name="cluster-name" value="plant-7"/>
        <nvpair id="cib-bootstrap-options-stonith-enabled" name="stonith-enabled" value="false"/>
        <nvpair id="cib-bootstrap-options-maintenance-mode" name="maintenance-mode" value="true"/>
      </cluster_property_set>
    </crm_config>
    <nodes>
      <node id="1" uname="alpha"><instance_attributes id="nodes-1"><nvpair id="nodes-1-standby" name="standby" value="on"/></instance_attributes></node>
      <node id="2" uname="bravo"/>
    </nodes>
    <resources>
      <primitive id="old" class="stonith" type="fence_ipmilan"><instance_attributes id="old-a"><nvpair id="old-a-password" name="password" value="geheim"/></instance_attributes></primitive>
    </resources>
    <constraints><rsc_location id="cli-prefer-active" rsc="active" node="alpha" score="INFINITY"/></constraints>
    <tags><tag id="t"><obj_ref id="old"/></tag></tags>
    <alerts><alert id="mail" path="/usr/local/bin/mail"/></alerts>
  </configuration>
  <status><node_state id="1" uname="alpha" in_ccm="true"/></status>
</cib>`;

describe('The proposed CIB', () => {
  const proposed = proposeCib(live, cib, ['alpha', 'bravo']);

  it('keeps what Pacemaker and operators wrote for the moment: nodes, standby, maintenance, status, version', () => {
    for (const kept of [
      'name="standby" value="on"',
      'name="dc-version"',
      'name="maintenance-mode" value="true"',
      '<node_state id="1"',
      'epoch="12"',
      '<alert id="mail"',
    ]) {
      expect(proposed).toContain(kept);
    }
  });

  it('drops a maintenance mode that is off: there it would overrule the one of a restart', () => {
    for (const off of ['false', 'off', 'no', '0']) {
      const left = live.replace('name="maintenance-mode" value="true"', `name="maintenance-mode" value="${off}"`);
      expect(proposeCib(left, cib, ['alpha', 'bravo'])).not.toContain('maintenance-mode');
    }
  });

  it('drops what would decide otherwise than the site file', () => {
    for (const dropped of ['value="false"', 'id="old"', 'cli-prefer-active', '<tag '])
      expect(proposed).not.toContain(dropped);
  });

  it('keeps the word of DRBD that a node has stale data, for a replica that it has', () => {
    const word = (rsc: string) =>
      `<rsc_location rsc="${rsc}" id="drbd-fence-by-handler-state-${rsc}"><rule role="Promoted" score="-INFINITY" id="rule-${rsc}"/></rsc_location>`;
    const fenced = live.replace('<constraints>', `<constraints>${word('replica')}${word('gone')}`);
    const replica = {
      kind: 'clone',
      id: 'replica',
      promotable: true,
      meta: {},
      member: primitive('drbd', {}),
    } as const;
    const made = proposeCib(fenced, { ...cib, resources: [...cib.resources, replica] }, []);
    expect(made).toContain('drbd-fence-by-handler-state-replica');
    expect(made).not.toContain('drbd-fence-by-handler-state-gone');
  });

  it('has our alerts in place of our earlier ones', () => {
    const earlier = live.replace(
      '<alert id="mail"',
      '<alert id="old-one" path="/usr/lib/holdfast/gone"/><alert id="mail"',
    );
    const alerts = [...descendants(parseXml(proposeCib(earlier, cib, [])))].filter(({ name }) => name === 'alert');
    expect(alerts.map(({ attributes }) => attributes.id)).toEqual(['on-again', 'mail']);
    const without = [...descendants(parseXml(proposeCib(earlier, { ...cib, alerts: [] }, [])))];
    expect(without.flatMap(({ name, attributes }) => (name === 'alert' ? [attributes.id] : []))).toEqual(['mail']);
  });

  it('is the same when it is proposed again over itself', () => {
    expect(proposeCib(proposed, cib, [])).toBe(proposed);
    expect(diffCib(proposed, proposeCib(proposed, cib, []))).toEqual([]);
  });

  it('has the members as nodes before there is a cluster', () => {
    expect(proposeCib(undefined, cib, ['alpha', 'bravo'])).toContain('<node id="2" uname="bravo"/>');
  });

  it('is not made from something that is no CIB', () => {
    expect(() => proposeCib('<pacemaker-result/>', cib, [])).toThrow('<pacemaker-result>');
  });
});

describe('The difference', () => {
  const differences = (from: string, to: string) => diffCib(from, to).map(describeCibChange);

  it('names what goes and what comes, once each, and shows no password', () => {
    expect(differences(live, proposeCib(live, cib, []))).toEqual([
      'removed property stonith-enabled = false',
      'removed fencing device old (stonith:fence_ipmilan)',
      'removed constraint cli-prefer-active: active on alpha scores INFINITY',
      'removed tag t',
      'added property stonith-enabled = true',
      'added group active (state, address)',
      'added constraint never: active on charlie scores -INFINITY',
      'added resource default resource-stickiness = 1000',
      'added alert on-again (/usr/lib/holdfast/on-again)',
    ]);
  });

  it('shows a changed value with what it was', () => {
    const before = proposeCib(live, cib, []);
    const after = proposeCib(live, { ...cib, properties: { 'stonith-enabled': 'false' } }, []);
    expect(diffCib(before, after)).toEqual([
      {
        kind: 'changed',
        id: 'holdfast-options-stonith-enabled',
        subject: 'property stonith-enabled',
        attribute: 'value',
        before: 'true',
        after: 'false',
      },
    ]);
  });

  it('says that a password changed, and not to what', () => {
    const [change, ...others] = differences(live, live.replace('geheim', 'neu'));
    expect(others).toEqual([]);
    expect(change).toContain('old: parameter password');
    expect(change).not.toMatch(/geheim|neu/);
  });

  it('notices another order of a group, in which its members start', () => {
    const [group] = cib.resources;
    if (group?.kind !== 'group') throw new Error('the fixture has a group');
    const turned = { ...cib, resources: [{ ...group, members: group.members.toReversed() }] };
    expect(differences(proposeCib(live, cib, []), proposeCib(live, turned, []))).toEqual([
      'changed group active (address, state) order: state, address → address, state',
    ]);
  });

  it('notices a resource that moved into another group', () => {
    const apart = {
      ...cib,
      resources: cib.resources.flatMap((each) => primitivesOf(each)),
    };
    expect(differences(proposeCib(live, cib, []), proposeCib(live, apart, []))).toEqual([
      'removed group active (state, address)',
      'changed resource state (ocf:heartbeat:Dummy) place: active → resources',
      'changed resource address (ocf:heartbeat:Dummy) place: active → resources',
    ]);
  });

  it('tells what a clone, its order and its place, and levels of fencing mean', () => {
    const replicated: Cib = {
      ...cib,
      resources: [
        {
          kind: 'clone',
          id: 'replica',
          promotable: true,
          meta: { 'promoted-max': '1' },
          member: primitive('disk', { drbd_resource: 'state' }),
        },
        ...cib.resources,
      ],
      constraints: [
        ...cib.constraints,
        {
          kind: 'colocation',
          id: 'with',
          resource: 'active',
          with: 'replica',
          withRole: 'Promoted',
          score: 'INFINITY',
        },
        { kind: 'order', id: 'after', first: 'replica', firstAction: 'promote', next: 'active' },
        { kind: 'location-rule', id: 'near', resource: 'active', scoreAttribute: 'clients' },
      ],
      fencingLevels: [{ id: 'alpha-1', target: 'alpha', index: 1, devices: ['bmc', 'outlet'] }],
    };
    expect(differences(proposeCib(live, cib, []), proposeCib(live, replicated, []))).toEqual([
      'added clone replica (disk)',
      'added constraint with: active with replica (Promoted) scores INFINITY',
      'added constraint after: promote replica, then start active',
      'added constraint near: active scores the attribute clients',
      'added fencing of alpha, level 1: bmc and outlet',
    ]);
  });
});

function primitive(id: string, attributes: Record<string, string>): Primitive {
  return {
    kind: 'primitive',
    id,
    class: 'ocf',
    provider: 'heartbeat',
    type: 'Dummy',
    attributes,
    meta: {},
    operations: [],
  } as const;
}
