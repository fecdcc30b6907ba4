import type { FileSpec, HostSpec } from '../patterns/index.ts';
import { type HostFacts, type HostRecord, recordPath } from './facts.ts';
import { runsCluster } from './plan-units.ts';
import { sameRecord } from './record.ts';
import { type SecretDigests, secretKey, sha256 } from './secret-digests.ts';
import type { Step, WriteFileStep } from './step.ts';

/** The SHA-256 that a file shall have. */
export function wantedDigest(file: FileSpec, digests: SecretDigests): string {
  if (file.content.kind === 'text') return sha256(file.content.text);
  const digest = digests[secretKey(file.content)];
  if (digest === undefined) throw new Error(`no digest of the secret ${file.content.secret}`);
  return digest;
}

/** Files to write and to remove on one host. */
export function planFiles(spec: HostSpec, facts: HostFacts, digests: SecretDigests): readonly Step[] {
  const removed = facts.record.files.filter((path) => !spec.files.some((file) => file.path === path));
  return [
    ...spec.files.flatMap((file) => writeFile(spec.name, file, facts, digests)),
    ...removed.map((path): Step => ({ kind: 'remove-file', host: spec.name, path })),
    ...effectsOfRemoval(spec.name, removed),
  ];
}

function writeFile(host: string, file: FileSpec, facts: HostFacts, digests: SecretDigests): readonly WriteFileStep[] {
  const found = facts.files[file.path] ?? { kind: 'absent' };
  const step = { kind: 'write-file', host, path: file.path, mode: file.mode, content: file.content } as const;
  if (found.kind !== 'file') return [{ ...step, change: 'create' }];
  if (found.sha256 !== wantedDigest(file, digests)) {
    return [{ ...step, change: 'replace', ...(found.text === undefined ? {} : { before: found.text }) }];
  }
  if (found.mode !== file.mode || found.owner !== 'root:root') return [{ ...step, change: 'permissions' }];
  return [];
}

function effectsOfRemoval(host: string, removed: readonly string[]): readonly Step[] {
  const below = (directory: string) => removed.some((path) => path.startsWith(directory));
  return [
    ...(below('/etc/systemd/system/') ? [{ kind: 'daemon-reload', host, after: 'removal' } as const] : []),
    ...(below('/usr/local/share/ca-certificates/')
      ? [{ kind: 'update-ca-certificates', host, after: 'removal' } as const]
      : []),
  ];
}

const corosyncPath = '/etc/corosync/corosync.conf';

/**
 * Whether Corosync there has our configuration, or none yet that it could run with. A cluster with a configuration that we did
 * not write goes by another name or other keys and cannot just read ours; the note that it must be restarted stands until it was.
 */
export function isOurCluster({ record }: HostFacts): boolean {
  return record.files.includes(corosyncPath) && !record.pending.includes('restart-cluster');
}

/** Effects still to come on a host: those of the files that change now, and those that an interrupted apply left. */
export function pendingEffects(spec: HostSpec, facts: HostFacts, steps: readonly Step[]): readonly string[] {
  const written = new Set(steps.flatMap((step) => (step.kind === 'write-file' ? [step.path] : [])));
  const effects = spec.files.flatMap((file) => (written.has(file.path) ? file.onChange : []));
  const isNew = spec.files.some(({ path }) => path === corosyncPath) && !isOurCluster(facts);
  return [...new Set([...facts.record.pending, ...effects, ...(isNew ? ['restart-cluster'] : [])])].sort();
}

/**
 * The notes on the way. Before: the files that will be ours and the effects that will be due, so that whatever is interrupted
 * is known next time. Prepared: file systems are made, and a cluster that does not run can only start with our files.
 * Joined: one that ran was restarted. `restartsLast`: that of SBD comes later. After: the files that are ours, nothing due.
 */
export function planRecord(
  spec: HostSpec,
  facts: HostFacts,
  pending: readonly string[],
  formatting: HostRecord['formatting'],
  restartsLast = false,
): readonly Step[] {
  const files = spec.files.map((file) => file.path).filter((path) => path !== recordPath);
  const before: HostRecord = {
    files: [...new Set([...files, ...facts.record.files])].sort(),
    pending,
    formatting,
  };
  const restarted = ['restart-cluster', ...(restartsLast ? [] : ['restart-sbd'])];
  const joined = { ...before, pending: pending.filter((effect) => !restarted.includes(effect)), formatting: [] };
  const prepared = runsCluster(facts) ? { ...before, formatting: [] } : joined;
  const after: HostRecord = { files: files.sort(), pending: [], formatting: [] };
  const steps: Step[] = [];
  let noted = facts.record;
  const note = (when: Extract<Step, { kind: 'record' }>['when'], record: HostRecord) => {
    if (!sameRecord(noted, record)) steps.push({ kind: 'record', when, host: spec.name, record });
    noted = record;
  };
  note('before', before);
  note('prepared', prepared);
  note('joined', joined);
  note('after', after);
  return steps;
}
