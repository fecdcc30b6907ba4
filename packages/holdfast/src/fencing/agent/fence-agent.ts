import type { AgentDevice } from '../../site/index.ts';
import { type FenceDevice, secretPath } from '../fence-device.ts';
import { snmpAgents, snmpWrappers, versionedAgents } from './snmp-wrapper.ts';

/** Any fence agent by name. What it takes is checked against its own metadata, on the machine (agent-metadata.ts). */
export function agentFencing(device: AgentDevice): FenceDevice {
  const { parameters, programs, packages } = snmpAgents.includes(device.agent)
    ? bySnmp(device)
    : byScript(device.secrets);
  return {
    agent: device.agent,
    parameters: { ...device.parameters, ...parameters },
    secrets: Object.values(device.secrets),
    timeoutMs: device.timeoutMs,
    allowanceMs: 5_000,
    // A switch in the supply has power of its own.
    confirmsPowerLoss: true,
    packages,
    programs,
  };
}

type SecretsGiven = Pick<FenceDevice, 'parameters' | 'programs' | 'packages'>;

/** The parameter with the command whose output is the secret (lib/fencing.py.py: `password_script`). */
function byScript(secrets: AgentDevice['secrets']): SecretsGiven {
  const scripts = Object.entries(secrets).map(([parameter, secret]) => [
    `${parameter}_script`,
    `cat ${secretPath(secret)}`,
  ]);
  return { parameters: Object.fromEntries(scripts), programs: [], packages: [] };
}

/**
 * With a script these agents would read the secret, and write it into the command line of snmpget. What they conclude from a
 * password that they see is said to them (lib/fencing_snmp.py.py, `complete_missed_params`).
 */
function bySnmp({ agent, parameters, secrets }: AgentDevice): SecretsGiven {
  const secretOf = (...names: readonly string[]) =>
    Object.entries(secrets).find(([name]) => names.includes(plain(name)))?.[1];
  const lacks = (...names: readonly string[]) => !Object.keys(parameters).some((name) => names.includes(plain(name)));
  const password = secretOf('password', 'passwd');
  const privPasswd = secretOf('snmp_priv_passwd');
  const community = secretOf('community');
  const others = Object.entries(secrets).filter(([parameter]) => !onCommandLine.includes(plain(parameter)));
  const byOthers = byScript(Object.fromEntries(others));
  if (password === undefined && privPasswd === undefined && community === undefined) {
    return { ...byOthers, packages: ['snmp'] };
  }
  const { programs, parameters: paths } = snmpWrappers({
    ...(password === undefined ? {} : { password }),
    ...(privPasswd === undefined ? {} : { privPasswd }),
    ...(community === undefined ? {} : { community }),
  });
  const isPrivate = password !== undefined && privPasswd !== undefined && lacks('snmp_sec_level');
  const isCommunity =
    community !== undefined &&
    password === undefined &&
    !versionedAgents.includes(agent) &&
    lacks('snmp_version', 'username', 'login');
  return {
    parameters: {
      ...byOthers.parameters,
      ...(isPrivate ? { snmp_sec_level: 'authPriv' } : {}),
      ...(isCommunity ? { snmp_version: '2c' } : {}),
      ...paths,
    },
    programs,
    packages: ['snmp'],
  };
}

/** The parameters of secrets that are given to the tools of SNMP as arguments. */
const onCommandLine: readonly string[] = ['password', 'passwd', 'snmp_priv_passwd', 'community'];

function plain(parameter: string): string {
  return parameter.replaceAll('-', '_');
}
