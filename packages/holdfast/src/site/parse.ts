import { dirname, resolve } from 'node:path';
import { HoldfastError, type Problem } from '../core/index.ts';
import { checkMeaning, type ReadReferencedFile } from './checks/index.ts';
import { createDraft } from './draft.ts';
import { type Finding, toProblem } from './finding.ts';
import { checkShape } from './shape.ts';
import type { Site } from './site.ts';
import { toSite } from './to-site.ts';
import { valueAt } from './value-at.ts';
import { parseYaml, type YamlFile } from './yaml.ts';

export interface ParseSiteOptions {
  /** The path of the site file: for the places in messages, and what paths inside it are relative to. */
  readonly file: string;
  /** Reads a text file that the site file names, by its absolute path; throws where it cannot. */
  readonly readFile: ReadReferencedFile;
}

/**
 * The text of a site file as a Site with every default filled in. Throws a HoldfastError with every mistake in the file, each
 * with its place, in the order of the file; never anything else, whatever the text.
 */
export function parseSite(text: string, { file, readFile }: ParseSiteOptions): Site {
  const yaml = parseYaml(text, file);
  if (yaml.value === null) throw notASite(yaml, 'The file is empty.');
  if (typeof yaml.value !== 'object' || Array.isArray(yaml.value)) {
    throw notASite(yaml, 'The file is not a list of `key: value`.');
  }
  const otherVersion = checkVersion(yaml);
  if (otherVersion !== undefined) throw new HoldfastError(toProblem(otherVersion, yaml));
  const directory = dirname(file);
  const readBesideSite: ReadReferencedFile = (path) => readFile(resolve(directory, path));
  const shape = checkShape(yaml);
  const meaning = checkMeaning(yaml, createDraft(yaml.value, shape.misspelt), readBesideSite);
  const findings = [...shape.findings, ...notYetTold(meaning, shape.findings)];
  const problems = inOrder([...yaml.problems, ...findings.map((finding) => toProblem(finding, yaml))]);
  const [first, ...rest] = problems;
  if (first !== undefined) throw new HoldfastError([first, ...rest]);
  if (shape.siteFile === undefined) throw new Error('a site file was refused without a reason');
  return toSite(shape.siteFile, directory, readBesideSite);
}

/** Of a newer format nothing else can be judged. */
function checkVersion(yaml: YamlFile): Finding | undefined {
  const version = valueAt(yaml.value, ['version']);
  if (typeof version !== 'number' || !Number.isInteger(version) || version <= 1) return undefined;
  return {
    code: 'HF-SITE-VERSION',
    path: ['version'],
    message: `This file is of version ${version}; this Holdfast reads version 1.`,
    remedy: 'Use a newer Holdfast, or write the file for version 1.',
  };
}

function notASite(yaml: YamlFile, message: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-SITE-EMPTY',
    message,
    remedy: 'Begin with `version: 1`, `name: …`; docs/site-file.md has a whole example.',
    source: 'user',
    at: yaml.locate([]),
  });
}

/** What has the wrong shape is told once: the checks of meaning stumble over it as well. */
function notYetTold(meaning: readonly Finding[], shape: readonly Finding[]): Finding[] {
  const told = new Set(shape.map((finding) => JSON.stringify(finding.path)));
  return meaning.filter((finding) => !told.has(JSON.stringify(finding.path)));
}

function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (one, other) => (one.at?.line ?? 0) - (other.at?.line ?? 0) || (one.at?.column ?? 0) - (other.at?.column ?? 0),
  );
}
