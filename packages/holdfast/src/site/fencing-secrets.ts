import type { FencingDevice, SecretName, SiteNode } from './site.ts';

/** The secrets that the fencing devices of a node ask for, each once. */
export function fencingSecrets({ fencing }: SiteNode): readonly SecretName[] {
  return [...new Set((fencing?.levels ?? []).flat().flatMap(secretsOf))];
}

function secretsOf(device: FencingDevice): readonly SecretName[] {
  switch (device.type) {
    case 'redfish':
    case 'ipmi':
      return [device.password];
    case 'agent':
      return Object.values(device.secrets);
    case 'watchdog':
      return [];
  }
}
