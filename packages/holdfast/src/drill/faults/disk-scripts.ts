import { shellQuote } from '../../core/index.ts';

/** Pieces of POSIX sh that let a disk behind the device mapper fail, and put it back. Source: dmsetup(8), `load`, `suspend`, `resume`. */

/** Below /run: what the device mapper has does not outlive the machine's power either. */
const nameFile = '/run/holdfast-drill-disk.name';
const tableFile = '/run/holdfast-drill-disk.table';
/** While it is there, the disk is back and has not yet every write. */
const mendedFile = '/run/holdfast-drill-disk.mended';

/** Sets `name` to the device mapper's own name of the disk; fails where it is none of its devices. */
function findName(disk: string): string {
  return `name=$(cat "/sys/dev/block/$(mountpoint -x ${shellQuote(disk)})/dm/name" 2>/dev/null)`;
}

/**
 * Prints what is missing for the disk to fail and come back, and ends with 1; changes nothing. Other tables than linear and striped
 * ones hold keys, or a state that a second table of the same words would not have.
 */
export function lackingBelow(disk: string): string {
  return `command -v dmsetup >/dev/null || { echo 'the program dmsetup'; exit 1; }
${findName(disk)} || {
  echo ${shellQuote(`a disk that can be made to fail: ${disk} is no device-mapper device, as a logical volume is one`)}
  exit 1
}
table=$(dmsetup table "$name") || { echo "a table of $name that can be read"; exit 1; }
echo "$table" | while read -r _ _ target _; do
  case $target in
  linear | striped) ;;
  *)
    echo "a disk that can be put back as it was: $name is made with $target, and only linear and striped ones are"
    exit 1
    ;;
  esac
done`;
}

/** From the next read or write on each one fails. Prints the time just before that. */
export function breakDisk(disk: string): string {
  return `${findName(disk)}
if [ ! -s ${tableFile} ]; then
  umask 077
  echo "$name" >${nameFile}
  dmsetup table "$name" >${tableFile}
  [ -s ${tableFile} ]
fi
dmsetup load "$name" --table "0 $(blockdev --getsz ${shellQuote(disk)}) error"
at=$(date +%s%N)
dmsetup suspend --noflush --nolockfs "$name"
dmsetup resume --noudevsync "$name"
echo "$at"`;
}

/** Puts the disk back; harmless where it was not broken. */
export const mendDisk = `if [ -s ${tableFile} ]; then
  name=$(cat ${nameFile})
  dmsetup load "$name" ${tableFile}
  dmsetup suspend --noflush --nolockfs "$name"
  dmsetup resume --noudevsync "$name"
  mv ${tableFile} ${mendedFile}
  rm -f ${nameFile}
fi`;

/** Gives a disk that is back to DRBD again, which then fetches what was written meanwhile. */
export function attachAgain(resource: string): string {
  return `if [ -e ${mendedFile} ]; then drbdadm attach ${resource} || :; fi`;
}

/** Fails, with the reason, as long as a disk that was mended has not every write; one on which DRBD does not run waits for nothing. */
export function failUnlessUpToDate(resource: string): string {
  return `if [ -e ${mendedFile} ]; then
  disk=$(drbdadm dstate ${resource} 2>/dev/null) || disk=Unconfigured
  case $disk in
  UpToDate* | Unconfigured*) rm -f ${mendedFile} ;;
  Diskless*)
    drbdadm attach ${resource}
    echo 'its disk was only now given back to DRBD' >&2
    exit 1
    ;;
  *)
    echo "its disk is \${disk%%/*}: it does not have every write yet" >&2
    exit 1
    ;;
  esac
fi`;
}
