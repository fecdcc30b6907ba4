import type { DrillReport, DrillResult } from '../drill/index.ts';
import { type Markup, markup } from './markup.ts';
import { phasesLine } from './phases.ts';
import { type FaultSummary, summarise } from './summary.ts';
import { given } from './words.ts';

/**
 * JUnit XML as continuous integration servers read it (github.com/testmoapp/junitxml): a suite for each fault, a case for
 * each drill. `fail` is a failure; `unknown` is skipped, with the reason.
 */
export function renderDrillJunit(report: DrillReport): string {
  const suites = summarise(report);
  const all = report.drills;
  const document = markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${`holdfast drill ${report.site}`}" tests="${all.length + report.leftOut.length}" failures="${count(all, 'fail')}" errors="0" skipped="${count(all, 'unknown') + report.leftOut.length}" time="${time(all)}">
${suites.map((suite) => suiteOf(report, suite))}
${leftOutSuite(report)}</testsuites>
`;
  return document.markup;
}

function suiteOf(report: DrillReport, { fault, drills, failed, unknown }: FaultSummary): Markup {
  const properties = [
    ['machines', report.environment.machines],
    ['cpus', report.environment.cpus],
    ['tokenMs', report.environment.tokenMs],
  ] as const;
  return markup`  <testsuite name="${fault}" tests="${drills.length}" failures="${failed}" errors="0" skipped="${unknown}" time="${time(drills)}" timestamp="${drills[0]?.startedAt.slice(0, 19) ?? ''}">
    <properties>
${properties.map(([name, value]) => markup`      <property name="${name}" value="${value}"/>`)}
    </properties>
${drills.map((drill, index) => caseOf(report, drill, index + 1))}
  </testsuite>`;
}

/** What could not be done here is told as skipped, so that nobody takes its absence for a pass. */
function leftOutSuite({ site, leftOut }: DrillReport): Markup[] {
  if (leftOut.length === 0) return [];
  const cases = leftOut.map(
    ({ fault, because }) =>
      markup`    <testcase classname="${`holdfast.${site}.${fault}`}" name="${fault}" time="0">
      <skipped message="${because}"/>
    </testcase>\n`,
  );
  return [
    markup`  <testsuite name="left out" tests="${leftOut.length}" failures="0" errors="0" skipped="${leftOut.length}" time="0">
${cases}  </testsuite>\n`,
  ];
}

function caseOf(report: DrillReport, drill: DrillResult, run: number): Markup {
  return markup`    <testcase classname="${`holdfast.${report.site}.${drill.fault}`}" name="${`${drill.fault} on ${drill.node}, run ${run}`}" time="${time([drill])}">
${outcomeOf(drill)}      <system-out>${[phasesLine(drill), limitsLine(drill), countsLine(drill), ...drill.notes].join('\n')}</system-out>
    </testcase>`;
}

function outcomeOf(drill: DrillResult): Markup {
  const reasons = drill.reasons.join('\n');
  const first = drill.reasons[0] ?? 'no reason was given';
  if (drill.outcome === 'fail') {
    return markup`      <failure type="drill" message="${first}">${reasons}</failure>\n`;
  }
  return drill.outcome === 'unknown' ? markup`      <skipped message="${`unknown: ${first}`}"/>\n` : markup``;
}

/** What was computed and promised, beside what was measured. */
function limitsLine({ budgetSeconds, objectiveSeconds }: DrillResult): string {
  return `${budgetSeconds === null ? 'nothing computed' : `computed ${given(budgetSeconds)}`}, promised ${given(objectiveSeconds)}`;
}

function countsLine(drill: DrillResult): string {
  const say = (value: number | null) => (value === null ? 'unknown' : String(value));
  const twoActive = drill.twoActive === null ? 'unknown' : drill.twoActive ? 'yes' : 'no';
  return [
    `attempted ${drill.attempted}`,
    `acknowledged ${drill.acknowledged}`,
    `lost ${say(drill.lost)}`,
    `duplicated ${say(drill.duplicated)}`,
    `recovered ${say(drill.recovered)}`,
    `unexpected ${say(drill.unexpected)}`,
    `two active ${twoActive}`,
  ].join(', ');
}

function count(drills: readonly DrillResult[], outcome: DrillResult['outcome']): number {
  return drills.filter((drill) => drill.outcome === outcome).length;
}

/** Seconds of recovery; a drill without one counts nothing. */
function time(drills: readonly DrillResult[]): string {
  return drills.reduce((sum, drill) => sum + (drill.rtoSeconds ?? 0), 0).toFixed(3);
}
