import type { Found, Place, Rule } from '../finding.ts';
import type { DrbdResource } from '../inputs/drbd-view.ts';
import { type Evidence, memberNames } from '../inputs/evidence.ts';
import { list } from '../inputs/pacemaker-values.ts';

const manual = 'drbd.conf(5)';
const guide = 'DRBD User Guide';

/** The replicated disk. */
export const drbdRules: readonly Rule[] = [
  {
    code: 'HF-LINT-DRBD-NO-FENCING',
    title: 'DRBD does not fence its peer',
    severity: 'error',
    danger:
      'When the replication link fails, both sides can become primary, and each gets writes that the other lacks: split brain.',
    remedy: "Set `fencing resource-and-stonith` (8.4: in disk; 9: in net) with the cluster's fence-peer handler.",
    source: `${manual}, fencing`,
    find: overDrbd(function* (resource) {
      const fencing = resource.option('fencing');
      if (fencing?.value === 'resource-and-stonith') return;
      yield {
        where: fencing?.place ?? resource.place,
        why:
          fencing === undefined
            ? `${resource.name} has no fencing policy (dont-care by default).`
            : `${resource.name} has fencing ${fencing.value}${fencing.value === 'resource-only' ? ', which goes on writing while nobody is sure that the peer is dead' : ''}.`,
        ...(fencing?.value === 'resource-only' ? { severity: 'warning' } : {}),
      };
    }),
  },
  {
    code: 'HF-LINT-DRBD-NO-HANDLER',
    title: 'A fencing policy without a program that does it',
    severity: 'error',
    danger: 'DRBD freezes its writes when the peer is lost, and nothing ever tells it that the peer is dead.',
    remedy: 'Set the handlers fence-peer (crm-fence-peer.9.sh, or that of Holdfast) and its counterpart that lifts it.',
    source: `${manual}, handlers`,
    find: overDrbd(function* (resource) {
      const fencing = resource.option('fencing');
      if (fencing === undefined || fencing.value === 'dont-care') return;
      const lifts = resource.option('unfence-peer') ?? resource.option('after-resync-target');
      const missing = [
        ...(resource.option('fence-peer') === undefined ? ['fence-peer'] : []),
        ...(lifts === undefined ? ['unfence-peer'] : []),
      ];
      if (missing.length === 0) return;
      yield {
        where: fencing.place,
        why: `${resource.name} has fencing ${fencing.value} and no handler ${list(missing)}.`,
      };
    }),
  },
  {
    code: 'HF-LINT-DRBD-HANDLER-UNSURE',
    title: 'The fence handler does not ask for quorum',
    severity: 'error',
    danger:
      'A node that is cut off may take its partner for dead, because an earlier fencing is still noted, and writes on until it is shot: what it acknowledged is lost.',
    remedy:
      'Set fence-peer to a handler that asks for quorum: crm-fence-peer.9.sh does, on 8.4 too; the one that Holdfast installs also waits for the scheduler to know the peer dead.',
    source: 'drbd-utils, scripts/crm-fence-peer.sh, check_peer_node_reachable; crm-fence-peer.9.sh, fail_if_no_quorum',
    find: overDrbd(function* (resource) {
      const handler = resource.option('fence-peer');
      if (handler === undefined || !/\bcrm-fence-peer\.sh\b/.test(handler.value)) return;
      yield {
        where: handler.place,
        why: `${resource.name} asks crm-fence-peer.sh, which believes what the CIB notes of the peer, with or without quorum.`,
      };
    }),
  },
  {
    code: 'HF-LINT-DRBD-DISCARDS',
    title: 'DRBD throws away one side of a split brain by itself',
    severity: 'error',
    danger: 'Acknowledged writes are deleted without anybody having looked at what they were.',
    remedy: 'Set after-sb-0pri, after-sb-1pri and after-sb-2pri to disconnect, and decide by hand.',
    source: `${manual}, after-sb-0pri, after-sb-1pri, after-sb-2pri, rr-conflict`,
    find: overDrbd(function* (resource) {
      for (const name of ['after-sb-0pri', 'after-sb-1pri', 'after-sb-2pri', 'rr-conflict']) {
        const option = resource.option(name);
        // discard-zero-changes loses nothing: one side wrote nothing.
        if (
          option === undefined ||
          !/^(discard-(?!zero-changes)|violently|consensus|call-pri-lost|auto-discard)/.test(option.value)
        )
          continue;
        yield { where: option.place, why: `${resource.name} has ${name} ${option.value}.` };
      }
    }),
  },
  {
    code: 'HF-LINT-DRBD-TWO-PRIMARIES',
    title: 'Both sides may be primary',
    severity: 'error',
    danger: 'A file system for one node that two mount is destroyed within minutes.',
    remedy: 'Remove allow-two-primaries, unless a cluster file system with fencing is on it.',
    source: `${manual}, allow-two-primaries`,
    find: overDrbd(function* (resource, { cib }) {
      const option = resource.option('allow-two-primaries');
      if (option === undefined || option.value === 'no') return;
      const shared =
        cib?.primitives.some(({ parameters }) => /^(gfs2?|ocfs2)$/.test(parameters.get('fstype')?.value ?? '')) ===
        true;
      if (!shared)
        yield {
          where: option.place,
          why: `${resource.name} has allow-two-primaries, and no cluster file system is in sight.`,
        };
    }),
  },
  {
    code: 'HF-LINT-DRBD-ASYNCHRONOUS',
    title: 'A write is acknowledged before the peer has it',
    severity: 'error',
    danger: 'With protocol A or B, the last writes before a power cut are missing after the takeover.',
    remedy: 'Set protocol C.',
    source: `${manual}, protocol`,
    find: overDrbd(function* (resource, { site }) {
      const option = resource.option('protocol');
      if (option === undefined || option.value === 'C') return;
      const promised = site?.site.objectives.rpoMs === 0;
      yield {
        where: option.place,
        why: `${resource.name} has protocol ${option.value}${promised ? ', and the site promises that nothing is lost' : ''}.`,
        ...(promised || site === undefined ? {} : { severity: 'warning' }),
      };
    }),
  },
  {
    code: 'HF-LINT-DRBD-NO-AUTHENTICATION',
    title: 'DRBD talks to anybody',
    severity: 'warning',
    danger: 'Whoever reaches the port can take part in the replication: read the disk, or write to it.',
    remedy: 'Set cram-hmac-alg and shared-secret.',
    source: `${manual}, cram-hmac-alg`,
    find: overDrbd(function* (resource) {
      const missing = ['cram-hmac-alg', 'shared-secret'].filter((name) => resource.option(name) === undefined);
      if (missing.length === 0) return;
      yield { where: resource.place, why: `${resource.name} has no ${list(missing)}.` };
    }),
  },
  {
    code: 'HF-LINT-DRBD-UNENCRYPTED',
    title: 'The replicated data is not encrypted',
    severity: 'note',
    danger: 'Whoever listens on the replication link reads every write.',
    remedy: 'Keep the link physically apart, or use tls (DRBD 9.2), WireGuard or IPsec.',
    source: `${guide}, "Encrypted replication"`,
    find: overDrbd(function* (resource) {
      if (resource.option('tls') === undefined)
        yield { where: resource.place, why: `${resource.name} is replicated in clear text.` };
    }),
  },
  {
    code: 'HF-LINT-DRBD-NO-VERIFY',
    title: 'Nobody can compare the two sides',
    severity: 'note',
    danger: 'Without verify-alg, silent differences stay unseen until the takeover.',
    remedy: 'Set verify-alg sha256 (or crc32c), and run `drbdadm verify` on a schedule.',
    source: `${guide}, "Using on-line device verification"`,
    find: overDrbd(function* (resource) {
      if (resource.option('verify-alg') === undefined)
        yield { where: resource.place, why: `${resource.name} has no verify-alg.` };
    }),
  },
  {
    code: 'HF-LINT-DRBD-IO-ERROR',
    title: 'Errors of the disk are passed on',
    severity: 'error',
    danger: 'One bad sector stops the workload, although the peer has the data in good order.',
    remedy: 'Set on-io-error detach: DRBD goes on with the disk of the peer.',
    source: `${manual}, on-io-error`,
    find: overDrbd(function* (resource) {
      const option = resource.option('on-io-error');
      if (option?.value !== 'pass_on') return;
      yield { where: option.place, why: `${resource.name} has on-io-error pass_on.` };
    }),
  },
  {
    code: 'HF-LINT-DRBD-FLUSHES-OFF',
    title: 'Writes are acknowledged out of the cache of the disk',
    severity: 'warning',
    danger: 'Without flushes, an acknowledged write may stand in a volatile cache: a power cut of both sides loses it.',
    remedy: 'Remove disk-flushes no and md-flushes no, unless the controller has a battery.',
    source: `${manual}, disk-flushes and md-flushes`,
    find: overDrbd(function* (resource) {
      for (const name of ['disk-flushes', 'md-flushes']) {
        const option = resource.option(name) ?? negated(resource, name);
        if (option === undefined || option.value !== 'no') continue;
        yield { where: option.place, why: `${resource.name} has ${name} ${option.value}.` };
      }
    }),
  },
  {
    code: 'HF-LINT-DRBD-PEER-HANGS',
    title: 'A peer that hangs holds every write',
    severity: 'warning',
    danger: 'With ko-count 0 a peer that answers pings but writes nothing blocks the primary for ever.',
    remedy: 'Remove ko-count 0: 7 is the default.',
    source: `${manual}, ko-count`,
    find: overDrbd(function* (resource) {
      const option = resource.option('ko-count');
      if (option?.value !== '0') return;
      yield { where: option.place, why: `${resource.name} has ko-count 0.` };
    }),
  },
  {
    code: 'HF-LINT-DRBD-PING',
    title: 'A replication link that gives up too early or too late',
    severity: 'warning',
    danger: 'Too short, and a busy peer is disconnected and fenced; too long, and every write waits for it.',
    remedy: 'Leave ping-timeout at 5 (half a second) and timeout at 60 (6 s), below ping-int and connect-int.',
    source: `${manual}, timeout, ping-int, ping-timeout, connect-int`,
    find: overDrbd(function* (resource) {
      const tenths = (name: string, byDefault: number, factor: number) =>
        Number(resource.option(name)?.value ?? byDefault) * factor;
      const ping = resource.option('ping-timeout');
      if (ping !== undefined && Number(ping.value) < 3)
        yield { where: ping.place, why: `${resource.name} waits ${Number(ping.value) * 100} ms for a ping.` };
      const timeout = resource.option('timeout');
      const limit = Math.min(tenths('ping-int', 10, 10), tenths('connect-int', 10, 10));
      if (timeout === undefined || Number.isNaN(limit) || !(Number(timeout.value) >= limit)) return;
      yield {
        where: timeout.place,
        why: `${resource.name} has timeout ${Number(timeout.value) / 10} s, which must be below ping-int and connect-int (${limit / 10} s).`,
      };
    }),
  },
  {
    code: 'HF-LINT-DRBD-PROMOTES-ITSELF',
    title: 'A side becomes primary behind the cluster',
    severity: 'error',
    danger: 'become-primary-on promotes at the start, before the cluster knows who serves.',
    remedy: 'Remove become-primary-on: Pacemaker promotes.',
    source: `${guide}, "Using DRBD in Pacemaker clusters"`,
    find: overDrbd(function* (resource) {
      const option = resource.option('become-primary-on');
      if (option !== undefined)
        yield { where: option.place, why: `${resource.name} has become-primary-on ${option.value}.` };
    }),
  },
  {
    code: 'HF-LINT-DRBD-UNKNOWN',
    title: 'The cluster manages a DRBD resource that does not exist',
    severity: 'error',
    danger: 'It never starts, and what is mounted on it never either.',
    remedy: 'Correct drbd_resource, or give the resource a file.',
    source: 'ocf:linbit:drbd(7), drbd_resource',
    *find({ cib, drbd }) {
      if (cib === undefined || drbd.length === 0) return;
      const names = drbd.map(({ name }) => name);
      for (const { id, agent, parameters } of cib.primitives) {
        const setting = parameters.get('drbd_resource');
        if (agent !== 'ocf:linbit:drbd' || setting === undefined || names.includes(setting.value)) continue;
        yield {
          where: cib.place(setting.element),
          why: `${id} has drbd_resource ${setting.value}, and DRBD has ${list(names)}.`,
        };
      }
    },
  },
  {
    code: 'HF-LINT-DRBD-HOSTS',
    title: 'A DRBD resource for machines that are not of the cluster',
    severity: 'warning',
    danger: 'drbdadm takes the section whose name is `uname -n`: on a machine without one it does nothing.',
    remedy: 'Write the host names of the nodes after `on`.',
    source: `${manual}, on`,
    find: overDrbd(function* (resource, evidence) {
      const members = memberNames(evidence);
      const strangers = resource.hosts.filter((name) => !members.includes(name));
      if (members.length === 0 || strangers.length === 0) return;
      yield {
        where: resource.place,
        why: `${resource.name} is for ${list(strangers)}, and the members are ${list(members)}.`,
      };
    }),
  },
];

/** `no-disk-flushes` is how 8.3 wrote `disk-flushes no`. */
function negated(resource: DrbdResource, name: string): { value: string; place: Place } | undefined {
  const option = resource.option(`no-${name}`);
  return option === undefined ? undefined : { value: 'no', place: option.place };
}

/** The rule sees each resource. */
function overDrbd(find: (resource: DrbdResource, evidence: Evidence) => Iterable<Found>): Rule['find'] {
  return (evidence) => evidence.drbd.flatMap((resource) => [...find(resource, evidence)]);
}
