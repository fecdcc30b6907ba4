import { HoldfastError } from '../../core/index.ts';

/** corosync.conf as a tree: `key: value` lines and named sections in braces. Keys and section names may come several times. */
export interface ConfBody {
  readonly entries: readonly (readonly [key: string, value: string])[];
  readonly sections: readonly ConfSection[];
}

export interface ConfSection extends ConfBody {
  readonly name: string;
}

/** Indented by two spaces a level. */
export function serializeConf(body: ConfBody, depth = 0): string {
  const indent = '  '.repeat(depth);
  const entries = body.entries.map(([key, value]) => `${indent}${key}: ${value}\n`).join('');
  const sections = body.sections.map(
    (section) => `${indent}${section.name} {\n${serializeConf(section, depth + 1)}${indent}}\n`,
  );
  return entries + sections.join(depth === 0 ? '\n' : '');
}

/**
 * Reads any corosync.conf as Corosync does (exec/coroparse.c): one statement a line; blank lines and lines that begin with `#`
 * are skipped; `name {` opens, `}` closes, the first `:` parts key and value.
 * Throws HF-COROSYNC-UNREADABLE with the line.
 */
export function parseConf(text: string, file = 'corosync.conf'): ConfBody {
  return parseConfFile(text, file).root;
}

/** A corosync.conf that knows the line of each entry and of each section's opening. */
export interface LocatedConf {
  readonly root: ConfBody;
  /** Counts from 1; undefined for what is not of this file. */
  lineOf(part: ConfSection | ConfBody['entries'][number]): number | undefined;
}

/** As `parseConf`. */
export function parseConfFile(text: string, file: string): LocatedConf {
  const lines = new Map<object, number>();
  const root: OpenSection = { name: '', entries: [], sections: [] };
  const open: OpenSection[] = [];
  let current = root;
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim();
    const fail = (message: string): never => {
      throw unreadable(message, file, index + 1);
    };
    if (line === '' || line.startsWith('#')) return;
    if (line.endsWith('{')) {
      const section: OpenSection = { name: line.slice(0, -1).trim(), entries: [], sections: [] };
      if (section.name === '') fail('A section opens without a name.');
      current.sections.push(section);
      lines.set(section, index + 1);
      open.push(current);
      current = section;
      return;
    }
    if (line === '}') {
      current = open.pop() ?? fail('A brace closes that was never opened.');
      return;
    }
    const colon = line.indexOf(':');
    if (colon < 1) fail(`"${line}" is neither \`key: value\` nor the start or end of a section.`);
    const entry: [string, string] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    current.entries.push(entry);
    lines.set(entry, index + 1);
  });
  if (open.length > 0) {
    throw unreadable(`The section "${current.name}" is never closed.`, file, lines.get(current) ?? 1);
  }
  return { root, lineOf: (part) => lines.get(part) };
}

interface OpenSection {
  readonly name: string;
  readonly entries: [string, string][];
  readonly sections: OpenSection[];
}

function unreadable(message: string, file: string, line: number): HoldfastError {
  return new HoldfastError({
    code: 'HF-COROSYNC-UNREADABLE',
    message,
    remedy: 'Compare the line with corosync.conf(5).',
    source: 'user',
    at: { file, line, column: 1 },
  });
}
