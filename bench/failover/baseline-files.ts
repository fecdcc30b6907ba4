import type { Site } from '../../packages/holdfast/src/site/index.ts';

/**
 * The values of AWS's published tutorial for Greengrass with Pacemaker: two nodes, one link, no option of Corosync set (token
 * 3000 ms), `two_node`, and so wait_for_all.
 */
export function baselineCorosyncConf({ nodes }: Site): string {
  const members = nodes.map(
    ({ name, links }, index) =>
      `  node {\n    name: ${name}\n    nodeid: ${index + 1}\n    ring0_addr: ${links[0]}\n  }\n`,
  );
  return `totem {
  version: 2
  cluster_name: baseline
  transport: knet
}
nodelist {
${members.join('')}}
quorum {
  provider: corosync_votequorum
  two_node: 1
}
logging {
  to_syslog: yes
}
`;
}

/** DRBD as the tutorial has it: protocol C, and no section for the network, the disk or handlers. */
export function baselineDrbdResource({ nodes, state }: Site): string {
  const disks = state.type === 'drbd' ? state.disks : [];
  const ends = nodes.map(
    ({ name, links }, index) => `  on ${name} {\n    disk ${disks[index]};\n    address ${links[0]}:7789;\n  }\n`,
  );
  return `resource state {
  protocol C;
  device /dev/drbd0;
  meta-disk internal;
${ends.join('')}}
`;
}

/**
 * Its resources and constraints. What differs, and the figures say so: in containers the lab's shared disk stands for DRBD, IPaddr2
 * is added so that clients have something to write to, and the unit is the ledger's instead of Greengrass's.
 */
export function baselineResources({ state, address }: Site, unit: string): string {
  return `<resources>${state.type === 'drbd' ? replica : ''}<group id="active">
<primitive id="state" class="ocf" provider="heartbeat" type="Filesystem">
  <instance_attributes id="state-ia">
    <nvpair id="state-device" name="device" value="${state.device}"/>
    <nvpair id="state-directory" name="directory" value="${state.mountPoint}"/>
    <nvpair id="state-fstype" name="fstype" value="${state.filesystem}"/>
  </instance_attributes>
  <operations>
    <op id="state-start" name="start" interval="0s" timeout="15s"/>
    <op id="state-stop" name="stop" interval="0s" timeout="15s"/>
    <op id="state-monitor" name="monitor" interval="20s" timeout="40s"/>
  </operations>
</primitive>
<primitive id="address" class="ocf" provider="heartbeat" type="IPaddr2">
  <instance_attributes id="address-ia">
    <nvpair id="address-ip" name="ip" value="${address.ip}"/>
    <nvpair id="address-mask" name="cidr_netmask" value="${address.prefixLength}"/>
  </instance_attributes>
  <operations><op id="address-monitor" name="monitor" interval="10s"/></operations>
</primitive>
<primitive id="workload-ledger" class="systemd" type="${unit.replace(/\.service$/, '')}">
  <operations>
    <op id="ledger-start" name="start" interval="0s" timeout="60s"/>
    <op id="ledger-stop" name="stop" interval="0s" timeout="60s"/>
    <op id="ledger-monitor" name="monitor" interval="10s"/>
  </operations>
</primitive>
</group></resources>`;
}

export function baselineConstraints({ nodes, state }: Site): string {
  const prefers = `<rsc_location id="prefers-first" rsc="active" node="${nodes[0].name}" score="200"/>`;
  return `<constraints>${state.type === 'drbd' ? withReplica : ''}${prefers}</constraints>`;
}

const replica = `<clone id="replica">
  <meta_attributes id="replica-meta">
    <nvpair id="replica-promotable" name="promotable" value="true"/>
    <nvpair id="replica-promoted-max" name="promoted-max" value="1"/>
    <nvpair id="replica-clone-max" name="clone-max" value="2"/>
    <nvpair id="replica-notify" name="notify" value="true"/>
  </meta_attributes>
  <primitive id="drbd" class="ocf" provider="linbit" type="drbd">
    <instance_attributes id="drbd-ia"><nvpair id="drbd-resource" name="drbd_resource" value="state"/></instance_attributes>
    <operations>
      <op id="drbd-monitor-promoted" name="monitor" interval="15s" role="Promoted"/>
      <op id="drbd-monitor-unpromoted" name="monitor" interval="30s" role="Unpromoted"/>
    </operations>
  </primitive>
</clone>
`;

const withReplica = `<rsc_order id="promoted-first" first="replica" first-action="promote" then="active" then-action="start"/>
<rsc_colocation id="where-promoted" rsc="active" with-rsc="replica" with-rsc-role="Promoted" score="INFINITY"/>
`;
