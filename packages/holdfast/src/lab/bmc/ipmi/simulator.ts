import { mkdir, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { baseAddress, ipmiPort, type LabLayout, type NodeName, powerSocket } from '../../layout.ts';
import { writeWhole } from '../../state.ts';
import type { BmcProcess } from '../bmc-process.ts';
import type { BmcAccounts } from '../credentials.ts';
import { chassisProgram, simCommands, simConfiguration } from './sim-config.ts';

/** OpenIPMI's simulator as the BMC of one node, on the management network. */
export function ipmiSimulator(layout: LabLayout, node: NodeName): BmcProcess {
  const directory = `${layout.bmcDirectory}/ipmi-${node}`;
  const file = (name: string) => `${directory}/${name}`;
  return {
    name: `ipmi-${node}`,
    port: ipmiPort(node),
    async prepare(accounts: BmcAccounts) {
      // What the simulator keeps of an earlier life would count for more than its configuration.
      await rm(directory, { recursive: true, force: true });
      await mkdir(file('state'), { recursive: true, mode: 0o700 });
      const main = fileURLToPath(new URL(`./chassis-main${extname(import.meta.url)}`, import.meta.url));
      const command = [process.execPath, '--no-warnings', main, powerSocket(layout), node];
      await writeWhole(file('chassis'), chassisProgram(command), 0o700);
      const bmc = {
        address: baseAddress('mgmt'),
        port: ipmiPort(node),
        account: accounts[node],
        chassisProgram: file('chassis'),
      };
      await writeWhole(file('lan.conf'), simConfiguration(bmc), 0o600);
      await writeWhole(file('sim.emu'), simCommands, 0o600);
    },
    command: ['ipmi_sim', '-n', '-c', file('lan.conf'), '-f', file('sim.emu'), '-s', file('state')],
  };
}
