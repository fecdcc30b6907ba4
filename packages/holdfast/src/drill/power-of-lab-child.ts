/** The dead-man of a power cut in the lab: gives the power back after a while. Arguments: instance, machine, milliseconds. */
import { openLab } from '../lab/index.ts';

const [instance, machine = '', afterMs = ''] = process.argv.slice(2);
setTimeout(() => {
  openLab(instance)
    .machine(machine)
    .start()
    // The lab may be gone by now, and with it what there was to heal.
    .catch(() => process.exit(1));
}, Number(afterMs));
