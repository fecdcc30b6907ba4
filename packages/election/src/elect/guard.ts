import { spawn } from 'node:child_process';

export interface Guard {
  /** From now on this process group dies with this process. */
  watch(group: number): void;
  /** The group has ended. */
  dismiss(): void;
}

/**
 * Starts a process that waits for the end of this one, however that comes, and then kills a process group with KILL: the
 * kernel closes the pipe between them when this process dies. It is outside of the group and of this process's session,
 * so that neither the group's TERM nor a Ctrl-C ends it first.
 *
 * It is begun before the command, so that the command is never without it.
 *
 * @param lost is told, once, why there is no guard
 * @param shell a POSIX shell
 */
export async function startGuard(lost: (why: string) => void, shell = '/bin/sh'): Promise<Guard> {
  const guard = spawn(shell, ['-c', SCRIPT, 'holdfast-elect-guard'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  });
  let dismissed = false;
  let told = false;
  const gone = (why: string) => {
    if (!dismissed && !told) lost(why);
    told = true;
  };
  // Whoever cannot be written to has ended, and that is told.
  guard.stdin.on('error', () => undefined);
  guard.once('exit', () => gone('the process that does this has ended'));
  await new Promise<void>((resolve) => {
    guard.once('spawn', resolve);
    guard.once('error', (error) => {
      gone(`${shell} cannot be run: ${error.message}`);
      resolve();
    });
  });
  return {
    watch: (group) => guard.stdin.write(`${group}\n`),
    dismiss() {
      dismissed = true;
      // Not by closing the pipe: the number of a group that has ended may come back as another's.
      guard.kill('SIGKILL');
    },
  };
}

/** Nothing but the pipe's end lets it go on: not TERM, which systemd sends to all processes of a service. */
const SCRIPT = 'trap "" TERM INT HUP QUIT; read -r group || exit 0; read -r end; kill -s KILL -- "-$group"';
