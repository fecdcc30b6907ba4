import type { Finding } from '../assessment-types.ts';
import { breaking, ended, holdfast, needing, onMachine, type Scene } from '../scene.ts';
import type { ReachableMachine } from '../snapshot-types.ts';

/**
 * Every member can write to its system disk. One that cannot looks well: what runs goes on, and so does Pacemaker, without its CIB on
 * disk. But Corosync ends at the next change of the membership, when it cannot store the ring id: the member is then lost together
 * with the one that caused the change.
 *
 * Source: corosync, exec/main.c, `corosync_ring_id_store`; pacemaker, daemons/based/based_io.c, `write_cib_cb`.
 */
export function checkSystemDisks(scene: Scene): readonly Finding[] {
  return scene.reachable.flatMap((machine): Finding[] => {
    if (machine.role === 'qnetd-witness') return [];
    const { name, systemDisk } = machine;
    if (!systemDisk.known) {
      return [
        {
          code: 'HF-STATUS-SYSTEM-DISK-UNKNOWN',
          severity: 'danger',
          where: name,
          message: `Whether the system disk of ${name} takes writes is not known: ${ended(systemDisk.why)}`,
          remedy: 'Look by hand.',
          command: onMachine(scene, name, 'touch /var/lib/corosync'),
          breaks: breaks(scene, machine, 'unknown'),
        },
      ];
    }
    const { value } = systemDisk;
    return value.writable ? [] : [readOnly(scene, machine, value.why)];
  });
}

function readOnly(scene: Scene, machine: ReachableMachine, why: string): Finding {
  const { name } = machine;
  const finding = {
    code: 'HF-STATUS-SYSTEM-DISK',
    severity: 'danger',
    where: name,
    message: `The system disk of ${name} takes no writes (${why}): when any other member is lost, Corosync on ${name} ends too.`,
    breaks: breaks(scene, machine, 'no'),
  } as const;
  if (/no space/i.test(why)) {
    return { ...finding, remedy: 'Make room on it.', command: onMachine(scene, name, 'df -h /var/lib') };
  }
  const boot = `boot ${name}, which checks the disk, and see what its kernel says of it.`;
  return name === scene.active
    ? { ...finding, remedy: `Move to ${scene.passive}, then ${boot}`, command: holdfast(scene, 'move') }
    : {
        ...finding,
        remedy: `${boot.charAt(0).toUpperCase()}${boot.slice(1)}`,
        command: onMachine(scene, name, 'dmesg --level=err,crit | tail'),
      };
}

/** A node that serves can still be left; whether what crashed on it starts again there is not known. */
function breaks(scene: Scene, { name }: ReachableMachine, answer: 'no' | 'unknown'): Finding['breaks'] {
  if (name !== scene.active) return breaking(answer, needing(scene, name));
  const others = scene.everything.filter((each) => each === 'passive-node-loss' || each === 'witness-loss');
  return { ...breaking(answer, others), ...breaking('unknown', ['workload-crash']) };
}
