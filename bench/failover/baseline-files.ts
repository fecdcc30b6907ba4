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

/**
 * Its resources and constraints. Three things differ, and the figures say so: the lab's shared disk stands for DRBD, IPaddr2
 * is added so that clients have something to write to, and the unit is the ledger's instead of Greengrass's.
 */
export function baselineResources({ state, address }: Site, unit: string): string {
  return `<resources><group id="active">
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

export function baselineConstraints({ nodes }: Site): string {
  return `<constraints><rsc_location id="prefers-first" rsc="active" node="${nodes[0].name}" score="200"/></constraints>`;
}
