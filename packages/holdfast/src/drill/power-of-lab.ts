import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Clock, HoldfastError } from '../core/index.ts';
import type { Lab } from '../lab/index.ts';
import type { Power } from './faults/index.ts';

/** The power of lab machines: a hand at the plug. */
export function powerOfLab(lab: Lab, clock: Clock): Power {
  const armed = new Map<string, ChildProcess>();
  const disarm = (node: string) => {
    armed.get(node)?.kill('SIGKILL');
    armed.delete(node);
  };
  return {
    async cut(node) {
      const { atMs } = await lab.machine(node).cutPower();
      if (atMs === null) throw wasOff(node);
      return { atMs, offAtMs: clock.now() };
    },
    async restore(node) {
      await lab.machine(node).start();
    },
    async armRestore(node, afterMs) {
      disarm(node);
      armed.set(node, restoreLater(lab, node, afterMs));
    },
    async disarmRestore(node) {
      disarm(node);
    },
  };
}

/** A process that nobody ends with us: in a session of its own, with none of our pipes. */
function restoreLater(lab: Lab, node: string, afterMs: number): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = fileURLToPath(new URL(`./power-of-lab-child.${extension}`, import.meta.url));
  const child = spawn(process.execPath, [file, lab.layout.instance, node, String(afterMs)], {
    detached: true,
    stdio: 'ignore',
  });
  child.unref();
  return child;
}

function wasOff(node: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-FAULT',
    message: `${node} had no power already when the drill was to cut it.`,
    remedy: 'Run `holdfast lab up`, and let nobody else use the lab during a drill.',
    source: 'site',
  });
}
