import { shellQuote } from '../core/index.ts';
import { drbdStatusCommand } from '../engines/drbd/index.ts';
import { recordPath } from './facts.ts';

/** What to find out on one machine. */
export interface FactsRequest {
  readonly packages: readonly string[];
  /** Text files with the SHA-256 that is wanted: the content of one that differs is read as well. */
  readonly textFiles: readonly { readonly path: string; readonly sha256: string }[];
  /** Files of which only the digest is read. */
  readonly opaqueFiles: readonly string[];
  readonly units: readonly string[];
  /** Units whose definitions are compared between nodes; also among `units`. */
  readonly workloadUnits: readonly string[];
  readonly devices: readonly string[];
  readonly mountPoints: readonly string[];
  /** DRBD's resource and the disk below it. */
  readonly replica?: { readonly resource: string; readonly minor: number; readonly disk: string };
  /** Fence agents whose metadata is read. */
  readonly fenceAgents?: readonly string[];
  /** The device of a watchdog. */
  readonly watchdog?: string;
  /** Asked for with a ping where no cluster runs. */
  readonly virtualAddress?: string;
}

/**
 * One POSIX sh script that prints all facts, a line each, fields parted by tabs, texts of many lines in base64.
 * It changes nothing. read-facts.ts reads what it prints.
 */
export function factsScript(request: FactsRequest): string {
  const words = (values: readonly string[]) => values.map(shellQuote).join(' ');
  const texts = request.textFiles.map(({ path, sha256 }) => `${sha256}  ${path}`).join('\n');
  const textPaths = request.textFiles.map(({ path }) => path);
  const files = [...textPaths, ...request.opaqueFiles];
  return `${deviceFunctions}
${preamble}
${questions}
${request.virtualAddress === undefined ? '' : `ask_address ${shellQuote(request.virtualAddress)} &`}
${request.packages.length === 0 ? '' : `packages ${words(request.packages)}`}
wanted=${shellQuote(`\n${texts}\n`)} texts=${shellQuote(`\n${textPaths.join('\n')}\n`)}
${files.length === 0 ? '' : `files ${words(files)}`}
record
${request.units.length === 0 ? '' : `units ${words(request.units)}`}
${request.workloadUnits.map((unit) => `definition ${shellQuote(unit)}`).join('\n')}
${request.devices.map((device) => `device ${shellQuote(device)}; check_noted ${shellQuote(device)}`).join('\n')}
${request.replica === undefined ? '' : replicaQuestions(request.replica)}
${(request.fenceAgents ?? []).map((agent) => `fence_agent ${shellQuote(agent)}`).join('\n')}
${request.watchdog === undefined ? '' : `watchdog ${shellQuote(request.watchdog)}`}
${request.mountPoints.map((path) => `mount_point ${shellQuote(path)}`).join('\n')}
cluster
wait
fact end "$(date +%s%3N)"`;
}

/** With -u, blkid shows the file system at the beginning of a disk also where DRBD's notes stand at its end. */
function replicaQuestions({ resource, minor, disk }: NonNullable<FactsRequest['replica']>): string {
  return `device ${shellQuote(disk)}
fact drbd-module "$(awk '$1 == "version:" {print $2; exit}' /proc/drbd 2>/dev/null)" "$(modinfo -F version drbd 2>/dev/null)"
fact drbd-report "$( { ${drbdStatusCommand(resource, minor)}
} 2>/dev/null | base64 -w0)"
fact drbd-content "$(blkid -p -u filesystem -o export ${shellQuote(disk)} 2>/dev/null | base64 -w0)"
fact drbd-size "$(cat /sys/block/drbd${minor}/size 2>/dev/null)" "$(drbdadm show-gi ${resource} </dev/null 2>/dev/null | grep '^last agreed size')"`;
}

