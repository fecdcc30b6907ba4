import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type Clock, HoldfastError } from '../core/index.ts';

/**
 * A record of one process: its number, and the clock tick at which it started, by which it is told from a later process
 * with the same number. Source: proc_pid_stat(5), field 22.
 */

/** Lines of sh, before an `exec`, that write the record of the process itself into `file`. */
export function recordItself(file: string): string {
  return `read -r record </proc/$$/stat; echo "$record" >'${file}.new'; mv '${file}.new' '${file}'`;
}

/** The process of the record while it lives; a zombie does not. */
export function recordedProcess(file: string): number | undefined {
  const recorded = parseStat(read(file));
  const now = recorded === undefined ? undefined : parseStat(read(`/proc/${recorded.pid}/stat`));
  return now !== undefined && now.startTick === recorded?.startTick && !/[ZX]/.test(now.state) ? now.pid : undefined;
}

/** Kills the process and returns when nothing of it is left. Harmless when it has ended. Throws HF-LAB-STUCK after `limitMs`. */
export async function killRecorded(file: string, clock: Clock, limitMs: number): Promise<void> {
  const deadline = clock.monotonic() + limitMs;
  for (let pid = recordedProcess(file), killed = false; pid !== undefined; pid = recordedProcess(file)) {
    if (!killed) {
      process.kill(pid, 'SIGKILL');
      killed = true;
    }
    if (clock.monotonic() > deadline) {
      throw new HoldfastError({
        code: 'HF-LAB-STUCK',
        message: `Process ${pid} of ${file} did not end within ${limitMs} ms of being killed.`,
        remedy: 'Look at it with `ps`: one that hangs in the kernel ends when its disk answers.',
        source: 'tool',
      });
    }
    await clock.sleep(2);
  }
  await rm(file, { force: true });
}

/** The name of the process stands in parentheses and may hold anything, parentheses too. */
export function parseStat(text: string): { pid: number; state: string; startTick: string } | undefined {
  const match = /^(\d+) \(.*\) (.+)$/s.exec(text.trim());
  const fields = match?.[2]?.split(' ');
  const [state, startTick] = [fields?.[0], fields?.[19]];
  return state === undefined || startTick === undefined ? undefined : { pid: Number(match?.[1]), state, startTick };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
