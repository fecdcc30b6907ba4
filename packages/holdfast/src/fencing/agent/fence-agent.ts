import type { AgentDevice } from '../../site/index.ts';
import { type FenceDevice, secretPath } from '../fence-device.ts';

/** Any fence agent by name. What it takes is checked against its own metadata, on the machine (agent-metadata.ts). */
export function agentFencing(device: AgentDevice): FenceDevice {
  const scripts = Object.entries(device.secrets).map(([parameter, secret]) => [
    scriptParameter(parameter),
    `cat ${secretPath(secret)}`,
  ]);
  return {
    agent: device.agent,
    parameters: { ...device.parameters, ...Object.fromEntries(scripts) },
    secrets: Object.values(device.secrets),
    timeoutMs: device.timeoutMs,
    allowanceMs: 5_000,
    // A switch in the supply has power of its own.
    confirmsPowerLoss: true,
    packages: [],
    programs: [],
  };
}

/** The parameter with the command whose output is the secret (lib/fencing.py.py: `password_script`, `snmp_priv_passwd_script`). */
function scriptParameter(parameter: string): string {
  return `${parameter}_script`;
}
