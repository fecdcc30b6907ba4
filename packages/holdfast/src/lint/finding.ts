import type { SourceLocation } from '../core/index.ts';
import type { AcceptedRisk } from '../site/index.ts';
import type { Evidence } from './inputs/evidence.ts';

/**
 * `error`: data can be lost, two can be active, or the site can stand still. `warning`: a fault takes longer, or needs a person,
 * than it should. `note`: true of many sound sites, and worth a look.
 */
export type Severity = 'error' | 'warning' | 'note';

export const severities: readonly Severity[] = ['error', 'warning', 'note'];

export type RuleCode = `HF-LINT-${string}`;

/** One dangerous thing in one configuration. */
export interface Finding {
  readonly rule: RuleCode;
  readonly severity: Severity;
  readonly where: Place;
  /** One sentence with the names and values of this configuration. */
  readonly why: string;
  /** What the reader can do; one sentence in the imperative. */
  readonly remedy: string;
}

/** Line and column count from 1, and stand where they are known. */
export interface Place {
  /** As the user named it; `alpha:/etc/corosync/corosync.conf` for one that was read from a machine. */
  readonly file: string;
  readonly line?: SourceLocation['line'];
  readonly column?: SourceLocation['column'];
  /** Such as `/cib/configuration/resources/primitive[@id="state"]`. */
  readonly xmlPath?: string;
}

/** A danger and how it is found. Rules are data: docs/lint.md and SARIF's list of rules are made from them. */
export interface Rule {
  readonly code: RuleCode;
  /** What is wrong, in a few words. */
  readonly title: string;
  /** The worst that a finding of it can be. */
  readonly severity: Severity;
  /** What happens, in a sentence or two. */
  readonly danger: string;
  /** For every finding that has no remedy of its own. */
  readonly remedy: string;
  /** Where this is known from: a manual page, a file of the upstream project, or a measurement of ours. */
  readonly source: string;
  /** A site file that accepts this risk in words makes a note of each finding. */
  readonly acceptedBy?: AcceptedRisk['risk'];
  /** Pure. What the evidence does not hold is not judged. */
  find(evidence: Evidence): Iterable<Found>;
}

/** What a rule says of one place; the rest follows from the rule. */
export interface Found {
  readonly where: Place;
  readonly why: string;
  readonly remedy?: string;
  /** Where this one is less bad than the rule can be. */
  readonly severity?: Severity;
}
