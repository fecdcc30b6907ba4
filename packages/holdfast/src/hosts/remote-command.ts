import { shellQuote } from '../core/index.ts';

/**
 * The command line that ssh hands to the login shell of a machine. It runs a script as root and ends with a trailer on
 * standard error that carries the script's exit code. Only with the trailer is an exit code the script's own: ssh itself
 * ends with 255 for every trouble with the connection (ssh(1), EXIT STATUS), and so may a script.
 */
export function remoteCommand(options: {
  readonly script: string;
  readonly sudo: boolean;
  readonly nonce: string;
  /** The script is killed on the machine after this long, also when nobody is connected any more. */
  readonly timeoutMs?: number;
  /** End the script when standard input ends: for scripts that would run for ever. */
  readonly endsWithInput: boolean;
}): string {
  const { script, sudo, nonce, timeoutMs, endsWithInput } = options;
  const runner = endsWithInput
    ? watched
    : timeoutMs === undefined
      ? 'sh -c "$1"; code=$?'
      : // One second later than our own limit, so that ours is the one that is reported.
        `timeout -k 2 ${Math.ceil(timeoutMs / 1000) + 1} sh -c "$1"; code=$?`;
  const outer = `export LC_ALL=C PATH=${path}; ${runner}; printf "\\n%s %d\\n" ${nonce} "$code" >&2`;
  return `exec ${sudo ? 'sudo -n ' : ''}sh -c ${shellQuote(outer)} sh ${shellQuote(script)}`;
}

/** A login shell over SSH may lack the directories of the system's own programs. */
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The script gets a session of its own, so that everything it started ends with it. */
const watched = `exec 3<&0
setsid sh -c "$1" </dev/null 3<&- & child=$!
{ cat <&3 >/dev/null; kill -TERM -- "-$child"; } >/dev/null 2>&1 & watcher=$!
exec 3<&-
wait "$child"; code=$?
kill "$watcher" 2>/dev/null`;

/** What was written to standard error, parted from the trailer. Without a trailer the script did not end by itself. */
export function readTrailer(stderr: string, nonce: string): { readonly stderr: string; readonly exitCode?: number } {
  const start = stderr.lastIndexOf(`\n${nonce} `);
  if (start === -1) return { stderr };
  const exitCode = Number.parseInt(stderr.slice(start + nonce.length + 2), 10);
  return { stderr: stderr.slice(0, start), exitCode };
}
