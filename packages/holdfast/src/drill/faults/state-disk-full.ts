import { HoldfastError, shellQuote } from '../../core/index.ts';
import type { Fault, FaultContext } from './fault.ts';
import { armOnNode, disarmOnNode, forgetFailures, injectOnNode, isArmedOnNode, runOnNode } from './on-node.ts';

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
    for (const { host } of nodesOf(context)) await armOnNode(host, timer, context.deadManMs, makeRoomSoon(context));
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
  /**
   * Where the state is mounted by now. A workload that cannot start goes to and fro between the nodes, and the state with it: a look
   * may find it on neither, and would have mended nothing.
   */
  async heal(context) {
    const nodes = nodesOf(context);
    const looks: string[] = [];
    for (const { host } of nodes) looks.push(await runOnNode(host, makeRoom(context), 'make room in the state'));
    if (!looks.some((look) => look.includes(made))) {
      const armed = await Promise.all(nodes.map(({ host }) => isArmedOnNode(host, timer)));
      if (armed.includes(true)) throw mountedNowhere(context);
    }
    for (const { host } of nodes) await disarmOnNode(host, timer);
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

const timer = 'disk-full';
const made = 'made room';

function makeRoom(context: FaultContext): string {
  return `if mountpoint -q ${mountPoint(context)}; then rm -f ${ballast(context)} && echo '${made}'; fi`;
}

/** For a dead-man, whom nobody calls again: it tries for two minutes. */
function makeRoomSoon(context: FaultContext): string {
  return `tries=0
until mountpoint -q ${mountPoint(context)} && rm -f ${ballast(context)}; do
	tries=$((tries + 1))
	[ "$tries" -lt 120 ] || break
	sleep 1
done`;
}

function mountedNowhere({ site }: FaultContext): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-FAULT',
    message: `The state of ${site.name} is full, and mounted on neither node at this moment.`,
    remedy: 'Wait until the cluster has mounted it; `holdfast drill <site> --heal` makes room then.',
    source: 'site',
  });
}
