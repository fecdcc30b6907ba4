/**
 * The seconds that resource agents advise for their actions in their metadata (resource-agents 4, drbd-utils 9; `crm_resource
 * --show-metadata AGENT` prints them). Pacemaker does not read them.
 */
export function advisedSeconds(agent: string, action: string): number | undefined {
  const advice = advised.get(agent);
  const index = actions.indexOf(action);
  return index < 0 ? undefined : advice?.[index];
}

const actions = ['start', 'stop', 'monitor', 'promote', 'demote'];

const advised: ReadonlyMap<string, readonly number[]> = new Map(
  Object.entries({
    'ocf:heartbeat:Filesystem': [60, 60, 40],
    'ocf:heartbeat:IPaddr2': [20, 20, 20],
    'ocf:heartbeat:LVM': [30, 30, 30],
    'ocf:heartbeat:LVM-activate': [90, 90, 90],
    'ocf:heartbeat:Raid1': [20, 20, 20],
    'ocf:heartbeat:ZFS': [60, 60, 30],
    'ocf:heartbeat:nfsserver': [40, 20, 20],
    'ocf:heartbeat:exportfs': [40, 120, 20],
    'ocf:heartbeat:iSCSITarget': [10, 10, 10],
    'ocf:heartbeat:iSCSILogicalUnit': [10, 10, 10],
    'ocf:heartbeat:apache': [40, 60, 20],
    'ocf:heartbeat:nginx': [40, 60, 30],
    'ocf:heartbeat:tomcat': [60, 120, 30],
    'ocf:heartbeat:mysql': [120, 120, 30, 120, 120],
    'ocf:heartbeat:mariadb': [120, 120, 30, 120, 120],
    'ocf:heartbeat:galera': [120, 120, 30, 300, 120],
    'ocf:heartbeat:pgsql': [120, 120, 30, 120, 120],
    'ocf:heartbeat:redis': [120, 120, 60, 120, 120],
    'ocf:heartbeat:db2': [120, 120, 60, 120, 120],
    'ocf:heartbeat:oracle': [120, 120, 30],
    'ocf:heartbeat:rabbitmq-cluster': [100, 90, 40],
    'ocf:heartbeat:SAPInstance': [180, 240, 60, 320, 320],
    'ocf:heartbeat:SAPDatabase': [1800, 1800, 60],
    'ocf:heartbeat:VirtualDomain': [90, 90, 30],
    'ocf:heartbeat:docker': [90, 90, 30],
    'ocf:heartbeat:podman': [90, 90, 30],
    'ocf:heartbeat:squid': [60, 120, 30],
    'ocf:heartbeat:aws-vpc-move-ip': [180, 180, 30],
    'ocf:linbit:drbd': [240, 100, 20, 90, 90],
  }),
);
