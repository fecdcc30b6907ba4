import { HoldfastError, type Problem } from '../../core/index.ts';
import { readCib } from './cib-view.ts';
import { type CorosyncView, readCorosync } from './corosync-view.ts';
import { type DrbdStatement, readDrbd, resourcesOf } from './drbd-view.ts';
import type { Difference, Evidence } from './evidence.ts';
import { readSbd } from './sbd-view.ts';

/** A file as it was given, or as a machine has it. */
export interface InputFile {
  /** How findings name it. */
  readonly name: string;
  /** The machine it was read from; files of several machines are compared. */
  readonly host?: string;
  readonly text: string;
}

type Kind = 'cib' | 'corosync' | 'drbd' | 'sbd' | 'site';

/** What a file is, by what stands in it; undefined: nothing that lint reads. */
export function kindOf(text: string): Kind | undefined {
  if (/^\uFEFF?\s*</.test(text)) return 'cib';
  if (/^\s*(totem|quorum|nodelist)\s*\{/m.test(text)) return 'corosync';
  if (/^\s*(resource\s+\S+|global|common|skip)\s*(\{|$)/m.test(text) || /^\s*include\s+\S+\s*;/m.test(text))
    return 'drbd';
  if (/^\s*#?\s*(export\s+)?SBD_[A-Z_]+=/m.test(text)) return 'sbd';
  return /^(version|name|objectives|pattern|nodes|workloads)\s*:/m.test(text) ? 'site' : undefined;
}

/**
 * Reads files that are judged together; a site file is not among them. Throws a HoldfastError with every file that cannot be
 * read: HF-LINT-INPUT, HF-XML-MALFORMED, HF-COROSYNC-UNREADABLE, HF-LINT-DRBD-UNREADABLE.
 * Of several CIBs the first is judged: `splitByCib` first.
 */
export function readInputs(files: readonly InputFile[]): Omit<Evidence, 'hosts' | 'site'> {
  const problems: Problem[] = [];
  const read = <Result>(kind: Kind, reader: (text: string, name: string) => Result) =>
    files
      .filter(({ text }) => kindOf(text) === kind)
      .flatMap((file): { file: InputFile; view: Result }[] => {
        try {
          return [{ file, view: reader(file.text, file.name) }];
        } catch (error) {
          if (!(error instanceof HoldfastError)) throw error;
          // What a machine sent is not for the reader's editor to mend.
          problems.push(
            ...error.problems.map((each): Problem => (file.host === undefined ? each : { ...each, source: 'site' })),
          );
          return [];
        }
      });
  for (const { name, text } of files) if (kindOf(text) === undefined) problems.push(unknownKind(name));
  const cibs = read('cib', readWholeCib);
  const corosync = read('corosync', readCorosync);
  const drbd = read('drbd', readDrbd);
  const sbd = read('sbd', readSbd);
  const [problem, ...others] = problems;
  if (problem !== undefined) throw new HoldfastError([problem, ...others]);
  const cib = cibs[0]?.view;
  const hosts = [...new Set(files.flatMap(({ host }) => host ?? []))];
  const drbdHost = drbd[0]?.file.host;
  return {
    ...(cib === undefined ? {} : { cib }),
    corosync: distinct(corosync.map(({ view }) => view)),
    drbd: resourcesOf(drbd.filter(({ file }) => file.host === drbdHost).map(({ view }) => view)),
    sbd: sbd.map(({ view }) => view),
    differences: [
      ...differencesOf(
        corosync,
        ({ root }) => JSON.stringify(root),
        hosts,
        () => true,
      ),
      ...differencesOf(
        drbd,
        (statements) => JSON.stringify(statements.map(withoutPlaces)),
        hosts,
        (statements, host) => resourcesOf([statements]).some((resource) => resource.hosts.includes(host)),
      ),
    ],
  };
}

/** Several CIBs are judged one by one, each with all other files. */
export function splitByCib(files: readonly InputFile[]): readonly (readonly InputFile[])[] {
  const cibs = files.filter(({ text }) => kindOf(text) === 'cib');
  const others = files.filter((file) => !cibs.includes(file));
  return cibs.length < 2 ? [files] : cibs.map((cib) => [cib, ...others]);
}

function readWholeCib(text: string, file: string): ReturnType<typeof readCib> {
  const view = readCib(text, file);
  if (view.root.name === 'cib' || view.root.name === 'configuration') return view;
  throw new HoldfastError({
    ...unknownKind(file),
    message: `${file} is XML, but begins with <${view.root.name}>, not with <cib>.`,
  });
}

function distinct(views: readonly CorosyncView[]): CorosyncView[] {
  return [...new Map(views.toReversed().map((view) => [JSON.stringify(view.root), view])).values()].toReversed();
}

/**
 * Files of the same path on several machines whose meaning differs, and machines of `hosts` that have no such file although
 * `belongs` says that they should.
 */
function differencesOf<View>(
  files: readonly { file: InputFile; view: View }[],
  meaning: (view: View) => string,
  hosts: readonly string[],
  belongs: (view: View, host: string) => boolean,
): Difference[] {
  const fromMachines = files.filter(({ file }) => file.host !== undefined);
  const byPath = Map.groupBy(fromMachines, ({ file }) => file.name.slice((file.host ?? '').length + 1));
  return [...byPath].flatMap(([path, [first, ...others]]) => {
    if (first === undefined) return [];
    const having = [first, ...others].map(({ file }) => file.host);
    const without = hosts.filter((host) => !having.includes(host) && belongs(first.view, host));
    return [
      ...others
        .filter(({ view }) => meaning(view) !== meaning(first.view))
        .map(({ file }) => ({ first: first.file.name, other: file.name, missing: false })),
      ...without.map((host) => ({ first: first.file.name, other: `${host}:${path}`, missing: true })),
    ];
  });
}

function withoutPlaces({ words, block }: DrbdStatement): unknown {
  return { words, block: block?.map(withoutPlaces) };
}

function unknownKind(file: string): Problem {
  return {
    code: 'HF-LINT-INPUT',
    message: `${file} is nothing that lint knows.`,
    remedy: 'Give it a site file, a CIB in XML, a corosync.conf, DRBD resource files or /etc/default/sbd.',
    source: 'user',
  };
}
