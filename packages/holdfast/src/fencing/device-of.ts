import type { FencingDevice, WatchdogDevice } from '../site/index.ts';
import { agentFencing } from './agent/fence-agent.ts';
import type { FenceDevice } from './fence-device.ts';
import { ipmiFencing } from './ipmi/fence-ipmi.ts';
import { redfishFencing } from './redfish/fence-redfish.ts';

/** A device outside the machine, which is asked to switch it. */
export type SwitchingDevice = Exclude<FencingDevice, WatchdogDevice>;

/** The fence agent and its parameters for a device of the site file. */
export function fenceDevice(device: SwitchingDevice): FenceDevice {
  switch (device.type) {
    case 'redfish':
      return redfishFencing(device);
    case 'ipmi':
      return ipmiFencing(device);
    case 'agent':
      return agentFencing(device);
  }
}
