import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type Clock, HoldfastError } from '../../core/index.ts';
import { hostCommand } from '../host-command.ts';

/** The other end of a machine's second serial line, on which the image's `take-identity` listens. */
export interface IdentityLine {
  /** Waits for a line from the machine that begins with `word`, and gives it. Throws HF-LAB-BOOT after `limitMs`. */
  waitFor(word: string, limitMs: number): Promise<string>;
  send(text: string): void;
  close(): void;
}

export async function openIdentityLine(socketPath: string, clock: Clock): Promise<IdentityLine> {
  const socket: Socket = connect(socketPath);
  await once(socket, 'connect');
  socket.on('error', () => {});
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return {
    async waitFor(word, limitMs) {
      const limit = new AbortController();
      const overdue = clock.sleep(limitMs, limit.signal).then(
        () => undefined,
        () => undefined,
      );
      const seen: string[] = [];
      try {
        for (;;) {
          const next = await Promise.race([lines.next(), overdue]);
          if (next === undefined || next.done) {
            throw saysNothing(socketPath, word, next === undefined ? `within ${limitMs / 1000} s` : 'and ended', seen);
          }
          if (next.value.trim().startsWith(word)) {
            return next.value.trim();
          }
          seen.push(next.value);
        }
      } finally {
        limit.abort();
      }
    },
    send: (text) => socket.write(text),
    close: () => socket.destroy(),
  };
}

/**
 * Tells a machine that went on from the common saved memory who it is: the files of `tree`, its name, and the time, which stood
 * still while it was saved. Everything is on its disk when this returns. Throws HF-LAB-BOOT.
 */
export async function giveIdentity(line: IdentityLine, name: string, tree: string, clock: Clock): Promise<void> {
  const archive = await hostCommand('sh', [
    ...['-c', 'tar --create --gzip --owner=0 --group=0 --directory="$1" . | base64', 'sh', tree],
  ]);
  line.send(identityScript(name, archive, clock.now()));
  const answer = await line.waitFor('ended', 120_000);
  if (answer !== 'ended 0') {
    throw new HoldfastError({
      code: 'HF-LAB-BOOT',
      message: `${name} could not take its identity: its script ${answer}.`,
      remedy: 'Run `holdfast lab down --image` and `holdfast lab up`, which build the image of the machines anew.',
      source: 'tool',
    });
  }
  // Once more, now that only the way of one line lies between the two clocks.
  line.send(`${clock.now() / 1000}\n`);
  await line.waitFor('clock', 30_000);
}

/** What the machine runs. The last line is the one that `take-identity` waits for. */
export function identityScript(name: string, archive: string, nowMs: number): string {
  return `set -eu
date --set=@${(nowMs / 1000).toFixed(3)} >/dev/null
base64 --decode <<'end of the archive' | tar --extract --gzip --directory=/ --no-same-owner
${archive}
end of the archive
hostname ${name}
systemctl restart systemd-journald
sh /etc/holdfast-lab/start
systemctl start ssh
sync
# the end
`;
}

function saysNothing(socketPath: string, word: string, when: string, seen: readonly string[]): HoldfastError {
  return new HoldfastError({
    code: 'HF-LAB-BOOT',
    message: `The machine behind ${socketPath} did not say "${word}" ${when}${seen.length > 0 ? `; it said: ${seen.slice(-5).join(' ')}` : ''}.`,
    remedy: 'Read console.log beside it; `holdfast lab down` and `holdfast lab up` make the machine anew.',
    source: 'tool',
  });
}
