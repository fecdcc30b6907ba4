import { backInTime } from './expectations.ts';
import type { Fault } from './fault.ts';

/** No accident: the operator's `move`, under load. */
export const plannedMove: Fault = {
  name: 'planned-move',
  victim: 'active',
  describe: ({ active }) => `move the workload away from ${active} as an operator does`,
  expectation: backInTime('The workload is stopped in order and started on the other node; nobody is fenced.'),
  drivesAway: true,
  async armDeadMan() {},
  inject: ({ move }) => move(),
  async heal() {},
};
