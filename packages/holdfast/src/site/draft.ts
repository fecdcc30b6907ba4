import { HoldfastError, parseDuration } from '../core/index.ts';
import { valueAt } from './value-at.ts';
import type { Path } from './yaml.ts';

/**
 * A site file as the checks read it: whatever of it is usable, even while other parts have the wrong shape, so that one run
 * tells every mistake.
 */
export interface Draft {
  /** Whether something stands there. */
  has(path: Path): boolean;
  /** Whether nothing stands there, and no misspelt key beside it stands for it either: that mistake is told already. */
  lacks(path: Path): boolean;
  text(path: Path): string | undefined;
  number(path: Path): number | undefined;
  /** Milliseconds; `fallback`, in the file's notation, where nothing stands there; undefined where it is no duration. */
  durationMs(path: Path, fallback?: string): number | undefined;
  /** The paths of the entries of a list. */
  entries(path: Path): readonly Path[];
  /** The paths of the values of a section. */
  keys(path: Path): readonly Path[];
}

/** `misspelt` are the paths that misspelt keys stand for. */
export function createDraft(value: unknown, misspelt: readonly Path[]): Draft {
  const meant = new Set(misspelt.map((path) => JSON.stringify(path)));
  const has = (path: Path) => (valueAt(value, path) ?? null) !== null;
  return {
    has,
    lacks: (path) => !has(path) && !meant.has(JSON.stringify(path)),
    text(path) {
      const found = valueAt(value, path);
      return typeof found === 'string' ? found : undefined;
    },
    number(path) {
      const found = valueAt(value, path);
      return typeof found === 'number' ? found : undefined;
    },
    durationMs(path, fallback) {
      const found = valueAt(value, path) ?? fallback;
      return typeof found === 'string' ? durationOf(found) : undefined;
    },
    entries(path) {
      const found = valueAt(value, path);
      return Array.isArray(found) ? found.map((_entry, index) => [...path, index]) : [];
    },
    keys(path) {
      const found = valueAt(value, path);
      if (typeof found !== 'object' || found === null || Array.isArray(found)) return [];
      return Object.keys(found).map((key) => [...path, key]);
    },
  };
}

/** The paths of the Corosync members: the nodes, and a witness that is one. */
export function memberPaths(draft: Draft): readonly Path[] {
  const witness: readonly Path[] = draft.text(['witness', 'kind']) === 'member' ? [['witness']] : [];
  return [...draft.entries(['nodes']), ...witness];
}

/** The paths of a node's fencing devices, level by level; none where it has none. */
export function fencingLevels(draft: Draft, node: Path): readonly (readonly Path[])[] {
  const fencing = [...node, 'fencing'];
  const levels = draft.entries(fencing);
  if (levels.length === 0) return draft.has(fencing) ? [[fencing]] : [];
  return levels.map((level) => {
    const devices = draft.entries(level);
    return devices.length === 0 ? [level] : devices;
  });
}

/** The paths of all fencing devices of all nodes. */
export function fencingDevices(draft: Draft): readonly Path[] {
  return draft.entries(['nodes']).flatMap((node) => fencingLevels(draft, node).flat());
}

/** The name of the machine or workload at a path, or its path where it has none. */
export function nameAt(draft: Draft, path: Path): string {
  return draft.text([...path, 'name']) ?? path.join(' ');
}

function durationOf(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}
