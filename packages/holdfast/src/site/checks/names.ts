import type { Draft } from '../draft.ts';
import { type Finding, showPath } from '../finding.ts';
import type { Path } from '../yaml.ts';

/** Names that must be the only ones of their kind: machines, workloads, units. */
export function checkNames(draft: Draft): readonly Finding[] {
  const machines = [...draft.entries(['nodes']), ['witness']];
  const workloads = draft.entries(['workloads']);
  return [
    ...repeated(draft, machines, 'name', 'HF-SITE-DUPLICATE-NAME', 'Give each machine its own name.'),
    ...repeated(draft, workloads, 'name', 'HF-SITE-DUPLICATE-NAME', 'Give each workload its own name.'),
    ...repeated(draft, workloads, 'unit', 'HF-SITE-DUPLICATE-UNIT', 'Name each unit in one workload only.'),
  ];
}

function repeated(
  draft: Draft,
  owners: readonly Path[],
  key: string,
  code: 'HF-SITE-DUPLICATE-NAME' | 'HF-SITE-DUPLICATE-UNIT',
  remedy: string,
): Finding[] {
  const first = new Map<string, Path>();
  return owners.flatMap((owner) => {
    const path = [...owner, key];
    const text = draft.text(path);
    if (text === undefined) return [];
    const earlier = first.get(text);
    if (earlier === undefined) {
      first.set(text, path);
      return [];
    }
    return [{ code, path, message: `\`${text}\` is already the ${key} at \`${showPath(earlier)}\`.`, remedy }];
  });
}
