import type { BmcAccounts } from './bmc/credentials.ts';
import { baseAddress, bmcPort, ipmiPort, type NodeName } from './layout.ts';
import type { LabState } from './state.ts';

/** The `fencing` of a node in the lab's site file. The password is the secret of that name. */
export function siteFencing({ bmc }: LabState, node: NodeName, accounts: BmcAccounts, password: string) {
  const { username } = accounts[node];
  // It runs on this computer, whatever becomes of the machine.
  const power = 'own';
  if (bmc === 'ipmi') {
    // The simulator knows cipher suite 3 and cannot be asked which it knows.
    return {
      type: 'ipmi',
      address: `${baseAddress('mgmt')}:${ipmiPort(node)}`,
      username,
      password,
      cipher: '3',
      power,
    };
  }
  return {
    type: 'redfish',
    address: `${baseAddress('mgmt')}:${bmcPort}`,
    username,
    password,
    system: `/redfish/v1/Systems/${node}`,
    ca: './bmc-ca.pem',
    power,
  };
}
