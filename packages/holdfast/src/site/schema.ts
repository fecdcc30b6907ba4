import { z } from 'zod';
import { durationPattern } from '../core/index.ts';
import { acceptableRisks, defaults } from './defaults.ts';
import type { ExpectationName } from './expectations.ts';

/**
 * The shape of the site file. Every message in here is the name of an expectation (expectations.ts), of which shape.ts makes
 * the sentence; what takes more than one value to judge is in checks/. No transforms: what goes in comes out, so that the
 * JSON Schema describes both.
 */

const noControl = '[^\\u0000-\\u001f\\u007f]';
const ipAddress = '[0-9A-Fa-f.:]{2,45}';
const hostOrIp = `(?:${ipAddress}|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)`;
const endpoint = `(?:${hostOrIp}|\\[${ipAddress}\\])`;

function text(expectation: ExpectationName, pattern: RegExp, title: string, description: string, example: string) {
  return z
    .string(expectation)
    .regex(pattern, expectation)
    .meta({ title, description, examples: [example] });
}

function duration(title: string, description: string, example: string) {
  return text('duration', durationPattern, title, description, example);
}

function choice<const Values extends readonly [string, ...string[]]>(
  expectation: ExpectationName,
  values: Values,
  title: string,
  description: string,
) {
  return z.enum(values, expectation).meta({ title, description, examples: [values[0]] });
}

function section<Shape extends z.ZodRawShape>(shape: Shape, title: string, description: string) {
  return z.strictObject(shape, 'section').meta({ title, description });
}

const hostName = text(
  'host-name',
  /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/,
  'Host name',
  'What `uname -n` prints on the machine. It is also the name in Corosync and Pacemaker.',
  'alpha',
);

const ssh = text(
  'ssh-destination',
  /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9[][A-Za-z0-9_.:%[\]-]*$/,
  'SSH destination',
  'How OpenSSH reaches the machine: `host`, `user@host`, or an alias of your ssh_config.',
  'root@10.0.0.11',
);

const sudo = z
  .boolean('flag')
  .default(false)
  .meta({
    title: 'Use sudo',
    description: 'Run commands through `sudo -n`, for a user who is not root.',
    examples: [true],
  });

const links = z
  .array(
    text(
      'ip-address',
      new RegExp(`^${ipAddress}$`),
      'Link address',
      'An address of this machine in one network that Corosync uses.',
      '10.77.1.11',
    ),
    'list',
  )
  .meta({
    title: 'Corosync links',
    description:
      'One address in each network, link 0 first, one to eight; the same number on every member. Two separate networks survive a cut cable.',
    examples: [['10.77.1.11', '10.77.2.11']],
  });

const deviceAddress = text(
  'endpoint',
  new RegExp(`^${endpoint}(?::[0-9]{1,5})?$`),
  'Address of the device',
  `Where the other machines reach it, with a port unless it is the usual one (redfish ${defaults.redfishPort}, ipmi ${defaults.ipmiPort}). An IPv6 address with a port stands in brackets.`,
  '10.77.9.1:8443',
);

