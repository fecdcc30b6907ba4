import type { MachineName } from '../../layout.ts';
import type { PowerControl } from '../power-control.ts';

/**
 * Does what the simulator asks of its `chassis_control` program, and gives what that shall print. Throws for what this chassis cannot do;
 * the simulator then answers with an error. Source: OpenIPMI, lanserv/extcmd.c and bmc_chassis.c (`chassis_prog`).
 */
export async function answerChassis(
  machine: MachineName,
  words: readonly string[],
  power: PowerControl,
): Promise<string> {
  switch (words.join(' ')) {
    case 'get power':
      return `power:${power.isOn(machine) ? 1 : 0}`;
    case 'set power 0':
      await power.off(machine);
      return 'off';
    case 'set power 1':
      await power.on(machine);
      return 'on';
    case 'set reset 1':
      await power.off(machine);
      await power.on(machine);
      return 'reset';
    case 'set shutdown 1':
      await power.shutDown(machine);
      return 'asked';
    default:
      throw new Error(`This chassis does not know "${words.join(' ')}".`);
  }
}
