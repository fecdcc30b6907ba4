/** The dead-man of a power cut in the lab: gives the power back after a while. Arguments: instance, machine, milliseconds. */
import { existsSync } from 'node:fs';
import { openLab } from '../lab/index.ts';

const [instance, machine = '', afterMs = ''] = process.argv.slice(2);
setTimeout(async () => {
  const lab = openLab(instance);
  // The lab may be gone by now, and with it what there was to heal.
  if (existsSync(lab.layout.stateFile)) await lab.machine(machine).start();
}, Number(afterMs));