const deviceUser = text(
  'user-name',
  /^[!#-&(-[\]-~]{1,64}$/,
  'User',
  'A user of the device who may switch power.',
  'holdfast',
);

const devicePassword = text(
  'secret-name',
  /^(?=.{1,64}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/,
  'Name of the password',
  'The name of a secret in secrets.age, never the password itself: lower-case words joined by `-`, a letter first. Names are public. Set it with `holdfast secrets set`.',
  'bmc-alpha',
);

const devicePower = choice(
  'bmc-power',
  ['shared', 'own'],
  'Power of the BMC',
  '`shared`: it goes dark with its machine, so it cannot confirm a loss of power. `own`: it has a supply of its own.',
).default('shared');

const deviceTimeout = duration(
  'Timeout of the device',
  `A call that takes longer has failed, and the next level is tried. Absent: ${defaults.lastLevelTimeout} in the last level, ${defaults.earlierLevelTimeout} in one before.`,
  '20s',
).optional();

const afterFencing = choice(
  'after-fencing',
  ['restart', 'stay-off'],
  'After fencing',
  '`restart`: the machine is switched on again and comes back as the passive node. `stay-off`: it waits for a person.',
).default(defaults.fencedMachine);

function deviceType<const Type extends string>(type: Type, description: string) {
  return z.literal(type, 'fencing-type').meta({ title: 'Kind of device', description, examples: [type] });
}

const fencingDevice = z
  .discriminatedUnion(
    'type',
    [
      section(
        {
          type: deviceType('redfish', 'What switches the machine off: a Redfish BMC.'),
          address: deviceAddress,
          username: deviceUser,
          password: devicePassword,
          system: text(
            'redfish-path',
            /^\/redfish\/v1\/[A-Za-z0-9._~%/-]+$/,
            'Redfish path',
            'The system of this machine on the device.',
            '/redfish/v1/Systems/1',
          ),
          ca: text(
            'path',
            new RegExp(`^${noControl}+$`),
            'CA certificate',
            'A PEM file beside the site file, with the certificate that the device is verified against. Absent: the system’s own store.',
            './bmc-ca.pem',
          ).optional(),
          tls: choice(
            'tls-mode',
            ['insecure'],
            'Unverified TLS',
            '`insecure` does not verify the device. It takes the accepted risk `insecure-fencing-tls`.',
          ).optional(),
          power: devicePower,
          timeout: deviceTimeout,
          after: afterFencing,
        },
        'Redfish BMC',
        'A management controller that speaks Redfish.',
      ),
      section(
        {
          type: deviceType('ipmi', 'What switches the machine off: an IPMI BMC over the network (lanplus).'),
          address: deviceAddress,
          username: deviceUser,
          password: devicePassword,
          cipher: text(
            'ipmi-cipher',
            /^(?:3|17)$/,
            'Cipher suite',
            "The only IPMI cipher suite to use: `'17'` (SHA-256) or, for old BMCs, `'3'` (SHA-1), in quotes. Absent: the best one that the device offers.",
            '17',
          ).optional(),
          privilege: choice(
            'ipmi-privilege',
            ['operator', 'administrator'],
            'Privilege level',
            'The level that the user has on the device: `operator` may switch power.',
          ).default(defaults.ipmiPrivilege),
          power: devicePower,
          timeout: deviceTimeout,
          after: afterFencing,
        },
        'IPMI BMC',
        'A management controller that speaks IPMI 2.0 (iLO, iDRAC and the like).',
      ),
      section(
        {
          type: deviceType('agent', 'Any fence agent by name, such as that of a switched outlet.'),
          agent: text(
            'fence-agent',
            /^fence_[a-z0-9_]{1,60}$/,
            'Fence agent',
            'The program in /usr/sbin. `plan` checks that it is there and takes the parameters.',
            'fence_apc_snmp',
          ),
          parameters: z
            .record(
              z.string('agent-parameter').regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'agent-parameter'),
              z.string('agent-value').regex(new RegExp(`^${noControl}{1,1000}$`), 'agent-value'),
              'section',
            )
            .meta({
              title: 'Parameters',
              description: 'As `<agent> -o metadata` names them; numbers stand in quotes. No password stands here.',
              examples: [{ ip: '10.77.9.50', plug: '3' }],
            }),
          secrets: z
            .record(
              z.string('agent-parameter').regex(/^[a-z][a-z_]{0,63}$/, 'agent-parameter'),
              devicePassword,
              'section',
            )
            .default({})
            .meta({
              title: 'Secrets',
              description:
                'For each parameter that is a password the name of a secret. The agent, or the program that it calls, reads it from a file.',
              examples: [{ password: 'pdu' }],
            }),
          timeout: deviceTimeout,
          after: afterFencing,
        },
        'Fence agent',
        'A device that has a fence agent: a switched outlet, a hypervisor, a chassis.',
      ),
      section(
        {
          type: deviceType(
            'watchdog',
            'The machine resets itself: SBD without a disk and a watchdog. It needs a witness.',
          ),
          device: text(
            'watchdog-device',
            /^\/dev\/[A-Za-z0-9/_.:+@=-]+$/,
            'Watchdog device',
            'The watchdog on the node.',
            '/dev/watchdog',
          ).default(defaults.watchdogDevice),
          timeout: duration(
            'Watchdog timeout',
            'A machine that has not fed its watchdog for so long is reset. The same on both nodes.',
            '5s',
          ).default(defaults.watchdogTimeout),
          module: choice(
            'watchdog-module',
            ['softdog'],
            'Kernel module',
            '`softdog`, for a machine without a watchdog of its own. It cannot save a hung kernel.',
          ).optional(),
        },
        'Watchdog',
        'Fencing without a device outside: the others wait until the machine must have reset itself.',
      ),
    ],
    'section',
  )
  .meta({
    // Stands once in the JSON Schema, and is named where it stands in lists.
    id: 'fencing-device',
    title: 'Fencing device',
  });

const fencing = z
  .union(
    [
      fencingDevice,
      z
        .array(
          z.union(
            [fencingDevice, z.array(fencingDevice, 'fencing-level').min(1, 'fencing-level').max(8, 'fencing-level')],
            'fencing-level',
          ),
          'fencing',
        )
        .min(1, 'fencing')
        .max(9, 'fencing')
        .meta({ title: 'Levels', description: 'Tried in this order.' }),
    ],
    'fencing',
  )
  .meta({
    title: 'Fencing',
    description:
      'How this node is made surely dead before the other one takes over: one device, or a list of levels that are tried in order. A level is a device, or a list of devices that must all switch off. Left out only with the accepted risk `no-fencing`.',
    examples: [
      {
        type: 'redfish',
        address: '10.77.9.1',
        username: 'holdfast',
        password: 'bmc-alpha',
        system: '/redfish/v1/Systems/1',
      },
    ],
  });

const mountedState = {
  filesystem: choice('filesystem', ['ext4', 'xfs'], 'File system', 'The file system on the device.'),
  mount: text(
    'mount-point',
    /^\/[A-Za-z0-9._/-]*$/,
    'Mount point',
    'Where the active node mounts it. A directory of its own, such as one below /srv.',
    '/srv/state',
  ),
  options: z
    .array(text('mount-option', /^[A-Za-z0-9_.:=/@%+-]+$/, 'Mount option', 'As mount(8) takes it.', 'noatime'), 'list')
    .default([])
    .meta({ title: 'Mount options', description: 'Options for mount(8).', examples: [['noatime']] }),
};

const stateType = <const Type extends string>(type: Type, description: string) =>
  z.literal(type, 'state-type').meta({ title: 'Kind of state', description, examples: [type] });

const device = (expectation: 'device' | 'disk', title: string, description: string, example: string) =>
  text(expectation, /^\/dev\/[A-Za-z0-9/_.:+@=-]+$/, title, description, example);

const disk = device(
  'disk',
  'Disk',
  'The device below DRBD: a partition, a logical volume or a disk of its own. DRBD keeps its notes at its end.',
  '/dev/disk/by-partlabel/state',
);

const state = z
  .discriminatedUnion(
    'type',
    [
      section(
        {
          type: stateType('shared-block', 'A block device that both nodes see: a LUN or a SAS disk.'),
          device: device(
            'device',
            'Device',
            'A path that means the same device on both nodes: one below /dev/disk/by-id does.',
            '/dev/disk/by-id/wwn-0x5000c500a1b2c3d4',
          ),
          ...mountedState,
        },
        'Shared device',
        'One device that both nodes see.',
      ),
      section(
        {
          type: stateType('drbd', 'A disk in each node; DRBD writes both before a write is acknowledged.'),
          disk: disk.optional(),
          link: z
            .int('link-number')
            .min(0, 'link-number')
            .max(7, 'link-number')
            .optional()
            .meta({
              title: 'Link',
              description:
                'The network that carries the writes, counted as the links of the nodes are. Absent: the last one, so that clients and writes do not share one.',
              examples: [1],
            }),
          port: z
            .int('port')
            .min(1, 'port')
            .max(65535, 'port')
            .default(defaults.drbdPort)
            .meta({ title: 'Port', description: 'The TCP port of DRBD.', examples: [defaults.drbdPort] }),
          integrity: choice(
            'integrity',
            ['crc32c', 'sha1', 'sha256'],
            'Integrity',
            'A checksum of every write on its way, beside those of TCP and Ethernet. Absent: none; a page that changes while it travels would cost the connection.',
          ).optional(),
          ...mountedState,
        },
        'Replicated disks',
        'One disk in each node, kept the same by DRBD.',
      ),
    ],
    'section',
  )
  .meta({
    title: 'State',
    description: 'The data that moves with the workloads. It is mounted on the active node only.',
    examples: [
      {
        type: 'shared-block',
        device: '/dev/disk/by-id/wwn-0x5000c500a1b2c3d4',
        filesystem: 'ext4',
        mount: '/srv/state',
      },
    ],
  });

const node = section(
  {
    name: hostName,
    ssh,
    sudo,
    links,
    disk: disk.optional().meta({
      title: 'Disk of this node',
      description: 'With replicated disks, where this node has another one than `state.disk` says.',
      examples: ['/dev/disk/by-partlabel/state'],
    }),
    fencing: fencing.optional(),
  },
  'Node',
  'A machine that can run the workloads.',
);

const witness = z
  .discriminatedUnion(
    'kind',
    [
      section(
        {
          kind: z.literal('member', 'witness-kind').meta({ title: 'Kind of witness', examples: ['member'] }),
          name: hostName,
          ssh,
          sudo,
          links,
        },
        'Member witness',
        'A third Corosync member: it votes and may fence, and never runs a workload.',
      ),
      section(
        {
          kind: z.literal('qnetd', 'witness-kind').meta({ title: 'Kind of witness', examples: ['qnetd'] }),
          name: hostName,
          ssh,
          sudo,
          address: text(
            'host',
            new RegExp(`^${hostOrIp}$`),
            'Address of corosync-qnetd',
            'Where the two nodes reach the witness.',
            '192.0.2.30',
          ),
        },
        'qnetd witness',
        'A host, perhaps far away, that runs corosync-qnetd and gives the two nodes a third vote.',
      ),
    ],
    'section',
  )
  .meta({
    title: 'Witness',
    description: 'The third vote. Left out only with the accepted risk `no-witness`.',
    examples: [{ kind: 'member', name: 'charlie', ssh: 'root@10.0.0.13', links: ['10.77.1.13', '10.77.2.13'] }],
  });

const probe = section(
  {
    http: text(
      'url',
      /^https?:\/\/[!#-&(-;=?-[\]-_a-~]+$/,
      'HTTP probe',
      'Healthy is any status 2xx with a body that is not empty.',
      'http://127.0.0.1:8080/health',
    ).optional(),
    tcp: text(
      'host-and-port',
      new RegExp(`^${endpoint}:[0-9]{1,5}$`),
      'TCP probe',
      'Healthy is a port that accepts a connection.',
      '127.0.0.1:1883',
    ).optional(),
    command: text(
      'command',
      new RegExp(`^${noControl}{1,1000}$`),
      'Command probe',
      'Healthy is exit code 0. /bin/sh runs it as root on the active node.',
      'pg_isready -q',
    ).optional(),
    every: duration('Interval', 'How often the question is asked.', '2s').default(defaults.probeInterval),
    timeout: duration('Timeout', 'An answer that takes longer is no good answer.', '2s').default(defaults.probeTimeout),
  },
  'Health probe',
  'A question to the workload itself; exactly one of `http`, `tcp` and `command`. Left out only with the accepted risk `no-probe`.',
);

const workload = section(
  {
    name: text(
      'workload-name',
      /^[a-z][a-z0-9-]{0,31}$/,
      'Workload name',
      'The name in messages and in the cluster: lower-case letters, digits and `-`.',
      'ledger',
    ),
    unit: text(
      'unit',
      /^[A-Za-z0-9:_.\\@-]{1,240}$/,
      'systemd unit',
      'The unit with its suffix. Holdfast starts and stops it; do not enable it yourself.',
      'ledger.service',
    ),
    start: duration('Start timeout', 'A start that takes longer has failed.', '30s').default(defaults.startTimeout),
    stop: duration('Stop timeout', 'A stop that takes longer has failed, and the node is fenced.', '3s').default(
      defaults.stopTimeout,
    ),
    probe: probe.optional(),
  },
  'Workload',
  'A systemd unit that runs on the active node.',
);

const customTiming = section(
  {
    token: duration(
      'Token timeout',
      'A member that is silent for so long is taken for dead (corosync.conf(5)).',
      '1500ms',
    ).default(defaults.token),
    consensus: duration(
      'Consensus timeout',
      'How long the survivors take to agree: at least 1.2 × token, which is also the default.',
      '1800ms',
    ).optional(),
    'migration-threshold': z
      .int('count')
      .min(1, 'count')
      .max(1000, 'count')
      .default(defaults.migrationThreshold)
      .meta({
        title: 'Migration threshold',
        description: 'Crashes on one node before the workload moves to the other.',
        examples: [3],
      }),
    'failure-timeout': duration(
      'Failure timeout',
      'After so long without a crash, earlier ones no longer count.',
      '10m',
    ).default(defaults.failureTimeout),
    slowness: z
      .number('slowness')
      .min(1, 'slowness')
      .max(100, 'slowness')
      .default(1)
      .meta({
        title: 'Slowness',
        description:
          'How many times slower the machines are than a server with an SSD: small boards, emulated machines. What Holdfast assumes for starting, mounting and the like is multiplied by it, and answers are waited for so much longer.',
        examples: [4],
      }),
  },
  'Own times',
  'Times of your own in place of a profile.',
);

const timing = z
  .union([z.enum(['lan', 'cloud'], 'timing'), customTiming], 'timing')
  .default(defaults.timing)
  .meta({
    title: 'Timing',
    description:
      '`lan` (token 1 s, consensus 1.2 s) for machines in one building, `cloud` (5 s, 6 s) for virtual machines that may pause, or times of your own.',
    examples: ['lan', { token: '1500ms', consensus: '1800ms' }],
  });

const acceptedRisk = section(
  {
    risk: choice('risk', acceptableRisks, 'Risk', 'The danger that is accepted.'),
    because: z
      .string('reason')
      .max(1000, 'reason')
      .meta({
        title: 'Reason',
        description: 'Why it is acceptable here, in your words. Every plan and status repeats it.',
        examples: ['agreed with the plant until the spring overhaul'],
      }),
  },
  'Accepted risk',
  'A danger that this site accepts in words.',
);

const drill = section(
  {
    target: section(
      {
        kind: choice('target-kind', ['ledger'], 'Kind of target', 'The example workload `ledger`.'),
        port: z
          .int('port')
          .min(1, 'port')
          .max(65535, 'port')
          .meta({ title: 'Port', description: 'The port at the virtual address.', examples: [8080] }),
        rate: z
          .int('rate')
          .min(1, 'rate')
          .max(1000, 'rate')
          .default(defaults.drillRate)
          .meta({
            title: 'Rate',
            description: 'Writes a second during a drill: no more than the service can answer.',
            examples: [defaults.drillRate],
          }),
      },
      'Target',
      'The service that a drill writes to, through the virtual address.',
    ).optional(),
    'client-namespace': text(
      'namespace',
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      'Client namespace',
      'The network namespace of this computer in which the client of a drill stands. Absent: this computer itself.',
      'hf-lab',
    ).optional(),
    lab: z
      .boolean('flag')
      .default(false)
      .meta({
        title: 'Lab machines',
        description: 'The machines are those of `holdfast lab` on this computer.',
        examples: [true],
      }),
  },
  'Drills',
  'How drills are done on this site.',
);

export const siteFileSchema = section(
  {
    version: z
      .literal(1, 'version')
      .meta({ title: 'Format version', description: 'The version of this format.', examples: [1] }),
    name: text(
      'site-name',
      /^[a-z][a-z0-9-]{0,31}$/,
      'Site name',
      'It names the cluster: lower-case letters, digits and `-`, at most 32, a letter first.',
      'press-line',
    ),
    objectives: section(
      {
        rto: duration('RTO', 'How long the service may be away after any single fault.', '10s'),
        rpo: duration('RPO', 'How much acknowledged writing may be lost; 0s means none.', '0s'),
      },
      'Objectives',
      'What the site promises. Budgets and drills are held against it.',
    ),
    pattern: choice(
      'pattern',
      ['active-passive'],
      'Pattern',
      '`active-passive`: one node serves, the other one is ready to take over.',
    ),
    timing,
    ssh: section(
      {
        config: text(
          'path',
          new RegExp(`^${noControl}+$`),
          'ssh_config',
          'An ssh_config file, relative to the site file. Absent: your own.',
          './ssh_config',
        ).optional(),
      },
      'SSH',
      'How the machines are reached.',
    ).optional(),
    nodes: z.array(node, 'list').meta({ title: 'Nodes', description: 'The two machines that can run the workloads.' }),
    witness: witness.optional(),
    address: text(
      'virtual-address',
      new RegExp(`^${ipAddress}/[0-9]{1,3}$`),
      'Virtual address',
      'The address that clients use, with the length of its network prefix. It moves with the workloads and lies in the network of link 0.',
      '10.77.1.100/24',
    ),
    reach: z
      .array(
        text(
          'ip-address',
          new RegExp(`^${ipAddress}$`),
          'Address to reach',
          'It answers ping, and stands where the clients are: their gateway, a controller.',
          '10.77.1.1',
        ),
        'list',
      )
      .default([])
      .meta({
        title: 'Addresses to reach',
        description:
          'Both nodes ping them once a second. The workloads move to the other node when it reaches more of them: a cut clients’ cable is noticed by this alone. At most eight; nothing moves when nobody reaches them.',
        examples: [['10.77.1.1']],
      }),
    state,
    workloads: z.array(workload, 'list').meta({
      title: 'Workloads',
      description: 'Started on the active node in this order, stopped in the reverse one.',
    }),
    accept: z
      .array(acceptedRisk, 'list')
      .default([])
      .meta({ title: 'Accepted risks', description: 'Dangers that this site accepts, each with its reason.' }),
    drill: drill.optional(),
  },
  'Holdfast site',
  'One site: what must stay up, on which machines, and how many seconds and writes may be lost.',
);

/** A site file that has the right shape; what its values mean together is not judged yet. */
export type SiteFile = z.output<typeof siteFileSchema>;
