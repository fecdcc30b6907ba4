import type { RedfishDevice } from '../../site/index.ts';
import { type FenceDevice, secretPath } from '../fence-device.ts';

/**
 * A Redfish BMC through fence_redfish. Parameter names are those of `fence_redfish -o metadata`, fence-agents 4.12.
 * The names with `-` and `login`/`passwd_script`, which it still takes, are deprecated there.
 */
export function redfishFencing(device: RedfishDevice): FenceDevice {
  return {
    agent: 'fence_redfish',
    parameters: {
      // The agent pastes it into a URL, where an IPv6 address needs brackets.
      ip: device.address.includes(':') ? `[${device.address}]` : device.address,
      ipport: String(device.port),
      username: device.username,
      // Run through a shell by the agent: the password is in no CIB, no process list and no log.
      password_script: `cat ${secretPath(device.password)}`,
      systems_uri: device.systemUri,
      ...(device.tls.mode === 'insecure' ? { ssl_insecure: '1' } : { ssl_secure: '1' }),
    },
    secrets: [device.password],
    ...(device.tls.mode === 'verified' && device.tls.caPem !== undefined ? { caPem: device.tls.caPem } : {}),
    timeoutMs: device.timeoutMs,
    allowanceMs: 2_500,
    confirmsPowerLoss: device.power === 'own',
    // fence_redfish needs it, and its package only recommends it.
    packages: ['python3-requests'],
    programs: [],
  };
}
