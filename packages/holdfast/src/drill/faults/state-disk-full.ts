import { shellQuote } from '../../core/index.ts';
import type { Fault, FaultContext } from './fault.ts';
import { armOnNode, forgetFailures, healOnNode, injectOnNode } from './on-node.ts';

/** Something fills the replicated state to its last block. */
export const stateDiskFull: Fault = {
  name: 'state-disk-full',
  victim: 'active',
  describe: ({ active }) => `fill the state on ${active} to its last block`,
  expectation: () => ({
    service: 'until-healed',
    words:
      'Writes are refused while the disk is full, nothing acknowledged is lost, and service is back when there is room.',
  }),
  /** On both nodes: the workload may move meanwhile, and the state with it. */
  async armDeadMan(context) {
    for (const { host } of nodesOf(context)) await armOnNode(host, 'disk-full', context.deadManMs, makeRoom(context));
  },
  async inject(context) {
    // What fallocate leaves, dd fills: the first asks for what is free, and the last blocks are found by writing.
    const script = `file=${ballast(context)}
free=$(df --output=avail -B1 ${mountPoint(context)} | tail -n 1)
at=$(date +%s%N)
fallocate --length "$free" "$file" 2>/dev/null || :
dd if=/dev/zero of="$file" bs=1M oflag=append conv=notrunc 2>/dev/null || :
dd if=/dev/zero of="$file" bs=512 oflag=append conv=notrunc 2>/dev/null || :
sync --file-system ${mountPoint(context)} || :
echo "$at"`;
    return { atMs: await injectOnNode(context, script, 'fill the state') };
  },
  /** Wherever the state is mounted by now. */
  async heal(context) {
    for (const { host } of nodesOf(context)) await healOnNode(host, 'disk-full', makeRoom(context));
    await forgetFailures(context);
  },
};

function nodesOf({ site, members }: FaultContext) {
  return members.filter(({ name }) => site.nodes.some((node) => node.name === name));
}

function mountPoint({ site }: FaultContext): string {
  return shellQuote(site.state.mountPoint);
}

function ballast({ site }: FaultContext): string {
  return shellQuote(`${site.state.mountPoint}/.holdfast-drill-ballast`);
}

function makeRoom(context: FaultContext): string {
  return `rm -f ${ballast(context)}`;
}
