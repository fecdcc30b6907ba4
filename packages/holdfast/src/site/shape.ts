import type { z } from 'zod';
import { HoldfastError, nearest, parseDuration, whichUnit } from '../core/index.ts';
import { type Expectation, type ExpectationName, expectationNamed } from './expectations.ts';
import { type Finding, showPath } from './finding.ts';
import { type SiteFile, siteFileSchema } from './schema.ts';
import { exampleAround, exampleLine, keysAt, kindWithKey, wordsAt } from './schema-keys.ts';
import { mayHoldPassword, notASecretName } from './secrecy.ts';
import { valueAt } from './value-at.ts';
import type { Path, YamlFile } from './yaml.ts';

export interface ShapeResult {
  /** Absent when there are findings. */
  readonly siteFile?: SiteFile;
  readonly findings: readonly Finding[];
  /** The paths of the keys that misspelt ones stand for. */
  readonly misspelt: readonly Path[];
}

interface ShapeFinding extends Finding {
  /** The path of the key that is probably meant. */
  readonly standsFor?: Path;
}

type Issue = z.core.$ZodIssue;

/** Holds the file against the schema and says of each value that does not fit what it is and what it must be. */
export function checkShape(yaml: YamlFile): ShapeResult {
  const result = siteFileSchema.safeParse(yaml.value);
  if (result.success) return { siteFile: result.data, findings: [], misspelt: [] };
  const findings = result.error.issues.flatMap((issue) => explain(issue, [], yaml));
  const misspelt = findings.flatMap(({ standsFor }) => (standsFor === undefined ? [] : [standsFor]));
  const told = new Set(misspelt.map((path) => JSON.stringify(path)));
  return {
    // A misspelt key and the missing one that it stands for are one mistake.
    findings: findings.filter(({ code, path }) => code !== 'HF-SITE-MISSING-KEY' || !told.has(JSON.stringify(path))),
    misspelt,
  };
}

function explain(issue: Issue, above: Path, yaml: YamlFile): ShapeFinding[] {
  const path = [...above, ...issue.path.filter(isStep)];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, yaml));
  if (issue.code === 'invalid_union') {
    const inner = likelyBranch(issue);
    if (inner !== undefined) return inner.flatMap((each) => explain(each, path, yaml));
  }
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
    return issue.issues.flatMap((each) => explain(each, path, yaml));
  }
  return [wrongValue(path, expectationOf(issue, path), yaml)];
}

/** Of an alternative, the branch whose outermost kind fits: its own complaints are the useful ones. */
function likelyBranch(issue: Extract<Issue, { code: 'invalid_union' }>): readonly Issue[] | undefined {
  return issue.errors.find((branch) => branch.length > 0 && branch.every((each) => !isAboutTheWhole(each)));
}

function isAboutTheWhole(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code !== 'unrecognized_keys';
}

function expectationOf(issue: Issue, path: Path): Expectation {
  // zod tells of a discriminator that fits no branch with the message of the whole union.
  const discriminator =
    issue.code === 'invalid_union' ? discriminators[`${nounAt(path.slice(0, -1))}.${path.at(-1)}`] : undefined;
  return expectationNamed(discriminator ?? issue.message) ?? { words: 'something else', example: '…' };
}

const discriminators: Readonly<Record<string, ExpectationName>> = {
  'witness.kind': 'witness-kind',
  'fencing.type': 'fencing-type',
  'state.type': 'state-type',
};

/** The key that a section stands under, without the places in lists. */
function nounAt(path: Path): string {
  return String(path.findLast((step) => typeof step === 'string') ?? '');
}

function unknownKey(path: Path, key: string, yaml: YamlFile): ShapeFinding {
  const unknown = { code: 'HF-SITE-UNKNOWN-KEY', path: [...path, key], onKey: true } as const;
  const otherKind = kindWithKey(yaml.value, path, key);
  if (otherKind !== undefined) {
    return {
      ...unknown,
      message: `\`${key}\` belongs to a ${nounAt(path)} of ${otherKind.key} ${otherKind.value}.`,
      remedy: `Take it out, or write \`${otherKind.key}: ${otherKind.value}\`.`,
    };
  }
  const known = keysAt(yaml.value, path);
  const absent = known.filter((each) => valueAt(yaml.value, [...path, each]) === undefined);
  const meant = nearest(key, absent);
  const where = path.length === 0 ? 'a site file' : `\`${showPath(path)}\``;
  // `password: text` with a slip in it becomes a key that holds the text.
  const shown = mayHoldPassword([key]) && !/^[\w-]+$/.test(key) ? 'This' : `\`${key.slice(0, 60)}\``;
  const message = `${shown} is no key of ${where}.`;
  return meant === undefined
    ? { ...unknown, message, remedy: `Take it out. The keys here are ${known.join(', ')}.` }
    : { ...unknown, message, remedy: `Did you mean \`${meant}\`?`, standsFor: [...path, meant] };
}

