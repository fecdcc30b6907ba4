import { agentPaths } from '../../workloads/index.ts';
import type { Finding } from '../assessment-types.ts';
import { breaking, ended, groupId, holdfast, onMachine, reachableMachine, resourceIds, type Scene } from '../scene.ts';
import type { ReachableMachine } from '../snapshot-types.ts';
import { sharedFiles } from '../survey-script.ts';

/** The passive node could run everything now: allowed to, with the device, the same units, files and versions. */
export function checkTakeover(scene: Scene): readonly Finding[] {
  const passive = reachableMachine(scene, scene.passive);
  const active = reachableMachine(scene, scene.active);
  return [
    ...locations(scene),
    ...(passive === undefined
      ? []
      : [...deviceOf(scene, passive, active), ...units(scene, passive), ...files(scene, passive, active)]),
    ...(passive === undefined || active === undefined ? [] : versions(scene, passive, active)),
    ...notifier(scene, active),
  ];
}

/** What needs the passive node to take over. */
export const takeover = ['active-node-loss', 'link-loss', 'planned-move'] as const;

/** Constraints that Holdfast does not write: a ban keeps things away, a preference pins them and undoes the next takeover. */
function locations(scene: Scene): Finding[] {
  const reading = scene.reachable.find(
    ({ name, configuration }) => name === scene.viewOf && configuration.known,
  )?.configuration;
  if (reading === undefined || !reading.known) {
    if (scene.view === undefined) return [];
    return [
      {
        code: 'HF-STATUS-CONSTRAINTS-UNKNOWN',
        severity: 'danger',
        where: scene.site.name,
        message: `The cluster's constraints could not be read${reading === undefined ? '' : ` (${reading.why})`}: something may forbid the takeover.`,
        remedy: 'Look by hand.',
        command: onMachine(scene, scene.viewOf ?? '', 'cibadmin --query --scope constraints'),
        breaks: breaking('unknown', takeover),
      },
    ];
  }
  const ids = [groupId, ...resourceIds(scene.site)];
  const nodes = scene.site.nodes.map(({ name }) => name);
  return reading.value.locations.flatMap((location): Finding[] => {
    const ended = location.endsAtMs !== undefined && location.endsAtMs < scene.snapshot.takenAtMs;
    if (ended || !ids.includes(location.resource) || !nodes.includes(location.node) || location.score === 0) return [];
    const until = location.endsAtMs === undefined ? '' : ` until ${new Date(location.endsAtMs).toISOString()}`;
    const forbidden = location.score < 0;
    return [
      {
        code: forbidden ? 'HF-STATUS-BANNED' : 'HF-STATUS-PINNED',
        severity: forbidden && location.node === scene.passive ? 'danger' : 'warning',
        where: location.node,
        message: forbidden
          ? `The constraint ${location.id} keeps ${location.resource} away from ${location.node}${until}.`
          : `The constraint ${location.id} pins ${location.resource} to ${location.node}${until}: after a takeover it would move back, a second outage.`,
        remedy: 'Remove it.',
        command: onMachine(scene, scene.viewOf ?? '', removal(location.id)),
        breaks: forbidden && location.node === scene.passive ? breaking('no', takeover) : {},
      },
    ];
  });
}

function removal(id: string): string {
  return `cibadmin --delete --xml-text "<rsc_location id='${id}'/>"`;
}

function deviceOf(scene: Scene, passive: ReachableMachine, active: ReachableMachine | undefined): Finding[] {
  // A replica cannot be read before it is promoted: what it holds, DRBD itself says (checkReplication).
  if (scene.site.state.type === 'drbd') return [];
  const { device: path } = scene.site.state;
  const { device, name } = passive;
  const finding = (answer: 'no' | 'unknown', message: string): Finding => ({
    code: 'HF-STATUS-DEVICE',
    severity: 'danger',
    where: name,
    message,
    remedy: `Connect the device to ${name} as to the other node.`,
    command: onMachine(scene, name, `blkid -p ${path}`),
    breaks: breaking(answer, takeover),
  });
  if (!device.known)
    return [finding('unknown', `Whether ${name} sees the device ${path} is not known: ${ended(device.why)}`)];
  if (!device.value.present)
    return [finding('no', `${name} does not see the device ${path}: it could not take over the state.`)];
  if (device.value.uuid === undefined)
    return [finding('no', `${name} has ${path}, but finds no file system when it reads it.`)];
  const other = active?.device;
  if (!other?.known || other.value.uuid === undefined) return [];
  if (other.value.uuid === device.value.uuid) return [];
  return [finding('no', `${path} on ${name} is another device than on ${active?.name}: their file systems differ.`)];
}

