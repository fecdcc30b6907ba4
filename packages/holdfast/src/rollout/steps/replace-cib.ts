import { HoldfastError, shellQuote } from '../../core/index.ts';
import { type Cib, diffCib, proposeCib } from '../../engines/pacemaker/index.ts';
import type { Hosts } from '../../hosts/index.ts';
import { cibVersion } from '../plan-cluster.ts';
import { runScript } from './run-script.ts';

const collisionExitCode = 90;

/**
 * Replaces the configuration in one transaction. It is sent as a patch against the very version that was read (crm_diff --cib),
 * which Pacemaker refuses when anything has changed since (cibadmin --patch, exit code 103 or 107): status changes are read
 * again and tried again, a changed configuration is an error. `seen`: `admin_epoch.epoch` that the plan was made for.
 * Throws HF-APPLY-CIB-CHANGED.
 */
export async function replaceCib(
  hosts: Hosts,
  members: readonly string[],
  cib: Cib,
  seen: string | undefined,
): Promise<void> {
  const [first] = members;
  if (first === undefined) return;
  const host = hosts.get(first);
  const live = (await runScript(host, 'read the cluster configuration', 'cibadmin --query')).stdout;
  const version = cibVersion(live);
  if (seen !== undefined && version !== seen) throw collision();
  const proposed = proposeCib(live, cib, members);
  if (diffCib(live, proposed).length === 0) return;
  const [adminEpoch = '0', epoch = '0'] = version.split('.');
  const { exitCode } = await runScript(host, 'replace the cluster configuration', script(adminEpoch, epoch), {
    stdin: proposed,
    expected: [collisionExitCode],
  });
  if (exitCode === collisionExitCode) throw collision();
}

/** Lets Pacemaker judge the CIB in the file `$d/proposed`: exit code 1, and what is wrong, where it finds a fault or a danger. */
export const verifyProposed = `if ! crm_verify -VV --xml-file "$d/proposed" >/dev/null 2>"$d/verify"; then
  [ -s "$d/verify" ] || exit 1
  if grep -v ${shellQuote(harmless())} "$d/verify" >&2; then exit 1; fi
fi`;

/**
 * Pacemaker 2.1 warns of a resource that is taken out while it runs (lib/pengine/unpack.c, `process_rsc_state`); that it is
 * stopped is what is wanted. The other line says only that there were warnings.
 */
function harmless(): string {
  return 'warning: Detected active orphan\\|^crm_verify: Warnings found during check\\|^-V may provide more';
}

function script(adminEpoch: string, epoch: string): string {
  return `d=$(mktemp -d) || exit 1
trap 'rm -rf "$d"' EXIT
cat >"$d/proposed"
${verifyProposed}
tries=0
while [ "$tries" -lt 30 ]; do
  tries=$((tries + 1))
  cibadmin --query >"$d/live" || exit 1
  root=$(head -n 1 "$d/live")
  case $root in *${shellQuote(` epoch="${epoch}"`)}*) ;; *) exit ${collisionExitCode} ;; esac
  case $root in *${shellQuote(` admin_epoch="${adminEpoch}"`)}*) ;; *) exit ${collisionExitCode} ;; esac
  cp "$d/live" "$d/next"
  CIB_file="$d/next" cibadmin --replace --scope configuration --xml-file "$d/proposed" || exit 1
  crm_diff --cib --original "$d/live" --new "$d/next" >"$d/patch"
  cibadmin --patch --xml-file "$d/patch" 2>"$d/refused" && exit 0
  sleep 0.1
done
cat "$d/refused" >&2
exit 1`;
}

function collision(): HoldfastError {
  return new HoldfastError({
    code: 'HF-APPLY-CIB-CHANGED',
    message: 'Somebody else has changed the cluster configuration since the plan was made; it was not replaced.',
    remedy: 'Find out who (crm_mon, pcs, crm shell), then plan again.',
    source: 'site',
  });
}
