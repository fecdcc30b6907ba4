import type { ErrorCode } from '../core/index.ts';

export interface Expectation {
  /** Completes the sentence “it must be …”. */
  readonly words: string;
  readonly example: string;
  /** Where “Write, for example, …” would steer to the wrong thing. */
  readonly remedy?: string;
  readonly code?: ErrorCode;
}

/**
 * What each kind of value in the site file must be. The zod schema names the kind where a value is refused; the message is
 * made of these words.
 */
export const expectations = {
  'site-name': {
    words: 'lower-case letters, digits and `-`, at most 32, a letter first',
    example: 'press-line',
  },
  'host-name': { words: 'the host name that `uname -n` prints on that machine', example: 'alpha' },
  'workload-name': { words: 'lower-case letters, digits and `-`, at most 32, a letter first', example: 'ledger' },
  'ssh-destination': { words: 'an OpenSSH destination', example: 'root@10.0.0.11' },
  'ip-address': { words: 'an IPv4 or IPv6 address', example: '10.77.1.11', code: 'HF-SITE-ADDRESS' },
  'virtual-address': {
    words: 'an address with the length of its network prefix',
    example: '10.77.1.100/24',
    code: 'HF-SITE-ADDRESS',
  },
  endpoint: {
    words: 'a host name or an address, with a port where it is not the usual one',
    example: '10.77.9.1:8443',
    code: 'HF-SITE-ADDRESS',
  },
  'host-and-port': { words: 'a host and a port', example: '127.0.0.1:8080', code: 'HF-SITE-ADDRESS' },
  host: { words: 'a host name or an address', example: '10.77.1.13', code: 'HF-SITE-ADDRESS' },
  'user-name': { words: 'a user name without spaces and quotes', example: 'holdfast' },
  'secret-name': {
    words: 'the name of a secret, never the password itself',
    example: 'bmc-alpha',
    code: 'HF-SITE-SECRET-NAME',
  },
  'redfish-path': { words: 'the Redfish path of the machine', example: '/redfish/v1/Systems/1' },
  path: { words: 'a path', example: './ssh_config' },
  device: {
    words: 'the absolute path of a device that is the same one on both nodes',
    example: '/dev/disk/by-id/wwn-0x5000c500a1b2c3d4',
    code: 'HF-SITE-DEVICE',
  },
  'watchdog-device': {
    words: 'the absolute path of the watchdog on the node',
    example: '/dev/watchdog',
    code: 'HF-SITE-DEVICE',
  },
  disk: {
    words: 'the absolute path of a block device',
    example: '/dev/disk/by-partlabel/state',
    code: 'HF-SITE-DEVICE',
  },
  'mount-point': {
    words: 'an absolute path of letters, digits, `.`, `_` and `-`',
    example: '/srv/state',
    code: 'HF-SITE-MOUNT-POINT',
  },
  'mount-option': { words: 'one mount option', example: 'noatime' },
  unit: { words: 'the name of a systemd unit, with its suffix', example: 'ledger.service', code: 'HF-SITE-UNIT-NAME' },
  url: { words: 'an http or https URL', example: 'http://127.0.0.1:8080/health', code: 'HF-SITE-URL' },
  command: { words: 'one line for /bin/sh', example: 'pg_isready -q' },
  reason: { words: 'your reason, in words', example: 'agreed with the plant until the spring overhaul' },
  namespace: { words: 'the name of a network namespace', example: 'hf-lab' },
  duration: { words: 'a duration', example: '10s', code: 'HF-DURATION-FORM' },
  port: { words: 'a port between 1 and 65535', example: '8080' },
  count: { words: 'a whole number from 1 to 1000', example: '3' },
  version: { words: 'the number 1, the version of this format', example: '1' },
  pattern: { words: '`active-passive`', example: 'active-passive' },
  timing: { words: '`lan`, `cloud` or a list of times', example: '{ token: 1500ms, consensus: 1800ms }' },
  fencing: { words: 'a fencing device, or a list of one to nine levels of them', example: '{ type: redfish, … }' },
  'fencing-level': { words: 'a fencing device, or a list of them', example: '{ type: redfish, … }' },
  'fencing-type': { words: '`redfish`, `ipmi`, `agent` or `watchdog`', example: 'redfish' },
  'bmc-power': { words: '`shared` or `own`', example: 'shared' },
  'ipmi-cipher': { words: "'17' or '3', in quotes", example: "'17'" },
  'ipmi-privilege': { words: '`operator` or `administrator`', example: 'operator' },
  'fence-agent': { words: 'the name of a fence agent', example: 'fence_apc_snmp' },
  'agent-parameter': { words: 'the name of a parameter of the agent', example: 'plug' },
  'agent-value': { words: 'text of one line; numbers stand in quotes', example: "'3'" },
  'watchdog-module': {
    words: '`softdog`, or left out',
    example: 'softdog',
    remedy: 'Take it out; write `softdog` for a machine without a watchdog of its own.',
  },
  'tls-mode': {
    words: '`insecure`, or left out',
    example: 'insecure',
    remedy: 'Take it out: the device is then verified, with `ca` against a certificate of its own.',
  },
  'after-fencing': { words: '`restart` or `stay-off`', example: 'restart' },
  'witness-kind': { words: '`member` or `qnetd`', example: 'member' },
  'state-type': { words: '`shared-block` or `drbd`', example: 'shared-block' },
  'link-number': { words: 'the number of a link, from 0', example: '1' },
  filesystem: { words: '`ext4` or `xfs`', example: 'ext4' },
  integrity: { words: '`crc32c`, `sha1` or `sha256`', example: 'crc32c' },
  slowness: { words: 'a number from 1 to 100', example: '4' },
  rate: { words: 'a whole number from 1 to 1000', example: '50' },
  'target-kind': { words: '`ledger`', example: 'ledger' },
  risk: {
    words:
      '`no-fencing`, `no-witness`, `insecure-fencing-tls`, `bmc-shares-power`, `no-probe`, `single-link` or `clients-link-unwatched`',
    example: 'no-witness',
  },
  flag: { words: '`true` or `false`', example: 'true' },
  list: { words: 'a list', example: '[ … ]' },
  section: { words: 'a section with keys of its own', example: '{ … }' },
} as const satisfies Record<string, Expectation>;

export type ExpectationName = keyof typeof expectations;

export function expectationNamed(name: string): Expectation | undefined {
  return isExpectationName(name) ? expectations[name] : undefined;
}

function isExpectationName(name: string): name is ExpectationName {
  return Object.hasOwn(expectations, name);
}
