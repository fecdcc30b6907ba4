import type { FencingDevice } from '../site/index.ts';
import type { FenceDevice } from './fence-device.ts';
import { redfishFencing } from './redfish/fence-redfish.ts';

export { type FenceDevice, secretPath } from './fence-device.ts';

/** The fence agent and its parameters for a device of the site file. */
export function fenceDevice(device: FencingDevice): FenceDevice {
  switch (device.type) {
    case 'redfish':
      return redfishFencing(device);
  }
}
