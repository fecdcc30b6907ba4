import type { SecretName } from '../../site/index.ts';
import { type FenceDevice, secretPath } from '../fence-device.ts';

/** The secrets that an agent of the SNMP family would write into a command line. */
export interface SnmpSecrets {
  readonly password?: SecretName;
  readonly privPasswd?: SecretName;
  readonly community?: SecretName;
}

/** Agents that do their work with snmpget, snmpset and snmpwalk (fence-agents, lib/fencing_snmp.py.py). */
export const snmpAgents: readonly string[] = [
  'fence_apc_snmp',
  'fence_cisco_mds',
  'fence_eaton_snmp',
  'fence_emerson',
  'fence_ibmblade',
  'fence_ifmib',
  'fence_intelmodular',
  'fence_ipdu',
  'fence_lindypdu',
  'fence_tripplite_snmp',
];

/**
 * Those with a version of SNMP of their own (`all_opt["snmp_version"]["default"]` in each), which is never taken for missing: 1, 2c of
 * fence_ifmib, 3 of fence_ipdu. A device of version 1 does not answer to 2c.
 */
export const versionedAgents: readonly string[] = [
  'fence_apc_snmp',
  'fence_eaton_snmp',
  'fence_ibmblade',
  'fence_ifmib',
  'fence_ipdu',
  'fence_lindypdu',
  'fence_tripplite_snmp',
];

const tools = ['snmpget', 'snmpset', 'snmpwalk'] as const;

/** The parameters that make the agent call our programs in their place, and these programs. */
export function snmpWrappers(secrets: SnmpSecrets): Pick<FenceDevice, 'parameters' | 'programs'> {
  const path = (tool: string) => `/usr/lib/holdfast/${tool}-${nameOf(secrets)}`;
  return {
    parameters: Object.fromEntries(tools.map((tool) => [`${tool}_path`, path(tool)])),
    programs: tools.map((tool) => ({ path: path(tool), text: wrapper(tool, secrets) })),
  };
}

/** The same secrets in the same places are the same program. */
function nameOf(secrets: SnmpSecrets): string {
  return Object.entries({ auth: secrets.password, priv: secrets.privPasswd, community: secrets.community })
    .flatMap(([place, secret]) => (secret === undefined ? [] : [`${place}.${secret}`]))
    .join('+');
}

/**
 * The agent writes `-A <password>`, `-X <password>` and `-c <community>` into the command line of these tools (`prepare_cmd`), for
 * every user of the machine to read. They are taken out, and stand in a snmp.conf(5) that only root can read, for as long as the
 * call takes.
 */
function wrapper(tool: string, { password, privPasswd, community }: SnmpSecrets): string {
  const settings = [
    ['-A', 'defAuthPassphrase', password],
    ['-X', 'defPrivPassphrase', privPasswd],
    ['-c', 'defCommunity', community],
  ] as const;
  const given = settings.flatMap(([flag, setting, secret]) =>
    secret === undefined ? [] : [{ flag, setting, secret }],
  );
  return `#!/bin/sh
# Written by Holdfast; the next \`holdfast apply\` replaces it.
# ${tool} for a fence agent: passwords come from files, and not from the command line, which every user can read.
set -eu
umask 077
place=$(mktemp -d /run/holdfast-snmp.XXXXXX)
trap 'rm -rf "$place"' EXIT
trap 'exit 1' HUP INT TERM
setting() { printf '%s "%s"\\n' "$1" "$(sed 's/[\\\\"]/\\\\&/g' "$2")"; }
{
${given.map(({ setting, secret }) => `  setting ${setting} ${secretPath(secret)}`).join('\n')}
} >"$place/snmp.conf"
left=$#
while [ "$left" -gt 0 ]; do
  word=$1
  shift
  left=$((left - 1))
  case $word in
  ${given.map(({ flag }) => flag).join(' | ')})
    shift
    left=$((left - 1)) ;;
  *) set -- "$@" "$word" ;;
  esac
done
SNMPCONFPATH=$place /usr/bin/${tool} "$@"
`;
}