function wrongValue(path: Path, expected: Expectation, yaml: YamlFile): Finding {
  const value = valueAt(yaml.value, path);
  const shown = `\`${showPath(path) || 'The file'}\``;
  if (value === undefined) {
    return {
      code: 'HF-SITE-MISSING-KEY',
      path,
      onKey: true,
      message: `${shown} is missing.`,
      remedy: howToAdd(path, expected, yaml),
    };
  }
  const plain = yaml.plainSource(path);
  if (mayHoldPassword(path) && (value !== null || (plain ?? '') !== '')) return notASecretName(path, yaml.file);
  if (isDuration(expected)) {
    const finding = wrongDuration(path, value, plain);
    if (finding !== undefined) return finding;
  }
  if (plain !== undefined && plain !== '' && typeof value !== 'string' && wantsText(expected)) {
    return unquoted(path, plain, value);
  }
  return {
    code: expected.code ?? 'HF-SITE-VALUE',
    path,
    message: `${shown} is ${describe(value, plain, wantsText(expected))}; it must be ${expected.words}.`,
    remedy: whatToWrite(path, value, expected, yaml),
  };
}

/** Of a few words, the nearest one or all of them: an example among them would steer. */
function whatToWrite(path: Path, value: unknown, expected: Expectation, yaml: YamlFile): string {
  const words = typeof value === 'string' ? wordsAt(yaml.value, path) : [];
  const meant = typeof value === 'string' ? nearest(value, words) : undefined;
  if (meant !== undefined) return `Did you mean \`${meant}\`?`;
  if (expected.remedy !== undefined) return expected.remedy;
  if (words.length > 0) return `Write ${expected.words}.`;
  const isWhole = expected === expectationNamed('list') || expected === expectationNamed('section');
  const around = isWhole && typeof value === 'string' ? exampleAround(yaml.value, path, value) : undefined;
  return `Write, for example, ${around ?? expected.example}.`;
}

function howToAdd(path: Path, expected: Expectation, yaml: YamlFile): string {
  const line = exampleLine(yaml.value, path);
  if (line === undefined) return `Add it: ${expected.words}, such as ${expected.example}.`;
  const { key, entry, value } = line;
  if (entry !== undefined) return `Add \`${key}:\` with entries such as \`- ${entry}\`.`;
  const saysAll = ['list', 'section', 'version'].some((name) => expected === expectationNamed(name));
  const words = saysAll || expected.words.startsWith('`') ? '' : `: ${expected.words}`;
  return `Add \`${key}: ${value}\`${words}.`;
}

function wrongDuration(path: Path, value: unknown, plain: string | undefined): Finding | undefined {
  if (typeof value === 'number') {
    return {
      code: 'HF-DURATION-NO-UNIT',
      path,
      message: `\`${showPath(path)}\` is the number ${plain ?? value}, without a unit.`,
      remedy: whichUnit(String(value), likeliestUnit(path)),
    };
  }
  if (typeof value !== 'string') return undefined;
  const problem = durationProblem(value);
  if (problem === undefined) return undefined;
  const remedy = problem.code === 'HF-DURATION-NO-UNIT' ? whichUnit(value, likeliestUnit(path)) : problem.remedy;
  return { ...problem, path, message: `\`${showPath(path)}\`: ${problem.message}`, remedy };
}

/** Corosync counts its times in milliseconds: a bare number was probably copied from a corosync.conf. */
function likeliestUnit(path: Path): 's' | 'ms' {
  return path.at(-1) === 'token' || path.at(-1) === 'consensus' ? 'ms' : 's';
}

function durationProblem(text: string): Omit<Finding, 'path'> | undefined {
  try {
    parseDuration(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const { code, message, remedy } = error.problems[0];
    return { code, message, remedy };
  }
}

/** YAML made something else than text of letters that were not quoted: `010` is the number 10. */
function unquoted(path: Path, plain: string, value: unknown): Finding {
  return {
    code: 'HF-SITE-UNQUOTED',
    path,
    message: `\`${showPath(path)}\` must be text, but YAML makes ${kindOf(value)} of \`${clip(plain)}\`.`,
    remedy: `Write it in quotes: '${clip(plain)}'.`,
  };
}

function isStep(step: PropertyKey): step is string | number {
  return typeof step !== 'symbol';
}

function isDuration(expected: Expectation): boolean {
  return expected === expectationNamed('duration');
}

function wantsText(expected: Expectation): boolean {
  const others = ['list', 'section', 'flag', 'port', 'count', 'version', 'timing'];
  return others.every((name) => expected !== expectationNamed(name));
}

function describe(value: unknown, plain: string | undefined, isText: boolean): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a section';
  if (typeof value === 'string') return value === '' ? 'empty text' : `${isText ? '' : 'the text '}\`${clip(value)}\``;
  if (plain !== undefined && plain !== String(value)) return `\`${clip(plain)}\`, of which YAML makes ${kindOf(value)}`;
  return `\`${String(value)}\``;
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing at all';
  if (typeof value === 'boolean') return `the truth value ${value}`;
  return `the number ${String(value)}`;
}

function clip(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
