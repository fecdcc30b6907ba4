import type { Finding } from '../assessment-types.ts';
import { breaking, ended, holdfast, onMachine, reachableMachine, type Scene } from '../scene.ts';
import type { ReachableMachine, Reading } from '../snapshot-types.ts';

/** Address, state and workloads really are on the active node, and nowhere else, whatever the cluster believes. */
export function checkPlacement(scene: Scene): readonly Finding[] {
  return [...heldThings(scene).flatMap((thing) => onOneNode(scene, thing)), ...readOnlyState(scene), ...probes(scene)];
}

interface HeldThing {
  /** With its verb, to be followed by the names of machines. */
  readonly name: string;
  readonly verb: string;
  heldBy(machine: ReachableMachine): Reading<boolean>;
  /** A command that shows it on a machine. */
  readonly show: string;
}

function heldThings({ site }: Scene): HeldThing[] {
  const { mountPoint, device } = site.state;
  return [
    {
      name: `the state ${mountPoint}`,
      verb: 'is mounted on',
      // The survey keeps the mounts of this device, wherever, and of anything at this place: none of them may be anywhere else.
      heldBy: ({ mounts }) => (mounts.known ? { known: true, value: mounts.value.length > 0 } : mounts),
      show: `findmnt --source ${device}`,
    },
    {
      name: `the address ${site.address.ip}`,
      verb: 'is on',
      heldBy: ({ holdsAddress }) => holdsAddress,
      show: `ip -o address show to ${site.address.ip}`,
    },
    ...site.workloads.map(
      ({ name, unit }): HeldThing => ({
        name: `the workload ${name}`,
        verb: 'runs on',
        heldBy: ({ units }) => {
          if (!units.known) return units;
          const found = units.value.find((each) => each.unit === unit);
          // What starts or stops is running too, as far as "nowhere twice" goes.
          return { known: true, value: found !== undefined && !['inactive', 'failed'].includes(found.active) };
        },
        show: `systemctl status ${unit}`,
      }),
    ),
  ];
}

function onOneNode(scene: Scene, thing: HeldThing): Finding[] {
  const holders = scene.reachable
    .filter((machine) => machine.role !== 'qnetd-witness')
    // A witness has no workload units; it is asked for address and mounts all the same.
    .filter((machine) => reads(machine, thing) === true)
    .map(({ name }) => name);
  const { active } = scene;
  if (holders.length > 1) return [twice(scene, thing, holders)];
  if (active === null) return holders.length === 1 ? [stray(scene, thing, holders[0] ?? '')] : [];
  const machine = reachableMachine(scene, active);
  if (machine === undefined) return holders.map((holder) => stray(scene, thing, holder));
  const reading = thing.heldBy(machine);
  if (!reading.known) {
    return [
      {
        code: 'HF-STATUS-PLACE-UNKNOWN',
        severity: 'danger',
        where: active,
        message: `Whether ${thing.name} ${thing.verb} ${active} is not known: ${ended(reading.why)}`,
        remedy: 'Look by hand.',
        command: onMachine(scene, active, thing.show),
        serves: 'unknown',
        breaks: breaking('unknown', scene.everything),
      },
    ];
  }
  if (reading.value) return [...unknownElsewhere(scene, thing)];
  const [holder] = holders;
  return [holder === undefined ? missing(scene, thing, active) : stray(scene, thing, holder)];
}

function reads(machine: ReachableMachine, thing: HeldThing): boolean {
  const reading = thing.heldBy(machine);
  return reading.known && reading.value;
}

function twice(scene: Scene, thing: HeldThing, holders: readonly string[]): Finding {
  return {
    code: 'HF-STATUS-TWO-ACTIVE',
    severity: 'danger',
    where: holders.join(' and '),
    message: `TWO ACTIVE: ${thing.name} ${thing.verb} ${holders.join(' and ')} at the same time.`,
    remedy: `Switch off the node that should not have it, now, before more is written. The cluster believes in ${scene.active ?? 'none of them'}.`,
    command: onMachine(
      scene,
      holders.find((name) => name !== scene.active) ?? '',
      'systemctl poweroff --force --force',
    ),
    serves: 'no',
    breaks: breaking('no', scene.everything),
  };
}

