import { HoldfastError, shellQuote } from '../../core/index.ts';
import {
  type DrbdReport,
  type DrbdStatus,
  drbdStatusCommand,
  readDrbdReport,
  relationOf,
} from '../../engines/drbd/index.ts';
import type { Host, Hosts } from '../../hosts/index.ts';
import { deviceFunctions } from '../facts-script.ts';
import type { MakeReplicaEndStep, MakeReplicaFileSystemStep, ReplicaStep, SeedReplicaStep } from '../step.ts';
import { changed, changedExitCode, describeDevice, lookAt, makeCommand, makeTimeoutMs } from './file-system.ts';
import { runScript } from './run-script.ts';

const joinTimeoutSeconds = 60;

/**
 * Writes DRBD's notes to the end of a disk, after looking once more at what the disk holds. The kernel refuses a disk that is
 * attached already. Throws HF-APPLY-DEVICE-CHANGED.
 */
export async function makeReplicaEnd(step: MakeReplicaEndStep, hosts: Hosts): Promise<void> {
  const host = hosts.get(step.host);
  const expected = step.destroys ?? 'empty';
  const look = await lookAt(step.disk, host);
  const seen = describeDevice(look.fact);
  if (seen !== expected) throw changed(step.disk, step.host, expected, seen);
  const disk = shellQuote(step.disk);
  const wipe = step.destroys === undefined ? '' : `wipefs --all --quiet ${disk} && `;
  const script = `${deviceFunctions}
IFS= read -r looked
[ "$(device ${disk})" = "$looked" ] || exit ${changedExitCode}
modprobe drbd && ${wipe}drbdadm create-md --force ${step.resource} </dev/null && sync && blockdev --flushbufs ${disk}`;
  const { exitCode } = await runScript(host, `give ${step.disk} on ${step.host} to DRBD`, script, {
    stdin: `${look.printed}\n`,
    timeoutMs: makeTimeoutMs,
    expected: [changedExitCode],
  });
  if (exitCode === changedExitCode) throw changed(step.disk, step.host, expected, 'something else now');
}

/** Brings both ends up and waits until they have found each other. Throws HF-APPLY-REPLICA-APART with what each says. */
export async function joinReplica(step: ReplicaStep, hosts: Hosts): Promise<void> {
  const { resource } = step;
  await Promise.all(
    step.hosts.map((name) =>
      runScript(hosts.get(name), `bring the replica up on ${name}`, `modprobe drbd && drbdadm adjust ${resource}`, {
        timeoutMs: 90_000,
      }),
    ),
  );
  for (let second = 0; second < joinTimeoutSeconds; second++) {
    const statuses = await Promise.all(step.hosts.map((name) => statusOf(hosts.get(name), step)));
    if (statuses.every((status) => status?.connection === 'Connected')) return;
    // Neither waits for the other any more: DRBD has refused.
    if (second > 3 && statuses.some((status) => status?.connection === 'StandAlone')) break;
    await runScript(hosts.get(step.hosts[0]), 'wait for the other end', 'sleep 1');
  }
  throw await notJoined(step, hosts);
}

/**
 * Says whose data count at first. Without a copy where both disks were empty: nothing that a file system reads was ever written
 * to either, so what may differ in blocks that nobody has written harms nobody (drbdsetup-9.0(8), `new-current-uuid
 * --clear-bitmap`). `state verify` would show such blocks, and the resync after it makes them the same. In any other case the
 * first end's disk is copied to the other, whole.
 */
export async function seedReplica(step: SeedReplicaStep, hosts: Hosts): Promise<void> {
  const { resource, copies } = step;
  const host = hosts.get(step.hosts[0]);
  const status = await statusOf(host, step);
  if (status?.disk === 'UpToDate') return;
  if (status?.connection !== 'Connected' || status.disk !== 'Inconsistent' || status.peerDisk !== 'Inconsistent') {
    throw await notJoined(step, hosts);
  }
  const script = copies
    ? `drbdadm primary --force ${resource} && drbdadm secondary ${resource}`
    : `drbdadm new-current-uuid --clear-bitmap ${resource}/0`;
  await runScript(host, `let the data of ${step.hosts[0]} be the first`, script, { timeoutMs: 90_000 });
}

