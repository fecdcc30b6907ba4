import type { IpmiDevice, SecretName } from '../../site/index.ts';
import { type FenceDevice, secretPath } from '../fence-device.ts';

/**
 * An IPMI BMC through fence_ipmilan, always with lanplus (IPMI 2.0). Parameter names are those of `fence_ipmilan -o metadata`,
 * fence-agents 4.12.
 */
export function ipmiFencing(device: IpmiDevice): FenceDevice {
  const path = wrapperPath(device.password);
  return {
    agent: 'fence_ipmilan',
    parameters: {
      ip: device.address,
      ipport: String(device.port),
      username: device.username,
      // In the place of the password: with `password_script` the agent would give it to ipmitool as an argument.
      ipmitool_path: path,
      lanplus: '1',
      ...(device.cipher === undefined ? {} : { cipher: device.cipher }),
      privlvl: device.privilege,
    },
    secrets: [device.password],
    timeoutMs: device.timeoutMs,
    // The agent asks, switches, waits two seconds (power_wait) and asks again; each call begins a session.
    allowanceMs: 5_500,
    confirmsPowerLoss: device.power === 'own',
    packages: ['ipmitool'],
    programs: [{ path, text: wrapper(secretPath(device.password)) }],
  };
}

/** One for each password: the agent calls ipmitool with arguments of its own only. */
function wrapperPath(password: SecretName): string {
  return `/usr/lib/holdfast/ipmitool-${password}`;
}

/**
 * fence_ipmilan writes `-P <password>` into the command line of ipmitool, or `-P \'\'` without one (agents/ipmilan/fence_ipmilan.py,
 * `create_command`). ipmitool overwrites it only after it has started, so that every user of the machine could read it.
 */
function wrapper(passwordFile: string): string {
  return `#!/bin/sh
# Written by Holdfast; the next \`holdfast apply\` replaces it.
# ipmitool for fence_ipmilan: the password comes from a file, and not from the command line, which every user can read.
set -eu
left=$#
while [ "$left" -gt 0 ]; do
  word=$1
  shift
  left=$((left - 1))
  if [ "$word" = -P ]; then
    shift
    left=$((left - 1))
  else
    set -- "$@" "$word"
  fi
done
exec /usr/bin/ipmitool -f ${passwordFile} "$@"
`;
}
