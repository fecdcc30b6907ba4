import type { Fault } from './fault.ts';

/** No accident: the operator's `move`, under load. */
export const plannedMove: Fault = {
  name: 'planned-move',
  describe: (node) => `move the workload away from ${node} as an operator does`,
  async armDeadMan() {},
  inject: ({ move }) => move(),
  async heal() {},
};
