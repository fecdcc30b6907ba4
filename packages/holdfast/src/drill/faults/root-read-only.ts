import { HoldfastError, shellQuote } from '../../core/index.ts';
import type { Host } from '../../hosts/index.ts';
import { backInTime } from './expectations.ts';
import type { Fault, FaultContext } from './fault.ts';
import { injectOnNode, lackingUnless, runOnNode } from './on-node.ts';

/**
 * The root file system finds an error in itself and takes no more writes, as ext4 does with `errors=remount-ro` when its disk fails.
 * The state is another file system and goes on. Pacemaker goes on without writing the CIB; Corosync ends as soon as the membership
 * changes, because it cannot store the ring id. `holdfast status` says so (HF-STATUS-SYSTEM-DISK). A kernel that then refuses reads
 * too (Linux 6.6 to 6.14) starts no agent any more: Pacemaker takes that for failures, and the node is fenced.
 *
 * Source: Linux, fs/ext4/sysfs.c (`trigger_fs_error`) and commit f3054e53c2f3 ("ext4: add EXT4_FLAGS_EMERGENCY_RO bit");
 * pacemaker, daemons/based/based_io.c, `write_cib_cb`; corosync, exec/main.c, `corosync_ring_id_store`.
 */
export const rootReadOnly: Fault = {
  name: 'root-read-only',
  victim: 'active',
  describe: ({ active }) => `let the root file system of ${active} find an error, so that it takes no more writes`,
  expectation: backInTime(
    'What serves needs only the state and goes on; where it or its agents need more, the other node takes over.',
  ),
  unsuited: ({ machines }) =>
    machines === 'containers' ? 'a container has no root file system of its own that could fail' : undefined,
  lacking: (host) =>
    lackingUnless(
      host,
      `${findTrigger}\n[ -w "$trigger" ]`,
      'an ext4 root file system, the only one that can be told to find an error',
    ),
  // Every monitor has looked by then, that of the state, which comes last, too.
  showsWithinMs: 30_000,
  repairMoves: true,
  /** It waits in memory: whether a program can still be started when its time has come is not known. */
  async armDeadMan({ victim, deadManMs }) {
    const script = `${stopDeadMan}
systemd-run --quiet --collect --unit=${deadMan} /bin/sh -c 'sleep ${Math.ceil(deadManMs / 1000)}; echo b >/proc/sysrq-trigger'`;
    await runOnNode(victim.host, script, `arm the dead-man ${deadMan}`);
  },
  async inject(context) {
    const script = `${findTrigger}
: >${touchedFile}
mount -o remount,errors=remount-ro /
at=$(date +%s%N)
echo 'Holdfast drill' >"$trigger"
echo "$at"`;
    return { atMs: await injectOnNode(context, script, 'let the root file system find an error') };
  },
  heal,
};

const deadMan = 'holdfast-drill-root';
/** Only where it is may a machine be booted: other disks fail, too. Below /run: it takes files still, and ends with the boot. */
const touchedFile = '/run/holdfast-drill-root';
const stopDeadMan = `systemctl stop ${deadMan}.service 2>/dev/null || :`;

/** Sets `trigger` to where the root file system can be told that it has an error. */
export const findTrigger = `device=$(readlink "/sys/dev/block/$(mountpoint -d /)") || device=none
trigger=/sys/fs/ext4/\${device##*/}/trigger_fs_error`;

/** A file system that gave itself up is writable again only after the machine has booted: first the service is moved, as in a plant. */
async function heal(context: FaultContext): Promise<void> {
  const { host } = context.victim;
  const found = (await runOnNode(host, examine(context.site.state.mountPoint), 'see whether / can be written')).trim();
  if (found === 'sound') return;
  if (found !== 'leaving') {
    // Where it cannot be moved in order, the machine stops it in order as it boots: waiting would end in the dead-man, which does not.
    if (found === 'serving') await context.move().catch(() => undefined);
    await context.keepJournal();
    await runOnNode(host, 'systemctl --no-block reboot', 'boot the machine again');
  }
  throw boots(host);
}

/** What the machine says of itself: `sound` is also one whose / no drill has touched, whatever its state. */
export function examine(mountPoint: string): string {
  return `if [ ! -e ${touchedFile} ]; then
  ${stopDeadMan}
  echo sound
elif file=$(mktemp /.holdfast-drill.XXXXXX 2>/dev/null); then
  rm -f "$file" ${touchedFile}
  ${stopDeadMan}
  echo sound
elif [ "$(systemctl is-system-running)" = stopping ]; then
  echo leaving
elif mountpoint --quiet ${shellQuote(mountPoint)}; then
  echo serving
else
  echo broken
fi`;
}

function boots({ name }: Host): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-FAULT',
    message: `The root file system of ${name} cannot be written, and ${name} boots to mend that.`,
    remedy: `Look at the console of ${name} if it does not come back; it checks its file system as it boots.`,
    source: 'site',
  });
}
