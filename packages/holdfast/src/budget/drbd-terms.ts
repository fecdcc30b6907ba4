import { formatDuration, type TimeTerm } from '../core/index.ts';
import { drbdLossMs, drbdTiming } from '../engines/drbd/index.ts';
import type { Site } from '../site/index.ts';
import { allowances } from './allowances.ts';
import { decided } from './lost-member.ts';
import { assumed, fromHoldfast } from './terms.ts';

/**
 * What the cluster tells the ends of DRBD (`notify=true`), each time waiting until all that are left have heard it: before and
 * after a promotion, a demotion, a stop; after a start. What is ordered after one of these waits for the word after it, too
 * (lib/pacemaker/pcmk_sched_actions.c, `action_uuid_for_ordering`).
 */
export function told(of: string, notices: number): TimeTerm {
  const { ms, what, measured } = allowances.drbdNotify;
  return {
    name: `notices of the ${of}`,
    seconds: (notices * ms) / 1000,
    because: what,
    origin: 'assumed',
    setting: 'drbdNotify',
    value: `${notices} × ${formatDuration(ms)}`,
    source: measured,
  };
}

/** The end that is lost was promoted: it counts as demoted, then as stopped, and the other one is told before and after each. */
export function lossTold({ state }: Site): TimeTerm[] {
  return state.type === 'drbd' ? [told('loss', 4)] : [];
}

/** An end that was demoted stops in order, with its node. */
export function replicaStopped({ state }: Site): TimeTerm[] {
  return state.type === 'drbd' ? [assumed('drbdStop', 'stop of DRBD'), told('stop', 2)] : [];
}

/** DRBD promotes an end without its peer only when the handler says that the peer is fenced. By then it is. */
export function lossConfirmed({ state }: Site): TimeTerm[] {
  return state.type === 'drbd' ? [assumed('fenceHandler', 'fence handler')] : [];
}

/** The handler has looked just before the other node was dead, sleeps half a second, and looks again. */
export function fenceHandlerPoll(): TimeTerm {
  return {
    ...assumed('fenceHandler', 'fence handler looks once more'),
    because: 'it looked whether the other node is dead just before that was so, and looks again',
  };
}

/** From the last sign of life of the peer until DRBD takes it for lost. */
export function drbdMisses({ timing }: Site, because: string): TimeTerm {
  return fromHoldfast(
    'DRBD misses its peer',
    drbdLossMs(drbdTiming(timing)),
    'ping-int + ping-timeout',
    because,
    'drbd.conf(5), ping-int and ping-timeout',
  );
}

/**
 * The peer replicated until it was fenced: DRBD lets nobody be promoted beside it before it is missed, and the agent tries again a
 * second later (ocf:linbit:drbd, `drbd_promote`).
 */
export function promotedBesideDead(site: Site): TimeTerm[] {
  if (site.state.type !== 'drbd') return [];
  return [
    drbdMisses(
      site,
      'the lost node replicated until it was switched off, and one may be promoted only when it is missed',
    ),
    {
      name: 'next attempt to promote',
      seconds: 1,
      because: 'an attempt that came too early is repeated a second later',
      origin: 'upstream',
      setting: 'drbd_promote',
      value: '1s',
      source: 'drbd-utils, scripts/drbd.ocf, drbd_promote: sleep 1',
    },
  ];
}

/** Both ends are started at the same time, after a boot. Their fitness to be promoted is news that the cluster plans anew for. */
export function coldStart({ state }: Site): TimeTerm[] {
  if (state.type !== 'drbd') return [];
  return [
    assumed('drbdStart', 'start of DRBD'),
    {
      name: 'DRBD waits for its peer',
      seconds: 5,
      because: 'the agent waits this long for the connection, and goes on without it',
      origin: 'upstream',
      setting: 'wfc_timeout',
      value: '5s',
      source:
        'ocf:linbit:drbd, wfc_timeout: it gives drbdsetup --wfc-timeout, --degr-wfc-timeout and --outdated-wfc-timeout',
    },
    told('start', 1),
    ...decided(),
  ];
}
