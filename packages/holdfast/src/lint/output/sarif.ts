import type { Problem } from '../../core/index.ts';
import { compiledFolder } from '../compiled-files.ts';
import type { Finding, Place, Rule } from '../finding.ts';
import { allRules } from '../rules/index.ts';
import { placeInWords } from './terminal.ts';

export interface SarifInput {
  readonly findings: readonly Finding[];
  /** Why nothing could be judged; empty where it was. */
  readonly problems?: readonly Problem[];
  /** Of Holdfast. */
  readonly version: string;
  /** It stands for what is compiled from it, which is no file. */
  readonly siteFile?: string;
}

/**
 * The findings as a SARIF 2.1.0 log with every rule, for code-scanning tools. Where nothing could be judged the log says so, and
 * why: an upload of no log at all would fail for another reason.
 * Format: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
 */
export function sarifLog({ findings, problems = [], version, siteFile }: SarifInput): unknown {
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'holdfast lint', version, rules: allRules.map(ruleDescriptor) } },
        // Columns are counted in UTF-16 code units, as JavaScript counts.
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: problems.length === 0,
            ...(problems.length === 0 ? {} : { toolExecutionNotifications: problems.map(notification) }),
          },
        ],
        results: findings.map((finding) => result(finding, siteFile)),
      },
    ],
  };
}

// Without helpUri, which must be absolute (3.49.12): the help stands in the log itself, as for tools without a page (3.49.13).
function ruleDescriptor({ code, title, severity, danger, remedy, source }: Rule) {
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: danger },
    help: { text: `${remedy} Source: ${source}.`, markdown: `${remedy}\n\nSource: ${source}.` },
    defaultConfiguration: { level: severity },
  };
}

function notification({ code, message, remedy, at }: Problem) {
  return {
    descriptor: { id: code },
    level: 'error',
    message: { text: `${message} ${remedy}` },
    ...(at === undefined ? {} : { locations: [location(at)] }),
  };
}

function result({ rule, severity, where, why, remedy }: Finding, siteFile: string | undefined) {
  return {
    ruleId: rule,
    ruleIndex: allRules.findIndex(({ code }) => code === rule),
    level: severity,
    message: { text: `${why} ${remedy}` },
    locations: [
      where.file.startsWith(compiledFolder) && siteFile !== undefined ? origin(siteFile, where) : location(where),
    ],
  };
}

function location({ file, line, column, xmlPath }: Place) {
  const region =
    line === undefined ? {} : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } };
  return {
    physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...region },
    ...(xmlPath === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: xmlPath, kind: 'element' }] }),
  };
}

/** The file that a person can mend, and where in what becomes of it the finding is. */
function origin(siteFile: string, compiled: Place) {
  return {
    physicalLocation: { artifactLocation: { uri: uriOf(siteFile) }, region: { startLine: 1 } },
    logicalLocations: [
      {
        fullyQualifiedName: compiled.xmlPath ?? placeInWords(compiled),
        kind: compiled.xmlPath === undefined ? 'resource' : 'element',
      },
    ],
    message: { text: `What becomes of it: ${placeInWords(compiled)}.` },
  };
}

/** A relative path stays one; `alpha:/etc/…` of a machine becomes a URI with the machine as its host. */
function uriOf(file: string): string {
  const [, machine, path] = /^([^/:]+):(\/?.*)$/.exec(file) ?? [];
  if (machine !== undefined && path !== undefined)
    return `ssh://${encodeURIComponent(machine)}/${encodePath(path.replace(/^\//, ''))}`;
  return file.startsWith('/') ? `file://${encodePath(file)}` : encodePath(file);
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
