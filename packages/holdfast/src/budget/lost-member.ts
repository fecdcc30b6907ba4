import type { TimeTerm } from '../core/index.ts';
import { qdeviceTimeoutMs, transitionDelayMs } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import { assumed, fromHoldfast, fromSite } from './terms.ts';

/** From the last sign of life of a member until the others are sure that it is gone and their leader may act. */
export function memberLost(site: Site): TimeTerm[] {
  const { tokenMs, consensusMs } = site.timing;
  return [
    fromSite('token', tokenMs, 'timing.token', 'Corosync misses the node', 'corosync.conf(5), token'),
    fromSite(
      'consensus',
      consensusMs,
      'timing.consensus',
      'the others agree without it',
      'corosync.conf(5), consensus: at least 1.2 × token',
    ),
    ...quorumDevice(site),
    ...membershipChanged(),
  ];
}

/** From a change of membership until the cluster acts on it. */
export function membershipChanged(): TimeTerm[] {
  return [
    {
      name: 'pause of the controller',
      seconds: 1,
      because:
        'after a change of membership Pacemaker may find its own updates of the CIB pending, and asks again a second later',
      origin: 'upstream',
      setting: 'do_pe_invoke_callback',
      value: '1s',
      source: 'Pacemaker, daemons/controld/controld_schedulerd.c',
    },
    assumed('election', 'election'),
    ...decided(),
  ];
}

/** From an event until the first action. */
export function decided(): TimeTerm[] {
  return [
    fromHoldfast(
      'transition delay',
      transitionDelayMs,
      'transition-delay',
      'Pacemaker lets its updates of the CIB settle before it asks what to do',
      'pacemaker-controld(7), transition-delay',
    ),
    assumed('decision', 'decision'),
  ];
}

/** qnetd takes a node for lost when it was silent for 1.5 heartbeats, each of 0.8 of the device's timeout. */
function quorumDevice({ witness, timing: { tokenMs, consensusMs } }: Site): TimeTerm[] {
  if (witness?.kind !== 'qnetd') return [];
  const timeoutMs = qdeviceTimeoutMs(tokenMs);
  const longerMs = Math.max(0, 1.5 * 0.8 * timeoutMs - tokenMs - consensusMs);
  return [
    {
      ...fromHoldfast(
        'quorum device',
        timeoutMs,
        'quorum.device.timeout',
        'qnetd too misses the node: 1.5 × 0.8 × the timeout, counted from the end of token and consensus',
        'corosync-qdevice, qdevices/qnetd-client-dpd-timer.c and qdevice-net-instance.c',
      ),
      seconds: Math.round(longerMs) / 1000,
    },
    assumed('qnetdVote', 'vote of the quorum device'),
  ];
}