const preamble = `fact now "$(date +%s%3N)"
fact machine "$(uname -n)" "$(uname -r)" "$(uname -m)"
( ID=unknown VERSION_ID=unknown PRETTY_NAME=unknown; [ ! -r /etc/os-release ] || . /etc/os-release; fact os "$ID" "$VERSION_ID" "$PRETTY_NAME" )
fact has "$(command -v apt-get >/dev/null && echo apt)" "$(command -v crm_simulate >/dev/null && echo scheduler)"
fact free "$(df -Pk /var | awk 'NR==2 {print $4}')"
ip -o addr show 2>/dev/null | awk '{split($4, part, "/"); print "address\\t" part[1]}'
packages() { dpkg-query -W -f 'package\\t\${Package}\\t\${Version}\\t\${db:Status-Status}\\n' "$@" 2>/dev/null; }
files() {
  stat --printf 'stat\\t%n\\t%a\\t%U:%G\\t%F\\n' -- "$@" 2>/dev/null
  sha256sum -- "$@" 2>/dev/null | while read -r sum path; do
    fact sum "$path" "$sum"
    case "$texts" in *"
$path
"*) case "$wanted" in *"
$sum  $path
"*) ;; *) fact text "$path" "$(head -c 262144 "$path" | base64 -w0)" ;; esac ;; esac
  done
}
record() { [ ! -r ${recordPath} ] || fact record "$(base64 -w0 <${recordPath})"; }
units() {
  fact units "$(systemctl show --property=LoadState --property=ActiveState --property=UnitFileState --property=NeedDaemonReload -- "$@" | base64 -w0)"
}
definition() {
  fact definition "$1" "$(systemctl cat -- "$1" 2>/dev/null | awk '/^# \\//{ours = /holdfast/} !ours' | sha256sum | cut -c1-64)"
}
fence_agent() {
  said=$(timeout 10 "$1" -o metadata 2>/dev/null </dev/null) && fact fence-agent "$1" "$(printf %s "$said" | base64 -w0)"
}
watchdog() {
  if [ -c "$1" ]; then fact watchdog device
  elif modprobe --dry-run --quiet softdog 2>/dev/null; then fact watchdog softdog
  else fact watchdog none; fi
}
ask_address() {
  systemctl is-active --quiet pacemaker.service && return
  command -v ping >/dev/null || return
  if ping -n -q -c 1 -W 1 "$1" >/dev/null 2>&1; then fact answers yes; else fact answers no; fi
}
`;

/** A file system that we were making, checked without a change; one that is mounted cannot be. e2fsck(8), xfs_repair(8): exit codes. */
const questions = `check_noted() {
  real=$(readlink -f -- "$1")
  [ -b "$real" ] && uuid=$(blkid -p -s UUID -o value "$real" 2>/dev/null) && [ -n "$uuid" ] || return 0
  grep -qxF "formatting $1 $uuid" ${recordPath} 2>/dev/null || return 0
  [ -z "$(lsblk -nro MOUNTPOINT "$real" 2>/dev/null)" ] || return 0
  case $(blkid -p -s TYPE -o value "$real") in
    ext4) check='e2fsck -n -f' bad='4 8 12' ;;
    xfs) check='xfs_repair -n' bad=1 ;;
    *) return 0 ;;
  esac
  said=$(timeout 20 $check "$real" 2>&1); code=$?
  case " $bad " in
    *" $code "*) fact damage "$1" "$(printf '%s: %s' "$check" "$(printf %s "$said" | grep . | tail -n 2 | tr -s '\\n' ' ')" | base64 -w0)" ;;
  esac
}
mount_point() {
  if [ ! -d "$1" ]; then fact mount-point "$1" absent; return; fi
  if mountpoint -q "$1"; then fact mount-point "$1" mounted; return; fi
  fact mount-point "$1" "$(ls -A "$1" 2>/dev/null | grep -qv '^lost+found$' && echo holds-files || echo empty)"
}
cluster() {
  stored=/var/lib/pacemaker/cib/cib.xml
  if systemctl is-active --quiet pacemaker.service; then
    cib=$(timeout 8 cibadmin --query 2>/dev/null) && fact cluster running "$(printf %s "$cib" | base64 -w0)" || fact cluster silent
  elif [ -s "$stored" ]; then fact cluster stopped "$(base64 -w0 <"$stored")"
  else fact cluster none; fi
}`;

/** The shell function `device` prints the fact of one device in a line. */
export const deviceFunctions = `fact() { printf '%s' "$1"; shift; [ $# -eq 0 ] || printf '\\t%s' "$@"; printf '\\n'; }
device() {
  real=$(readlink -f -- "$1")
  if [ ! -b "$real" ]; then fact device "$1" absent; return; fi
  number=$(stat -c '%t %T' "$real" | { read -r major minor; echo $((0x$major)):$((0x$minor)); })
  mounted=$(awk -v number="$number" '$3 == number {print $5; exit}' /proc/self/mountinfo)
  [ -n "$mounted" ] || blockdev --flushbufs "$real" 2>/dev/null
  size=$(blockdev --getsize64 "$real")
  identity=$(lsblk -dnro WWN,SERIAL "$real" 2>/dev/null)
  signature=$(blkid -p -o export "$real" 2>/dev/null); found=$?
  other=$(wipefs --noheadings --output TYPE "$real" 2>&1)
  area=unread fingerprint=
  if [ "$found" -ne 0 ]; then
    edges() { dd if="$real" bs=1M count=4 2>/dev/null; dd if="$real" bs=1M skip=$((size / 1048576 > 8 ? size / 1048576 - 4 : 0)) 2>/dev/null; }
    area=$(edges | tr -d '\\000' | head -c 1 | wc -c); fingerprint=$(edges | sha256sum | cut -c1-12)
  fi
  fact device "$1" block "$size" "$mounted" "$(ls "/sys/dev/block/$number/holders" 2>/dev/null | tr '\\n' ' ')" "$identity" \\
    "$found" "$(printf %s "$signature" | base64 -w0)" "$(printf %s "$other" | base64 -w0)" "$area" "$fingerprint"
}
`;
