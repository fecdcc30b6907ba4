import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { HoldfastError, type Problem, type SourceLocation } from '../core/index.ts';
import { mayHoldPassword, speaksOfPassword } from './secrecy.ts';

export type Path = readonly (string | number)[];

/** A YAML file as plain values, and where each of them stands. */
export interface YamlFile {
  /** The path of the file, as it was given. */
  readonly file: string;
  readonly value: unknown;
  /** The place of the value at `path`, or of what comes nearest to it where there is none. */
  locate(path: Path): SourceLocation;
  /** The place of the key that names the value at `path`. */
  locateKey(path: Path): SourceLocation;
  /** What stands in the file, letter by letter, where the value at `path` is a plain scalar: one without quotes. */
  plainSource(path: Path): string | undefined;
  /** The path and text of every plain scalar. */
  readonly plainScalars: readonly { readonly path: Path; readonly source: string; readonly value: unknown }[];
  /** What was left out of `value` because it cannot be there. */
  readonly problems: readonly Problem[];
}

/** A site of two nodes takes two or three. The limit keeps the parser's time bounded, whatever the text. */
const largestFile = 32 * 1024;
const deepestNesting = 16;
const longestExcerpt = 80;

interface Place {
  readonly key: number;
  readonly value: number;
  readonly plain?: string;
}

/**
 * Parses YAML 1.2. Throws a HoldfastError when the text is not YAML, or is too large. Repeated keys, aliases, keys that are
 * no words and nesting beyond any sense are problems of the result.
 */
export function parseYaml(text: string, file: string): YamlFile {
  const lineCounter = new LineCounter();
  const at = (offset: number): SourceLocation => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problem = (code: Problem['code'], offset: number, message: string, remedy: string): Problem => ({
    code,
    message,
    remedy,
    source: 'user',
    at: at(offset),
  });

  if (text.length > largestFile) {
    throw new HoldfastError(
      problem(
        'HF-SITE-TOO-LARGE',
        0,
        `The file has ${text.length} characters; a site file has at most ${largestFile}.`,
        'Name a site file.',
      ),
    );
  }
  const document = parseOrRefuse(text, lineCounter, problem);
  const places = new Map<string, Place>();
  const plainScalars: { path: Path; source: string; value: unknown }[] = [];
  const problems: Problem[] = [];

  function convert(node: Node | null | undefined, path: Path, keyOffset: number): unknown {
    const offset = node?.range?.[0] ?? keyOffset;
    const plain = isScalar(node) && node.type === 'PLAIN' ? node.source : undefined;
    places.set(pathKey(path), { key: keyOffset, value: offset, ...(plain === undefined ? {} : { plain }) });
    if (path.length > deepestNesting) {
      problems.push(problem('HF-SITE-TOO-DEEP', offset, 'This is nested too deeply.', 'Take some levels away.'));
      return undefined;
    }
    if (isMap(node)) return convertMap(node, path);
    if (isSeq(node)) return convertSeq(node, path);
    // A password that begins with `*` is text here: it is refused as no name, without being shown.
    if (isAlias(node) && mayHoldPassword(path)) return `*${node.source}`;
    if (isAlias(node)) {
      problems.push(
        problem(
          'HF-SITE-ALIAS',
          offset,
          `\`*${node.source}\` is an alias; a site file has none, so that every value stands where it is used.`,
          'Write the value out.',
        ),
      );
      return undefined;
    }
    if (!isScalar(node)) return null;
    if (plain !== undefined) plainScalars.push({ path, source: plain, value: node.value });
    return node.value;
  }

  function convertMap(map: YAMLMap, path: Path): unknown {
    const entries = new Map<string, unknown>();
    for (const pair of map.items) {
      const key = pair.key;
      const value = pair.value;
      const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0;
      if (!isScalar(key) || typeof key.value !== 'string') {
        const shown = isScalar(key) && !mayHoldPassword(path) ? `\`${key.source ?? ''}\`` : 'What stands here';
        problems.push(
          problem('HF-SITE-KEY', offset, `${shown} is not a word and cannot be a key.`, 'Write a word as the key.'),
        );
        continue;
      }
      // The parser's own search for repeated keys takes the square of their number in time.
      if (entries.has(key.value)) {
        const shown = mayHoldPassword(path) ? 'This key' : `\`${key.value.slice(0, 60)}\``;
        problems.push(
          problem('HF-SITE-DUPLICATE-KEY', offset, `${shown} stands here for the second time.`, 'Keep one of the two.'),
        );
        continue;
      }
      entries.set(key.value, convert(isNode(value) ? value : null, [...path, key.value], offset));
    }
    // fromEntries defines own properties: a key `__proto__` stays a key.
    return Object.fromEntries(entries);
  }

  function convertSeq(seq: YAMLSeq, path: Path): unknown[] {
    return seq.items.map((item, index) => {
      const node = isNode(item) ? item : null;
      return convert(node, [...path, index], node?.range?.[0] ?? seq.range?.[0] ?? 0);
    });
  }

  const value = convert(document, [], 0);

  function nearestPlace(path: Path): Place | undefined {
    for (let length = path.length; length >= 0; length -= 1) {
      const place = places.get(pathKey(path.slice(0, length)));
      if (place !== undefined) return length === path.length ? place : { key: place.key, value: place.key };
    }
    return undefined;
  }

  return {
    file,
    value,
    locate: (path) => at(nearestPlace(path)?.value ?? 0),
    locateKey: (path) => at(nearestPlace(path)?.key ?? 0),
    plainSource: (path) => places.get(pathKey(path))?.plain,
    plainScalars,
    problems,
  };
}

function parseOrRefuse(
  text: string,
  lineCounter: LineCounter,
  problem: (code: Problem['code'], offset: number, message: string, remedy: string) => Problem,
): Node | null {
  const document = parseDocument(text, { lineCounter, version: '1.2', prettyErrors: false, uniqueKeys: false });
  const errors = [...document.errors, ...document.warnings];
  // The parser calls itself for each level; a text of a thousand brackets exhausts the stack, and it says so as an error.
  if (errors.some((error) => error.message.startsWith('Maximum call stack'))) {
    throw new HoldfastError(problem('HF-SITE-TOO-DEEP', 0, 'The file is nested too deeply.', 'Take some levels away.'));
  }
  // One slip makes the parser stumble over what follows: the first error is about it, the rest are noise.
  const [first] = errors.toSorted((one, other) => one.pos[0] - other.pos[0]);
  if (first === undefined) return document.contents;
  throw new HoldfastError(
    problem(
      'HF-SITE-YAML',
      first.pos[0],
      notYaml(text, first.pos[0], first.message),
      'Mend this line or the one above it: it is often wrong indentation or a missing quote.',
    ),
  );
}

/** With the line itself, unless a password may stand in it; the parser's own words quote the line, too. */
function notYaml(text: string, offset: number, message: string): string {
  const [line = '', above = ''] = text.slice(0, endOfLine(text, offset)).split('\n').reverse();
  if ([line, above, message].some(speaksOfPassword)) {
    return 'This is not YAML (its text is not shown: it may hold a password).';
  }
  const shown = line.trim().slice(0, longestExcerpt);
  return `This is not YAML: ${oneLine(message)}${shown === '' ? '' : ` The line is \`${shown}\`.`}`;
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end;
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

function oneLine(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return line.endsWith('.') ? line : `${line}.`;
}

function pathKey(path: Path): string {
  return JSON.stringify(path);
}
