import { basename } from 'node:path/posix';
import { type Parts, primitivesOf } from '../engines/pacemaker/index.ts';
import { watchdogAgent } from '../fencing/index.ts';
import type { ClusterSpec } from '../patterns/index.ts';
import { agentPaths } from '../workloads/index.ts';

/** What of a cluster can fail. A watchdog fails with its node, and the witness has no device that could. */
export function whatCanFail({ cib, crashCounting, members, qnetd }: ClusterSpec): Parts {
  const primitives = cib.resources.flatMap((resource) => [...primitivesOf(resource)]);
  const noDevices: readonly string[] = [watchdogAgent, basename(agentPaths.fenceWitness)];
  return {
    members,
    crashCounting,
    twoNode: members.length === 2 && qnetd === undefined,
    ...(qnetd === undefined ? {} : { quorumDevice: qnetd.host }),
    workloads: primitives.filter(({ provider }) => provider === 'holdfast').map(({ id }) => id),
    devices: primitives
      .filter((each) => each.class === 'stonith' && !noDevices.includes(each.type))
      .map(({ id }) => id),
  };
}