function units(scene: Scene, passive: ReachableMachine): Finding[] {
  return scene.site.workloads.flatMap(({ name, unit }): Finding[] => {
    const findings: Finding[] = [];
    const read = passive.units;
    const found = read.known ? read.value.find((each) => each.unit === unit) : undefined;
    if (found === undefined || found.load !== 'loaded') {
      const answer = read.known ? 'no' : 'unknown';
      findings.push({
        code: 'HF-STATUS-UNIT',
        severity: 'danger',
        where: passive.name,
        message: read.known
          ? `The unit ${unit} of ${name} is ${found?.load ?? 'not known'} on ${passive.name}: it could not start there.`
          : `Whether ${passive.name} has the unit ${unit} is not known: ${ended(read.why)}`,
        remedy: `Install the workload on ${passive.name} as on the other node.`,
        command: onMachine(scene, passive.name, `systemctl status ${unit}`),
        breaks: breaking(answer, takeover),
      });
    }
    if (found?.needsReload) {
      findings.push({
        code: 'HF-STATUS-UNIT-STALE',
        severity: 'warning',
        where: passive.name,
        message: `systemd on ${passive.name} has not read the present text of ${unit}.`,
        remedy: 'Let it read it.',
        command: onMachine(scene, passive.name, 'systemctl daemon-reload'),
        breaks: {},
      });
    }
    return [...findings, ...startsByItself(scene, unit)];
  });
}

/** A unit that is enabled starts at boot, behind the cluster's back and without the state. */
function startsByItself(scene: Scene, unit: string): Finding[] {
  return scene.reachable.flatMap(({ name, units: read }) => {
    const enabled = read.known && read.value.some((each) => each.unit === unit && each.enabled === 'enabled');
    if (!enabled) return [];
    return {
      code: 'HF-STATUS-UNIT-ENABLED',
      severity: 'danger',
      where: name,
      message: `${unit} starts by itself when ${name} boots: then it may run twice, once without its state.`,
      remedy: 'Leave starting to the cluster.',
      command: onMachine(scene, name, `systemctl disable ${unit}`),
      breaks: breaking('no', ['active-node-loss', 'passive-node-loss']),
    };
  });
}

function files(scene: Scene, passive: ReachableMachine, active: ReachableMachine | undefined): Finding[] {
  const { name } = passive;
  if (!passive.files.known) {
    return [
      {
        code: 'HF-STATUS-FILES-UNKNOWN',
        severity: 'danger',
        where: name,
        message: `Whether ${name} has the files it needs to take over is not known: ${ended(passive.files.why)}`,
        remedy: 'Look by hand.',
        command: onMachine(scene, name, `ls -l ${sharedFiles.join(' ')}`),
        breaks: breaking('unknown', takeover),
      },
    ];
  }
  const theirs = active?.files.known ? active.files.value : [];
  return passive.files.value.flatMap((file): Finding[] => {
    if (!file.exists && file.path === agentPaths.workload) {
      return [
        {
          code: 'HF-STATUS-AGENT',
          severity: 'danger',
          where: name,
          message: `The resource agent ${file.path} is not on ${name}: the cluster could not start the workloads there.`,
          remedy: 'Apply the site file.',
          command: holdfast(scene, 'apply'),
          breaks: breaking('no', takeover),
        },
      ];
    }
    const other = theirs.find((each) => each.path === file.path);
    if (file.sha256 === undefined || other?.sha256 === undefined || file.sha256 === other.sha256) return [];
    return [
      {
        code: 'HF-STATUS-DRIFT',
        severity: 'danger',
        where: file.path,
        message: `${file.path} is not the same on ${name} and ${active?.name}: after a takeover the workload may behave differently.`,
        remedy: 'Make them the same again; apply does so for what Holdfast wrote.',
        command: holdfast(scene, 'plan'),
        breaks: breaking('unknown', ['active-node-loss']),
      },
    ];
  });
}

function versions(scene: Scene, passive: ReachableMachine, active: ReachableMachine): Finding[] {
  if (!passive.packages.known || !active.packages.known) {
    const where = passive.packages.known ? active.name : passive.name;
    return [
      {
        code: 'HF-STATUS-PACKAGES-UNKNOWN',
        severity: 'danger',
        where,
        message: `The packages on ${where} could not be read: whether both nodes have the same versions is not known.`,
        remedy: 'Look by hand.',
        command: onMachine(scene, where, 'dpkg-query -W pacemaker corosync'),
        breaks: breaking('unknown', ['active-node-loss']),
      },
    ];
  }
  const mine = passive.packages.value;
  const theirs = active.packages.value;
  return Object.keys({ ...mine, ...theirs })
    .filter((name) => mine[name] !== theirs[name])
    .map((name) => ({
      code: 'HF-STATUS-PACKAGES-DIFFER',
      severity: 'warning',
      where: name,
      message: `${name} is ${theirs[name] ?? 'absent'} on ${active.name} and ${mine[name] ?? 'absent'} on ${passive.name}.`,
      remedy: 'Bring both nodes to the same version.',
      command: onMachine(scene, passive.name, `apt-get install ${name}`),
      breaks: {},
    }));
}

/** Without it a crash is only found at the next poll: slower, not fatal. */
function notifier(scene: Scene, active: ReachableMachine | undefined): Finding[] {
  if (active === undefined || !active.files.known) return [];
  const file = active.files.value.find(({ path }) => path === agentPaths.crashNotifier);
  if (file?.exists) return [];
  return [
    {
      code: 'HF-STATUS-NOTIFIER',
      severity: 'warning',
      where: active.name,
      message: `The crash notifier is not on ${active.name}: a crash is found only at the next poll.`,
      remedy: 'Apply the site file.',
      command: holdfast(scene, 'apply'),
      breaks: {},
    },
  ];
}
