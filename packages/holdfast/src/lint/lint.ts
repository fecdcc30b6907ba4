import { type Finding, type Found, type Rule, severities } from './finding.ts';
import type { Evidence, SiteFile } from './inputs/evidence.ts';
import type { HostReport } from './inputs/host-report.ts';
import { type InputFile, readInputs, splitByCib } from './inputs/read-inputs.ts';
import { allRules } from './rules/index.ts';

export interface LintInput {
  /** CIBs, corosync.conf, DRBD files and sbd settings, which are judged together; each CIB by itself. */
  readonly files: readonly InputFile[];
  /** What running machines said. */
  readonly hosts?: readonly HostReport[];
  /** Its accepted risks make notes of what they accept. */
  readonly site?: SiteFile;
}

/**
 * Every danger that the rules see, the worst first, then by file and line. Pure. Throws a HoldfastError with every file that
 * cannot be read.
 */
export function lint({ files, hosts = [], site }: LintInput): readonly Finding[] {
  const findings = splitByCib(files).flatMap((together) => {
    const evidence: Evidence = { ...readInputs(together), hosts, ...(site === undefined ? {} : { site }) };
    return allRules.flatMap((rule) => [...rule.find(evidence)].map((found) => findingOf(rule, found, site)));
  });
  // Files that are judged beside several CIBs are found again with each.
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()].toSorted(byImportance);
}

function findingOf(rule: Rule, found: Found, site: SiteFile | undefined): Finding {
  const accepted = site?.site.acceptedRisks.find(({ risk }) => risk === rule.acceptedBy);
  return {
    rule: rule.code,
    severity: accepted === undefined ? (found.severity ?? rule.severity) : 'note',
    where: found.where,
    why: accepted === undefined ? found.why : `${found.why} The site file accepts it: ${accepted.because}.`,
    remedy: found.remedy ?? rule.remedy,
  };
}

function byImportance(one: Finding, other: Finding): number {
  return (
    severities.indexOf(one.severity) - severities.indexOf(other.severity) ||
    compare(one.where.file, other.where.file) ||
    (one.where.line ?? 0) - (other.where.line ?? 0) ||
    compare(one.rule, other.rule)
  );
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
