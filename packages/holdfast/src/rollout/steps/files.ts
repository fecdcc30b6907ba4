import { posix } from 'node:path';
import { shellQuote } from '../../core/index.ts';
import type { Host } from '../../hosts/index.ts';
import type { HostRecord } from '../facts.ts';
import { recordPath } from '../facts.ts';
import { writeRecord } from '../record.ts';
import { sha256 } from '../secret-digests.ts';
import { runScript } from './run-script.ts';

/**
 * Replaces a file in one instant: a reader sees the old one or the new one, also after a power cut. The content and its
 * digest go through standard input; content that arrives incomplete, because we were killed, is thrown away.
 */
export async function writeFile(
  host: Host,
  file: { readonly path: string; readonly mode: number; readonly content: string | Uint8Array },
): Promise<void> {
  const directory = posix.dirname(file.path);
  const temporary = `${directory}/.holdfast.${posix.basename(file.path)}.new`;
  const script = `set -eu
path=${shellQuote(file.path)} directory=${shellQuote(directory)} temporary=${shellQuote(temporary)}
umask ${isPrivate(file.mode) ? '077' : '022'}
mkdir -p -- "$directory"
umask 077
rm -f -- "$temporary"
IFS= read -r digest
cat >"$temporary"
if ! printf '%s  %s\\n' "$digest" "$temporary" | sha256sum --check --status; then
  rm -f -- "$temporary"; echo 'the content did not arrive whole' >&2; exit 1
fi
chown root:root -- "$temporary"
chmod ${file.mode.toString(8)} -- "$temporary"
sync -- "$temporary"
mv -fT -- "$temporary" "$path"
sync -- "$directory"`;
  const stdin = Buffer.concat([Buffer.from(`${sha256(file.content)}\n`), Buffer.from(file.content)]);
  await runScript(host, `write ${file.path} on ${host.name}`, script, { stdin });
}

function isPrivate(mode: number): boolean {
  return (mode & 0o077) === 0;
}

export async function removeFile(host: Host, path: string): Promise<void> {
  const directory = posix.dirname(path);
  // Directories that were made for the file go with it; those that hold something else stay.
  const script = `rm -f -- ${shellQuote(path)} ${shellQuote(`${directory}/.holdfast.${posix.basename(path)}.new`)} || exit 1
case ${shellQuote(directory)} in */holdfast | */holdfast/* | *.d) rmdir --ignore-fail-on-non-empty -- ${shellQuote(directory)} 2>/dev/null ;; esac
exit 0`;
  await runScript(host, `remove ${path} on ${host.name}`, script);
}

export async function writeHostRecord(host: Host, record: HostRecord): Promise<void> {
  await writeFile(host, { path: recordPath, mode: 0o600, content: writeRecord(record) });
}
