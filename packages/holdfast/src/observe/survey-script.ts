import { shellQuote } from '../core/index.ts';
import { drbdStatusCommand } from '../engines/drbd/index.ts';
import { drbdResource } from '../patterns/index.ts';
import { fencingSecrets, type Machine, patience, type Site, type Workload } from '../site/index.ts';
import { agentPaths, probeCommand } from '../workloads/index.ts';

/** The longest a single question on a machine may take, by the patience that its site needs. */
const questionTimeoutSeconds = 4;

/** Everything that shall be the same on both nodes, apart from units, which systemd itself prints. */
export const sharedFiles = [
  '/etc/corosync/corosync.conf',
  '/etc/corosync/authkey',
  agentPaths.workload,
  agentPaths.crashNotifier,
  agentPaths.fenceWitness,
  agentPaths.powerOnAgain,
  agentPaths.fencePeer,
] as const;

export const clusterUnits = ['corosync.service', 'pacemaker.service'] as const;

/** Packages whose versions must agree. One that a distribution does not have is skipped by dpkg-query. */
const comparedPackages = [
  'corosync',
  'corosync-qdevice',
  'fence-agents',
  'fence-agents-redfish',
  'pacemaker',
  'pacemaker-cli-utils',
  'resource-agents',
];

/** The exit code of a probe that was not asked, because its unit does not run; no probe ends with it by itself. */
export const probeNotAsked = 200;

export const secretPath = (secret: string): string => `/etc/holdfast/secrets/${secret}`;

/**
 * One script that asks a machine everything at once and prints lines `<section> <text>`; `<section>.rc <exit code>` and
 * `<section>.err <text>` follow where a command had them. The questions run side by side, each with its own time limit.
 */
export function surveyScript(site: Site, machine: Machine): string {
  if (site.witness?.kind === 'qnetd' && machine === site.witness) {
    return [preamble(site), ask('units', unitsCommand(['corosync-qnetd.service'])), epilogue].join('\n');
  }
  const isNode = site.nodes.some((node) => node === machine);
  return [
    preamble(site),
    ask('quorum', 'corosync-quorumtool -s -i'),
    ask('links', 'corosync-cfgtool -s'),
    ask('nodelist', 'corosync-cmapctl nodelist.node.'),
    ask('crmmon', 'crm_mon --output-as=xml'),
    ask('cib', 'cibadmin --query --scope configuration'),
    ask('units', unitsCommand([...clusterUnits, ...(isNode ? site.workloads.map((each) => each.unit) : [])])),
    ask('packages', `dpkg-query -W -f '\${Package} \${Version}\\n' ${comparedPackages.join(' ')}`),
    ask('hashes', `sha256sum -- ${sharedFiles.join(' ')}`),
    ask('modes', `stat -c '%a %s %n' -- ${secretFiles(site).join(' ')} ${sharedFiles.join(' ')}`),
    ask('address', `ip -o address show to ${site.address.ip}`),
    ask('mounts', 'cat /proc/self/mounts'),
    // Where Corosync and Pacemaker keep theirs. A file system that gave itself up need not say so among the mounts.
    ask('systemdisk', systemDiskCommand('/var/lib')),
    ...(isNode ? [askDevice(site), ...askReplica(site), ...site.workloads.flatMap(askWorkload)] : []),
    epilogue,
  ].join('\n');
}

/**
 * Whether a folder takes writes: ends with 1, and says why, where it does not. An empty file says little: it needs no free block. Some
 * bytes must reach the disk, more than a file system keeps beside the name of the file, and none that it could leave out.
 */
export function systemDiskCommand(folder: string): string {
  return `file=$(mktemp ${folder}/.holdfast.XXXXXX) || exit 1
trap 'rm -f "$file"; exit 1' TERM
head -c 8192 /dev/urandom >"$file" && sync "$file"
said=$?
rm -f "$file"
[ "$said" -eq 0 ] || exit 1`;
}

const preamble = (
  site: Site,
) => `export LC_ALL=C TZ=UTC PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
echo "began $(date +%s%N)"
d=$(mktemp -d 2>/dev/null) || d=$(mktemp -d -p /run) || exit 1
trap 'rm -rf "$d"' EXIT
cd "$d" || exit 1
ask() { { timeout -k 1 ${Math.ceil(questionTimeoutSeconds * patience(site))} sh -c "$2" >"$1" 2>"$1.err" </dev/null; echo $? >"$1.rc"; } & }`;

const epilogue = `wait
for f in *; do sed "s|^|$f |" "$f"; done
echo "ended $(date +%s%N)"`;

function ask(section: string, command: string): string {
  return `ask ${section} ${shellQuote(command)}`;
}

function unitsCommand(units: readonly string[]): string {
  const properties = 'Id,LoadState,ActiveState,UnitFileState,NeedDaemonReload';
  return `systemctl show -p ${properties} -- ${units.map(shellQuote).join(' ')}`;
}

/** Reading the file system's UUID from the device shows that the device answers, not only that it has a name. */
function askDevice(site: Site): string {
  const device = shellQuote(site.state.device);
  return ask(
    'device',
    `test -b ${device} || exit 0; echo "resolved $(readlink -f ${device})"; echo "uuid $(blkid -p -s UUID -o value ${device})"`,
  );
}

function askReplica(site: Site): string[] {
  const resource = drbdResource(site);
  return resource === undefined ? [] : [ask('replica', drbdStatusCommand(resource.name, resource.minor))];
}

function askWorkload(workload: Workload): string[] {
  const unit = shellQuote(workload.unit);
  const questions = [ask(`text-${workload.name}`, `systemctl cat -- ${unit} | sha256sum`)];
  if (workload.probe !== undefined) {
    const probe = probeCommand(workload.probe);
    questions.push(
      ask(
        `probe-${workload.name}`,
        `systemctl is-active --quiet -- ${unit} || exit ${probeNotAsked}; ${probe} >/dev/null`,
      ),
    );
  }
  return questions;
}

function secretFiles(site: Site): string[] {
  const secrets = site.nodes.flatMap(fencingSecrets);
  return [...new Set(secrets)].map((secret) => shellQuote(secretPath(secret)));
}
