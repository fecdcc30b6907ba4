import { type DiskNotes, readDiskNotes } from './disk-notes.ts';
import { type Generations, readGenerations } from './generations.ts';
import { readDrbd84 } from './read-proc-drbd.ts';
import { readDrbd9 } from './read-status-json.ts';
import { drbdKernelOf } from './resource.ts';
import type { DrbdStatus } from './status.ts';

/**
 * A shell command that prints a node's status of a resource: the version of the kernel's module, loaded or not, then what that kernel's own tools say. It
 * changes nothing, and never opens the device below. `readDrbdStatus` reads it.
 */
export function drbdStatusCommand(resource: string, minor: number): string {
  return `version=$(awk '$1 == "version:" {print $2; exit}' /proc/drbd 2>/dev/null); echo "kernel \${version:-none}"
case $version in
'') echo "module $(modinfo -F version drbd 2>/dev/null)" ;;
8.4*) awk -v minor=${minor}: '$1 ~ /^[0-9]+:$/ {shown = ($1 == minor)} shown {print "proc " $0}' /proc/drbd ;;
*) drbdsetup status ${resource} --json --statistics 2>/dev/null | sed 's/^/json /' ;;
esac
drbdadm get-gi ${resource} </dev/null 2>/dev/null | sed 's/^/generations /'`;
}

/** `generations` and `notes` are read from the disk where DRBD does not run. */
export type DrbdReport = { readonly notes?: DiskNotes } /** The module is not loaded. */ & (
  | { readonly kind: 'no-module'; readonly generations?: Generations }
  /** The resource is not up. */
  | { readonly kind: 'down'; readonly version: string; readonly generations?: Generations }
  | { readonly kind: 'up'; readonly version: string; readonly status: DrbdStatus }
);

/** Reads what `drbdStatusCommand` printed; null: it is not that. */
export function readDrbdReport(text: string): DrbdReport | null {
  const lines = (word: string) =>
    text.split('\n').flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  const [version] = lines('kernel');
  if (version === undefined) return null;
  const generations = lines('generations')
    .map(readGenerations)
    .find((each) => each !== undefined);
  const flags = lines('generations')
    .map(readDiskNotes)
    .find((each) => each !== undefined);
  const notes = flags === undefined ? {} : { notes: flags };
  const is84 = drbdKernelOf(version) === '8.4';
  // Not loaded, it is the one that will be; where nobody says which, the two may have been one.
  const [module = ''] = lines('module');
  const forgets = is84 || (version === 'none' && drbdKernelOf(module) !== '9');
  const marks = {
    ...(forgets ? { forgetful: true } : {}),
    ...(flags?.consistent === false ? { half: true } : {}),
  };
  const known = generations === undefined ? {} : { generations: { ...generations, ...marks } };
  if (version === 'none') return { kind: 'no-module', ...known, ...notes };
  const status = is84 ? readDrbd84(lines('proc')) : readDrbd9(lines('json').join('\n'));
  if (status === undefined) return { kind: 'down', version, ...known, ...notes };
  return { kind: 'up', version, status: { ...status, ...known }, ...notes };
}
