import { HoldfastError } from '../../core/index.ts';
import type { Place } from '../finding.ts';

/** A statement of drbd.conf(5): words, then `;` or a block of statements. */
export interface DrbdStatement {
  readonly words: readonly string[];
  readonly block: readonly DrbdStatement[] | undefined;
  readonly place: Place;
}

/** One resource with what `common` gives it. */
export interface DrbdResource {
  readonly name: string;
  readonly place: Place;
  /** The names of its `on` sections. */
  readonly hosts: readonly string[];
  /** An option or handler in any section: its own first, then that of `common`. An option without a value is `yes`. */
  option(name: string): DrbdOption | undefined;
  readonly statements: readonly DrbdStatement[];
}

export interface DrbdOption {
  readonly value: string;
  readonly place: Place;
}

/** Reads any drbd.conf, *.res or global_common.conf, of 8.4 or 9. `include` is not followed. Throws HF-LINT-DRBD-UNREADABLE. */
export function readDrbd(text: string, file: string): readonly DrbdStatement[] {
  const tokens = tokenize(text, file);
  let at = 0;

  function statements(depth: number): DrbdStatement[] {
    const found: DrbdStatement[] = [];
    let words: string[] = [];
    let line = 0;
    for (let token = tokens[at]; token !== undefined; token = tokens[at]) {
      at += 1;
      if (token.kind === 'word') {
        if (words.length === 0) line = token.line;
        words.push(token.text);
      } else if (token.kind === '}') {
        if (depth === 0) throw unreadable('A brace closes that was never opened', file, token.line);
        if (words.length > 0) throw unreadable(`"${words[0]}" ends without a semicolon`, file, line);
        return found;
      } else {
        const block = token.kind === '{' ? nested(depth, token.line) : undefined;
        if (words.length > 0) found.push({ words, block, place: { file, line } });
        words = [];
      }
    }
    if (depth > 0) throw unreadable('A section is never closed', file, tokens.at(-1)?.line ?? 1);
    if (words.length > 0) throw unreadable(`"${words[0]}" ends without a semicolon`, file, line);
    return found;
  }

  function nested(depth: number, line: number): DrbdStatement[] {
    if (depth >= 50) throw unreadable('Sections are nested deeper than 50 levels', file, line);
    return statements(depth + 1);
  }

  return statements(0);
}

/** The resources of the files of one machine. */
export function resourcesOf(files: readonly (readonly DrbdStatement[])[]): readonly DrbdResource[] {
  const all = files.flat();
  const common = all.filter(({ words }) => words[0] === 'common').flatMap(({ block }) => block ?? []);
  return all
    .filter(({ words, block }) => words[0] === 'resource' && block !== undefined)
    .map(({ words, block = [], place }) => ({
      name: words[1] ?? '',
      place,
      hosts: block.filter((each) => each.words[0] === 'on').flatMap((each) => each.words.slice(1)),
      option: (name) => findOption(block, name) ?? findOption(common, name),
      statements: block,
    }));
}

function findOption(statements: readonly DrbdStatement[], name: string): DrbdOption | undefined {
  for (const { words, block, place } of statements) {
    if (block === undefined && words[0] === name) return { value: words.slice(1).join(' ') || 'yes', place };
    const deeper = block && findOption(block, name);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

interface Token {
  readonly kind: 'word' | '{' | '}' | ';';
  readonly text: string;
  readonly line: number;
}

/** Comments run from `#` to the end of the line; a string is in double quotes (user/v9/drbdadm_scanner.fl of drbd-utils). */
function tokenize(text: string, file: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /(\s+|#[^\n]*)|"((?:[^"\\\n]|\\.)*)"|([{};])|([^\s{};"#]+)|(.)/gsu;
  let line = 1;
  for (const [whole, skipped, quoted, mark, word, odd] of text.matchAll(pattern)) {
    if (odd !== undefined) throw unreadable('A string is never closed', file, line);
    if (quoted !== undefined) tokens.push({ kind: 'word', text: quoted, line });
    else if (mark === '{' || mark === '}' || mark === ';') tokens.push({ kind: mark, text: mark, line });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, line });
    if (skipped !== undefined) line += whole.split('\n').length - 1;
  }
  return tokens;
}

/** Only the first word of a statement is shown: the others may be a secret. */
function unreadable(what: string, file: string, line: number): HoldfastError {
  return new HoldfastError({
    code: 'HF-LINT-DRBD-UNREADABLE',
    message: `${what}.`,
    remedy: 'Ask `drbdadm dump` what is wrong with the file.',
    source: 'user',
    at: { file, line, column: 1 },
  });
}
