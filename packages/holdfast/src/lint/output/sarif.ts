import type { Finding, Place, Rule } from '../finding.ts';
import { allRules } from '../rules/index.ts';

/**
 * The findings as a SARIF 2.1.0 log with every rule, for code-scanning tools.
 * Format: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
 */
export function sarifLog(findings: readonly Finding[]): unknown {
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'holdfast lint', rules: allRules.map(ruleDescriptor) } },
        // Columns are counted in UTF-16 code units, as JavaScript counts.
        columnKind: 'utf16CodeUnits',
        results: findings.map(result),
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

function result({ rule, severity, where, why, remedy }: Finding) {
  return {
    ruleId: rule,
    ruleIndex: allRules.findIndex(({ code }) => code === rule),
    level: severity,
    message: { text: `${why} ${remedy}` },
    locations: [location(where)],
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