/** Makes the file system on DRBD's device, on the first end, and gives it back for the cluster to promote. */
export async function makeReplicaFileSystem(step: MakeReplicaFileSystemStep, hosts: Hosts): Promise<void> {
  const { resource, device, filesystem, uuid } = step;
  const wipe = step.destroys === undefined ? '' : `wipefs --all --quiet ${device} && `;
  const script = `drbdadm primary ${resource} || exit 1
trap 'drbdadm secondary ${resource}' EXIT
seen=$(blkid -p -o export ${device} | awk -F= '$1 == "TYPE" {type = $2} $1 == "UUID" {uuid = $2} END {if (type != "") print type ":" uuid}')
case "$seen" in
${shellQuote(`${filesystem}:${uuid}`)}) exit 0 ;;
''${step.destroys === undefined || step.destroys === 'unknown' ? '' : ` | ${shellQuote(step.destroys)}`}) ;;
*) echo "it holds $seen now" >&2; exit ${changedExitCode} ;;
esac
${wipe}${makeCommand(filesystem, uuid, device)} && sync && blockdev --flushbufs ${device}`;
  const { exitCode, stderr } = await runScript(hosts.get(step.hosts[0]), `make a file system on ${device}`, script, {
    timeoutMs: makeTimeoutMs,
    expected: [changedExitCode],
  });
  if (exitCode === changedExitCode) throw changed(device, step.hosts[0], step.destroys ?? 'empty', stderr.trim());
}

/** Tells DRBD to read its configuration again, where it runs. */
export async function adjustReplica(host: Host, resource: string, minor: number): Promise<void> {
  await runScript(
    host,
    `let DRBD read its configuration again on ${host.name}`,
    `grep -q '^ *${minor}: cs:[^U]' /proc/drbd 2>/dev/null || drbdsetup status ${resource} >/dev/null 2>&1 || exit 0; drbdadm adjust ${resource}`,
    { timeoutMs: 90_000 },
  );
}

async function reportOf(host: Host, { resource, minor }: ReplicaStep): Promise<DrbdReport | null> {
  const { stdout } = await host.run(drbdStatusCommand(resource, minor), { timeoutMs: 20_000 });
  return readDrbdReport(stdout);
}

export async function statusOf(host: Host, step: ReplicaStep): Promise<DrbdStatus | undefined> {
  return statusIn(await reportOf(host, step));
}

function statusIn(report: DrbdReport | null): DrbdStatus | undefined {
  return report?.kind === 'up' ? report.status : undefined;
}

async function notJoined(step: ReplicaStep, hosts: Hosts): Promise<HoldfastError> {
  const said = await Promise.all(
    step.hosts.map(async (name) => {
      const report = await reportOf(hosts.get(name), step);
      const { stdout } = await hosts
        .get(name)
        .run("dmesg 2>/dev/null | grep -i drbd | tail -n 30 | sed 's/^[^]]*] //'");
      return {
        name,
        report,
        status: statusIn(report),
        heard: stdout
          .trim()
          .split('\n')
          .filter((line) => line !== ''),
      };
    }),
  );
  const words = said.map(({ name, status, heard }) => {
    const last = heard.length === 0 ? '' : ` (${heard.slice(-3).join(' / ')})`;
    return `${name}: ${status === undefined ? 'down' : `${status.connection}, ${status.disk}`}${last}`;
  });
  const [one, other] = said;
  const split = relationOf(one?.report, other?.report) === 'split-brain';
  // The end with the data says so, some lines before it lets go (`receive_sizes` in drbd_receiver.c).
  const refusing = said.findIndex(
    ({ status, heard }) =>
      status?.connection === 'StandAlone' && heard.some((line) => line.includes("The peer's disk size is too small")),
  );
  return new HoldfastError({
    code: 'HF-APPLY-REPLICA-APART',
    message: `The two ends of ${step.resource} do not come together. ${words.join('; ')}.`,
    remedy: split
      ? 'Both have written alone: see `holdfast state resolve <site>`.'
      : refusing !== -1
        ? `The disk of ${step.hosts[1 - refusing]} is smaller than what the data of ${step.hosts[refusing]} take up, so DRBD has refused it; ${step.hosts[refusing]} goes on alone. Name a larger one in the site file, then apply again.`
        : 'Check that the addresses of the link reach each other on the port of DRBD (TCP), and that both nodes have the same secret file; then apply again.',
    source: 'site',
  });
}
