import { shellQuote } from '../../core/index.ts';
import type { Host } from '../../hosts/index.ts';
import { runScript } from './run-script.ts';

const installTimeoutMs = 20 * 60_000;

/**
 * Services that their packages would start at once, with a configuration that is nobody's. Masked while they are installed,
 * below /run, so that even after a kill the next boot has forgotten it; starting the cluster takes the masks away, too.
 */
const heldBack = ['corosync.service', 'pacemaker.service', 'corosync-qdevice.service', 'sbd.service', 'drbd.service'];

export const unmaskScript = `systemctl unmask --runtime --quiet ${heldBack.join(' ')}`;

/** Installs Debian packages without a question, keeping configuration files that are there. Waits for other users of dpkg. */
export async function installPackages(host: Host, packages: readonly string[]): Promise<void> {
  const names = packages.map(shellQuote).join(' ');
  const script = `export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l
for unit in ${heldBack.join(' ')}; do systemctl is-active --quiet "$unit" || systemctl mask --runtime --quiet "$unit"; done
trap ${shellQuote(unmaskScript)} EXIT
dpkg --configure -a --force-confold >/dev/null 2>&1
install() {
  apt-get --quiet --quiet --yes --no-install-recommends -o DPkg::Lock::Timeout=300 \\
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install ${names}
}
# Only when the lists are too old or missing is the mirror asked for new ones.
install || { apt-get --quiet --quiet -o DPkg::Lock::Timeout=300 update && install; }`;
  await runScript(host, `install ${packages.join(', ')} on ${host.name}`, script, { timeoutMs: installTimeoutMs });
}
