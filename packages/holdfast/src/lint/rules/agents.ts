import type { Rule } from '../finding.ts';
import {
  fileSystems,
  isTrue,
  namesOfResource,
  overCib,
  pairConstraints,
  recurringMonitors,
  servingPrimitives,
} from '../inputs/cib-questions.ts';
import type { CibView, Primitive } from '../inputs/cib-view.ts';
import { list } from '../inputs/pacemaker-values.ts';

/** What the parameters of well-known agents bring. */
export const agentRules: readonly Rule[] = [
  {
    code: 'HF-LINT-ADDRESS-NONE',
    title: 'No virtual address',
    severity: 'warning',
    danger:
      'After a takeover the clients still talk to the dead machine: the cluster has recovered, and nobody is served.',
    remedy: 'Add an address that moves with the service (ocf:heartbeat:IPaddr2), and let the clients use it.',
    source: 'ocf:heartbeat:IPaddr2(7)',
    find: overCib(function* (cib) {
      const serving = servingPrimitives(cib);
      const daemons = serving.filter(
        ({ class: agentClass, containers }) =>
          /^(systemd|service|lsb|upstart)$/.test(agentClass) && containers.every(({ kind }) => kind === 'group'),
      );
      if (daemons.length === 0 || serving.some(movesAnAddress)) return;
      yield {
        where: cib.place(daemons[0]?.element ?? cib.root),
        why: `${list(daemons.map(({ id }) => id))} can move, and no resource moves an address with ${daemons.length === 1 ? 'it' : 'them'}.`,
      };
    }),
  },
  {
    code: 'HF-LINT-ADDRESS-APART',
    title: 'A virtual address that runs by itself',
    severity: 'warning',
    danger: 'The address may be on one node and the service on another: clients reach a machine that serves nothing.',
    remedy: 'Put the address into the group of the service, or colocate both with score INFINITY.',
    source: 'Pacemaker Explained, colocation',
    find: overCib(function* (cib) {
      const serving = servingPrimitives(cib);
      for (const address of serving.filter(({ agent }) => agent === 'ocf:heartbeat:IPaddr2')) {
        const others = serving.filter(({ id, top }) => id !== address.id && top !== address.top);
        const alone = serving.every(({ id, top }) => id === address.id || top !== address.top);
        if (
          !alone ||
          others.length === 0 ||
          others.every(isAddress) ||
          address.containers.length > 0 ||
          isTied(cib, address)
        )
          continue;
        yield {
          where: cib.place(address.element),
          why: `${address.id} is in no group and in no colocation, and so may run apart from ${list(others.map(({ id }) => id))}.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-ADDRESS-NO-NIC',
    title: 'An address without its interface',
    severity: 'note',
    danger:
      'The agent takes the interface whose network fits: when that is down or there are two, it fails, or takes the wrong one.',
    remedy: 'Set nic where the machines have several interfaces in that network.',
    source: 'ocf:heartbeat:IPaddr2(7), nic and cidr_netmask',
    find: overCib(function* (cib) {
      for (const { id, agent, element, parameters } of servingPrimitives(cib)) {
        if (agent !== 'ocf:heartbeat:IPaddr2') continue;
        const missing = ['nic', 'cidr_netmask'].filter((name) => !parameters.has(name));
        if (missing.length < 2) continue;
        yield {
          where: cib.place(element),
          why: `${id} (${parameters.get('ip')?.value ?? 'no ip'}) has neither nic nor cidr_netmask.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-FILESYSTEM-DEPTH',
    title: 'A monitor that sees a mount, not a disk',
    severity: 'warning',
    danger:
      'A disk that is gone still stands in the table of mounts: the monitor says all is well while every write fails.',
    remedy:
      'Set OCF_CHECK_LEVEL=20 on the monitor (it writes and reads a file), with a timeout that a slow disk needs.',
    source: 'ocf:heartbeat:Filesystem(7), OCF_CHECK_LEVEL',
    find: overCib(function* (cib) {
      for (const primitive of fileSystems(cib)) {
        const monitors = recurringMonitors(primitive);
        const deep = primitive.parameters.has('OCF_CHECK_LEVEL') || monitors.some(depthOf);
        if (monitors.length === 0 || deep || isNetwork(primitive)) continue;
        yield {
          where: cib.place(monitors[0]?.element ?? primitive.element),
          why: `The monitor of ${primitive.id} has no OCF_CHECK_LEVEL, so it looks at /proc/mounts only.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-FILESYSTEM-UNMOUNT',
    title: 'A file system that is not unmounted while somebody uses it',
    severity: 'warning',
    danger: 'One open shell keeps the mount: its stop fails, and the node is fenced or everything blocked.',
    remedy: 'Remove force_unmount=false, or make sure that nothing else uses the mount.',
    source: 'ocf:heartbeat:Filesystem(7), force_unmount',
    find: overCib(function* (cib) {
      for (const { id, parameters } of fileSystems(cib)) {
        const setting = parameters.get('force_unmount');
        if (setting === undefined || isTrue(setting, true)) continue;
        yield { where: cib.place(setting.element), why: `${id} has force_unmount=${setting.value}.` };
      }
    }),
  },
  {
    code: 'HF-LINT-FILESYSTEM-FSCK',
    title: 'A file system is mounted unchecked after a power cut',
    severity: 'warning',
    danger: 'A journal that was not replayed, or damage that nobody saw, is written on.',
    remedy: 'Remove run_fsck=no.',
    source: 'ocf:heartbeat:Filesystem(7), run_fsck',
    find: overCib(function* (cib) {
      for (const { id, parameters } of fileSystems(cib)) {
        const setting = parameters.get('run_fsck');
        if (setting?.value.toLowerCase() !== 'no') continue;
        yield { where: cib.place(setting.element), why: `${id} has run_fsck=no.` };
      }
    }),
  },
  {
    code: 'HF-LINT-FILESYSTEM-DEVICE-NAME',
    title: 'A disk by a name that can change',
    severity: 'warning',
    danger: 'After the next boot /dev/sdb may be another disk: the wrong one is mounted, or checked and written to.',
    remedy: 'Use a path below /dev/disk/by-id, a UUID, or a logical volume.',
    source: "the kernel's naming of disks; ocf:heartbeat:Filesystem(7), device",
    find: overCib(function* (cib) {
      for (const { id, parameters } of fileSystems(cib)) {
        const setting = parameters.get('device');
        if (setting === undefined || !/^\/dev\/([shv]d[a-z]+\d*|nvme\d+n\d+(p\d+)?)$/.test(setting.value)) continue;
        yield { where: cib.place(setting.element), why: `${id} mounts ${setting.value}.` };
      }
    }),
  },
];

const addressAgents =
  /^(IPaddr2?|IPsrcaddr|azure-lb|aws-vpc-move-ip|aws-vpc-route53|awseip|awsvip|gcp-vpc-move-(vip|route|ip)|Route|dnsupdate|azure-events(-az)?|openstack-(virtual|floating)-ip|ClusterIP|eDir88)$/;

function movesAnAddress(primitive: Primitive): boolean {
  // A bundle has an address of its own.
  return addressAgents.test(primitive.type) || primitive.containers.some(({ kind }) => kind === 'bundle');
}

function isAddress({ type }: Primitive): boolean {
  return addressAgents.test(type);
}

function isTied(cib: CibView, primitive: Primitive): boolean {
  const names = namesOfResource(primitive);
  return pairConstraints(cib, 'colocation').some(
    ({ resources, apart }) => !apart && resources.some((name) => names.includes(name)),
  );
}

function isNetwork({ parameters }: Primitive): boolean {
  return /^(nfs4?|cifs|smbfs|tmpfs|none|bind)$/.test(parameters.get('fstype')?.value ?? '');
}

function depthOf({ parameters }: Primitive['operations'][number]): boolean {
  return Number(parameters.get('OCF_CHECK_LEVEL')?.value ?? 0) > 0;
}
