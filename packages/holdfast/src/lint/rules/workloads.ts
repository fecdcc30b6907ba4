import type { Place, Rule } from '../finding.ts';
import { overCib, servingPrimitives } from '../inputs/cib-questions.ts';
import { type Evidence, placeInSite } from '../inputs/evidence.ts';
import { clusterManagedUnits } from '../inputs/host-report.ts';
import { knownWorkload } from './known-workloads.ts';

/** What a workload does behind the cluster's back, as far as its unit's name tells. */
export const workloadRules: readonly Rule[] = [
  {
    code: 'HF-LINT-WORKLOAD-ACKNOWLEDGES-EARLY',
    title: 'Zero loss with a store that acknowledges before the disk has it',
    severity: 'note',
    danger: 'What was acknowledged stood in memory: a power cut loses it, whatever the disk below replicates.',
    remedy: 'Set the store to write through before it acknowledges, and prove it with a drill that cuts the power.',
    source:
      "the store's own documentation; NATS: sync_interval, Redis: appendfsync, Greengrass: spooler and Stream Manager",
    *find(evidence) {
      // What a site file allows to be lost is no danger.
      if (evidence.site !== undefined && evidence.site.site.objectives.rpoMs > 0) return;
      for (const { owner, unit, where } of unitsOf(evidence)) {
        const early = knownWorkload(unit)?.acknowledgesEarly;
        if (early !== undefined) yield { where, why: `${owner} runs ${unit}: ${early}.` };
      }
    },
  },
  {
    code: 'HF-LINT-WORKLOAD-REBOOTS',
    title: 'A workload that reboots the machine itself',
    severity: 'warning',
    danger:
      'The cluster sees a node die in the middle of its work, fences it, and moves everything: a planned restart becomes a failover.',
    remedy: 'Take the reboot out of its unit, and let `holdfast move` go before a reboot.',
    source: "Greengrass's loader (exit code 101); systemd.unit(5), FailureAction",
    *find(evidence) {
      for (const { owner, unit, where } of unitsOf(evidence)) {
        const reboots = knownWorkload(unit)?.reboots;
        if (reboots !== undefined) yield { where, why: `${owner} runs ${unit}: ${reboots}.` };
      }
      for (const { name, units } of evidence.hosts) {
        const managed = clusterManagedUnits(evidence.cib);
        for (const { unit, machineActions } of units.filter((each) => managed.includes(each.unit))) {
          const bad = machineActions.filter((action) => /=(reboot|poweroff|halt|exit|kexec|soft-reboot)/.test(action));
          if (bad.length > 0)
            yield { where: { file: `${name}:${unit}` }, why: `${unit} on ${name} has ${bad.join(' and ')}.` };
        }
      }
    },
  },
  {
    code: 'HF-LINT-WORKLOAD-OUTSIDE-STATE',
    title: 'What a workload needs lives outside the state that moves',
    severity: 'note',
    danger: 'Certificates, configuration or runtime drift apart unseen, and the takeover starts a different workload.',
    remedy: 'Put it below the mount point, or keep the copies equal and compare them (lint --live does so for units).',
    source: "the software's own layout; AWS's tutorial replicates /greengrass/v2 alone",
    *find(evidence) {
      const mounts = mountPoints(evidence);
      if (mounts.length === 0) return;
      for (const { owner, unit, where } of unitsOf(evidence)) {
        const { name, directory, outside } = knownWorkload(unit) ?? {};
        if (directory !== undefined && !mounts.some((mount) => isBelow(directory, mount))) {
          yield {
            where,
            why: `${owner} (${name}) keeps its state in ${directory} unless told otherwise, and what moves is ${mounts.join(' and ')}.`,
          };
        } else if (outside !== undefined) {
          yield { where, why: `Of ${owner} (${name}), ${outside} do not move with ${mounts.join(' and ')}.` };
        }
      }
    },
  },
  {
    code: 'HF-LINT-UNIT-ENABLED',
    title: 'A unit that the cluster starts is also started at boot',
    severity: 'error',
    danger:
      'After a boot it runs on both nodes before the cluster looks: two are active, and the cluster stops both to mend it.',
    remedy: 'Run `systemctl disable UNIT` on every node.',
    source: 'Pacemaker Explained, "systemd resources" (must not be enabled)',
    *find({ hosts, cib }) {
      const managed = clusterManagedUnits(cib);
      for (const { name, units } of hosts) {
        for (const { unit, fileState } of units) {
          if (!managed.includes(unit) || !/^enabled/.test(fileState)) continue;
          yield {
            where: { file: `${name}:${unit}` },
            why: `${unit} is ${fileState} on ${name}, and the cluster starts it too.`,
            remedy: `Run \`systemctl disable ${unit}\` on ${name}.`,
          };
        }
      }
    },
  },
  {
    code: 'HF-LINT-UNIT-RESTARTS',
    title: 'systemd restarts what the cluster manages',
    severity: 'warning',
    danger: 'systemd brings it back behind the cluster: crashes do not count, and a stop may be answered by a start.',
    remedy: 'Set Restart=no in a drop-in of the unit.',
    source: 'systemd.service(5), Restart',
    *find({ hosts, cib }) {
      const managed = clusterManagedUnits(cib);
      for (const { name, units } of hosts) {
        for (const { unit, restart } of units) {
          if (!managed.includes(unit) || restart === '' || restart === 'no') continue;
          yield { where: { file: `${name}:${unit}` }, why: `${unit} has Restart=${restart} on ${name}.` };
        }
      }
    },
  },
  {
    code: 'HF-LINT-UNIT-DIFFERS',
    title: 'The nodes have different texts of one unit',
    severity: 'warning',
    danger: 'The takeover starts something else than what ran: other options, another version, another user.',
    remedy: 'Install the same unit and drop-ins on both nodes.',
    source: 'systemctl cat, compared',
    *find({ hosts, cib }) {
      for (const unit of clusterManagedUnits(cib)) {
        const texts = hosts.flatMap(({ name, units }) =>
          units
            .filter((each) => each.unit === unit && each.fileState !== '')
            .map(({ textDigest }) => ({ name, textDigest })),
        );
        const [first, ...others] = texts;
        const other = others.find(({ textDigest }) => textDigest !== first?.textDigest);
        if (first === undefined || other === undefined) continue;
        yield {
          where: { file: `${other.name}:${unit}` },
          why: `${unit} on ${other.name} is not the one on ${first.name}.`,
        };
      }
    },
  },
  {
    code: 'HF-LINT-UNIT-CLUSTER-OFF',
    title: 'A node does not join after a boot',
    severity: 'note',
    danger: 'A node that was fenced and came up is no second node until a person starts the cluster there.',
    remedy: 'Run `systemctl enable corosync pacemaker`, unless a person shall look first.',
    source: 'Clusters from Scratch, "Enable cluster services"',
    *find({ hosts }) {
      for (const { name, units } of hosts) {
        const off = units.filter(
          ({ unit, fileState }) => /^(corosync|pacemaker)\.service$/.test(unit) && fileState === 'disabled',
        );
        const [first] = off;
        if (first === undefined) continue;
        yield {
          where: { file: `${name}:${first.unit}` },
          why: `${off.map(({ unit }) => unit).join(' and ')} ${off.length === 1 ? 'is' : 'are'} not enabled on ${name}.`,
        };
      }
    },
  },
  {
    code: 'HF-LINT-SINGLE-WORKLOAD-CLONED',
    title: 'A workload that must be single runs on every node',
    severity: 'warning',
    danger: 'Two instances act on the same plant with one identity: messages twice, or each disconnecting the other.',
    remedy: 'Take it out of the clone.',
    source: 'AWS IoT Core disconnects the older of two connections with one client id',
    find: overCib(function* (cib) {
      for (const primitive of servingPrimitives(cib)) {
        const clone = primitive.containers.find(({ kind }) => kind === 'clone');
        if (
          clone === undefined ||
          primitive.class !== 'systemd' ||
          knownWorkload(primitive.type)?.reboots === undefined
        )
          continue;
        yield {
          where: cib.place(clone.element),
          why: `${primitive.id} (${primitive.agent}) runs on every node of ${clone.id}.`,
        };
      }
    }),
  },
];

interface UnitPlace {
  readonly owner: string;
  readonly unit: string;
  readonly where: Place;
}

/** Of the site file, or of the CIB where no site file is given. */
function unitsOf({ site, cib }: Evidence): UnitPlace[] {
  if (site !== undefined)
    return site.site.workloads.map(({ name, unit }, index) => ({
      owner: name,
      unit,
      where: placeInSite(site, ['workloads', index, 'unit']),
    }));
  if (cib === undefined) return [];
  return servingPrimitives(cib).flatMap((primitive) => {
    const unit = primitive.class === 'systemd' ? primitive.type : primitive.parameters.get('unit')?.value;
    return unit === undefined ? [] : [{ owner: primitive.id, unit, where: cib.place(primitive.element) }];
  });
}

function mountPoints({ site, cib }: Evidence): string[] {
  if (site !== undefined) return [site.site.state.mountPoint];
  return (cib === undefined ? [] : servingPrimitives(cib)).flatMap(({ type, parameters }) =>
    type === 'Filesystem' ? (parameters.get('directory')?.value ?? []) : [],
  );
}

function isBelow(directory: string, mount: string): boolean {
  const root = mount.replace(/\/+$/, '');
  return directory === root || directory.startsWith(`${root}/`);
}
