import type { Fault } from './fault.ts';

/** The machine loses its power from one instant to the next. */
export const powerCut: Fault = {
  name: 'power-cut',
  describe: (node) => `cut the power of ${node}`,
  armDeadMan: ({ node, power, deadManMs }) => power.armRestore(node.name, deadManMs),
  async inject({ node, power }) {
    const { atMs, offAtMs } = await power.cut(node.name);
    return { atMs, powerOffAtMs: offAtMs };
  },
  async heal({ node, power }) {
    await power.restore(node.name);
    await power.disarmRestore(node.name);
  },
};
