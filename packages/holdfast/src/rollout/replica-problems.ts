import { bytesInWords, type Problem } from '../core/index.ts';
import { dataBytes, deviceBytesFor } from '../engines/drbd/index.ts';
import type { ReplicaEnd, ReplicaSpec } from '../patterns/index.ts';

/** Why two disks cannot become a replica, each with what is wrong here and what to do. */

export function noModule(host: string, kernel: string): Problem {
  return {
    code: 'HF-PLAN-DRBD-MODULE',
    message: `The kernel of ${host} (${kernel}) has no DRBD module (modinfo drbd).`,
    remedy: `Install the distribution's full kernel on ${host} (Debian: linux-image-amd64; the cloud kernel leaves DRBD out), or LINBIT's drbd-dkms, restart it, and plan again.`,
    source: 'site',
  };
}

export function otherModule(host: string, version: string): Problem {
  return {
    code: 'HF-PLAN-DRBD-MODULE',
    message: `${host} has DRBD ${version}; Holdfast writes for 8.4 and 9.`,
    remedy: `Use a kernel with DRBD 8.4 or 9 on ${host}.`,
    source: 'site',
  };
}

export function tooSmall(host: string, disk: string, bytes: number, least: number): Problem {
  return {
    code: 'HF-PLAN-DRBD-DISK-SMALL',
    message: `${disk} on ${host} has ${bytesInWords(bytes)}; DRBD and a file system on it need ${bytesInWords(least)}.`,
    remedy: 'Name a larger disk or partition in the site file.',
    source: 'site',
  };
}

/** DRBD never makes a disk with good data smaller when two meet (`receive_sizes` in drbd_receiver.c, 8.4 and 9): it lets go. */
export function smallerThanData(
  end: ReplicaEnd & { readonly bytes: number },
  other: ReplicaEnd & { readonly usedBytes: number },
): Problem {
  return {
    code: 'HF-PLAN-DRBD-DISK-SMALL',
    message: `${end.disk} on ${end.host} has ${exactly(end.bytes)}, of which DRBD leaves ${exactly(dataBytes(end.bytes))} for data. The data of ${other.host} take up ${exactly(other.usedBytes)} of ${other.disk}, and DRBD makes no disk with data smaller: it would refuse ${end.host}, and ${other.host} would go on alone.`,
    remedy: `Give ${end.host} a disk or partition of ${deviceBytesFor(other.usedBytes)} bytes or more (\`blockdev --getsize64\` tells), and name it in the site file. Nothing was written.`,
    source: 'site',
  };
}

function exactly(bytes: number): string {
  return `${bytesInWords(bytes)} (${bytes} bytes)`;
}

export function holdsOtherData({ filesystem }: ReplicaSpec, host: string, disk: string, content: string): Problem {
  return {
    code: 'HF-PLAN-DEVICE-HOLDS-DATA',
    message: `${disk} on ${host} holds data (${content}). DRBD would write its notes over the end of it, and the ${filesystem} file system over the rest.`,
    remedy: `Name another disk, or copy that data away first; if it may be lost for ever: \`holdfast apply <site> --format ${host}:${disk}@${content}\``,
    source: 'user',
  };
}

/** `areKin`: both keep note since they were one. */
export function splitBrain(one: ReplicaEnd, other: ReplicaEnd, areKin: boolean): Problem {
  const strangers = areKin
    ? ''
    : ` If they never were one, as disks that served elsewhere: clear the one that is not wanted by hand (wipefs --all ${one.disk} on ${one.host}, or ${other.disk} on ${other.host}).`;
  return {
    code: 'HF-PLAN-DRBD-SPLIT-BRAIN',
    message: `${one.host} and ${other.host} have both written since they last were the same: DRBD keeps them apart, and nobody can merge them.`,
    remedy: `See what each would lose with \`holdfast state resolve <site>\`, and name the one to discard; nothing is lost before that.${strangers}`,
    source: 'site',
  };
}

export function unrelated(one: ReplicaEnd, other: ReplicaEnd): Problem {
  return {
    code: 'HF-PLAN-DRBD-UNRELATED',
    message: `${one.disk} of ${one.host} and ${other.disk} of ${other.host} hold DRBD data that have nothing to do with each other.`,
    remedy: 'Find out which of the two is wanted, copy the other one away, and clear it (wipefs --all) by hand.',
    source: 'site',
  };
}

export function halfCopied(end: ReplicaEnd, good: ReplicaEnd): Problem {
  return {
    code: 'HF-PLAN-DRBD-HALF-COPIED',
    message: `${end.disk} of ${end.host} is half copied and not connected to ${good.host}, and this plan stops the state there: nobody could take over, and ${good.host} might not serve again before the two have met.`,
    remedy: `Find out with \`holdfast state status <site>\` why they do not meet; when they do, the copy goes on by itself. Apply again when it is complete, or take the change out of the site file meanwhile.`,
    source: 'site',
  };
}