function stray(scene: Scene, thing: HeldThing, holder: string): Finding {
  return {
    code: 'HF-STATUS-MISPLACED',
    severity: 'danger',
    where: holder,
    message: `In fact ${thing.name} ${thing.verb} ${holder}, which the cluster does not believe (it names ${scene.active ?? 'no node'}).`,
    remedy: 'Let the cluster look again at what really runs.',
    command: holdfast(scene, 'clear'),
    serves: 'no',
    breaks: breaking('no', scene.everything),
  };
}

function missing(scene: Scene, thing: HeldThing, active: string): Finding {
  return {
    code: 'HF-STATUS-MISSING',
    severity: 'danger',
    where: active,
    message: `The cluster names ${active}, but ${thing.name} ${thing.verb.replace(/^(is|runs)/, '$1 not')} it.`,
    remedy: 'Let the cluster look again at what really runs.',
    command: holdfast(scene, 'clear'),
    serves: 'no',
    breaks: breaking('no', scene.everything),
  };
}

/** "Nowhere else" must be known too. Unreachable machines are reported on their own. */
function unknownElsewhere(scene: Scene, thing: HeldThing): Finding[] {
  return scene.reachable.flatMap((machine) => {
    if (machine.name === scene.active || machine.role !== 'node') return [];
    const reading = thing.heldBy(machine);
    if (reading.known) return [];
    return {
      code: 'HF-STATUS-PLACE-UNKNOWN',
      severity: 'danger',
      where: machine.name,
      message: `Whether ${thing.name} also ${thing.verb} ${machine.name} is not known: ${ended(reading.why)}`,
      remedy: 'Look by hand.',
      command: onMachine(scene, machine.name, thing.show),
      breaks: breaking('unknown', scene.everything),
    };
  });
}

function readOnlyState(scene: Scene): Finding[] {
  const machine = reachableMachine(scene, scene.active);
  if (machine === undefined || !machine.mounts.known || scene.site.state.options.includes('ro')) return [];
  const { mountPoint } = scene.site.state;
  if (!machine.mounts.value.some(({ target, readOnly }) => target === mountPoint && readOnly)) return [];
  return [
    {
      code: 'HF-STATUS-READ-ONLY',
      severity: 'danger',
      where: machine.name,
      message: `${mountPoint} is mounted read-only on ${machine.name}: the kernel does so after an error of the device.`,
      remedy: 'Read what the kernel says of the device; if the other node reads it well, move there.',
      command: onMachine(scene, machine.name, 'dmesg --level=err,crit | tail'),
      serves: 'no',
      breaks: breaking('no', scene.faults),
    },
  ];
}

function probes(scene: Scene): Finding[] {
  const machine = reachableMachine(scene, scene.active);
  if (machine === undefined) return [];
  return scene.site.workloads.flatMap(({ name, unit, probe }) => {
    const found = machine.probes.find(({ workload }) => workload === name);
    const runs =
      machine.units.known && machine.units.value.some((each) => each.unit === unit && each.active === 'active');
    // Not running is said elsewhere; having no probe is a risk that the site file accepts.
    if (probe === undefined || !runs || found?.answer === 'good') return [];
    const bad = found?.answer === 'bad';
    return {
      code: bad ? 'HF-STATUS-PROBE-BAD' : 'HF-STATUS-PROBE-UNKNOWN',
      severity: 'danger',
      where: machine.name,
      message: bad
        ? `${name} runs on ${machine.name} but does not answer its probe well${found.detail === undefined ? '' : ` (${found.detail})`}.`
        : `Whether ${name} on ${machine.name} answers its probe is not known.`,
      remedy: 'Read what it says itself.',
      command: onMachine(scene, machine.name, `journalctl -b -u ${unit} -n 50`),
      serves: bad ? 'no' : 'unknown',
      breaks: {},
    };
  });
}
