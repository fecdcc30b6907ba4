import type { CorosyncConf, CorosyncMember } from '../../engines/corosync/index.ts';
import type { Site } from '../../site/index.ts';
import { qdeviceSyncTimeoutMs, qdeviceTimeoutMs } from './timing.ts';

/** The nodes, then the witness where it is a member; node ids count from 1 in this order. */
export function clusterMembers(site: Site): readonly CorosyncMember[] {
  const members = site.witness?.kind === 'member' ? [...site.nodes, site.witness] : site.nodes;
  return members.map(({ name, links }, index) => ({ name, nodeId: index + 1, addresses: links }));
}

/** The same on every member. */
export function corosyncConf(site: Site): CorosyncConf {
  return {
    clusterName: site.name,
    tokenMs: site.timing.tokenMs,
    consensusMs: site.timing.consensusMs,
    members: clusterMembers(site),
    quorum: quorumOf(site),
  };
}

function quorumOf({ witness, timing: { tokenMs } }: Site): CorosyncConf['quorum'] {
  switch (witness?.kind) {
    case undefined:
      return { kind: 'two-node' };
    case 'member':
      return { kind: 'majority' };
    case 'qnetd':
      return {
        kind: 'qnetd',
        device: {
          host: witness.address,
          timeoutMs: qdeviceTimeoutMs(tokenMs),
          syncTimeoutMs: qdeviceSyncTimeoutMs(tokenMs),
        },
      };
  }
}
