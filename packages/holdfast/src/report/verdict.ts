import type { DrillReport, DrillResult } from '../drill/index.ts';
import { type FaultSummary, recoveryOf, total } from './summary.ts';
import { given, plural, seconds } from './words.ts';

export interface Verdict {
  readonly outcome: DrillResult['outcome'];
  /** The whole report in a sentence or two, for a reader who reads nothing else. */
  readonly sentence: string;
}

/** What the drills together say about the site. Nothing drilled means nothing known. */
export function verdictOf(report: DrillReport, summaries: readonly FaultSummary[]): Verdict {
  const { drills } = report;
  if (drills.length === 0) return { outcome: 'unknown', sentence: 'No drill was run, so nothing is known.' };
  const failed = drills.filter((drill) => drill.outcome === 'fail').length;
  const unknown = drills.filter((drill) => drill.outcome === 'unknown').length;
  const findings = [recovery(drills), loss(drills)].join('; ');
  const outcome = failed > 0 ? 'fail' : unknown > 0 ? 'unknown' : 'pass';
  const survived = survival(drills.length, failed, unknown);
  const sentence = outcome === 'pass' ? `${survived}; ${findings}` : `${survived}. ${capital(findings)}`;
  return { outcome, sentence: `${sentence}.${sameTime(summaries)}` };
}

function survival(all: number, failed: number, unknown: number): string {
  return [
    `The site survived ${all - failed - unknown} of ${plural(all, 'fault')}`,
    ...(failed > 0 ? [`${plural(failed, 'drill')} failed`] : []),
    ...(unknown > 0 ? [`for ${unknown} the outcome is not known`] : []),
  ].join('; ');
}

function recovery(drills: readonly DrillResult[]): string {
  const known = drills.map((drill) => drill.rtoSeconds).filter((each) => each !== null);
  const promises = [...new Set(drills.map((drill) => drill.objectiveSeconds))].sort((a, b) => a - b);
  const promise = `the promise is ${promises.map(given).join(' to ')}`;
  const never = drills.filter((drill) => recoveryOf(drill) === 'never').length;
  if (never > 0) return `after ${plural(never, 'fault')} it did not come back while it was watched; ${promise}`;
  if (known.length === 0) return `no recovery could be measured; ${promise}`;
  return `the longest recovery took ${seconds(Math.max(...known))}, ${promise}`;
}

function loss(drills: readonly DrillResult[]): string {
  const lost = total(drills.map((drill) => drill.lost));
  const duplicated = total(drills.map((drill) => drill.duplicated));
  const uncounted = Math.max(lost.drillsUnknown, duplicated.drillsUnknown);
  const findings = [
    ...(lost.counted > 0
      ? [`${plural(lost.counted, 'acknowledged payment was', 'acknowledged payments were')} lost`]
      : []),
    ...(duplicated.counted > 0 ? [`${plural(duplicated.counted, 'payment was', 'payments were')} recorded twice`] : []),
    ...(uncounted > 0 ? [`in ${plural(uncounted, 'drill')} the payments could not be counted`] : []),
  ];
  return findings.length === 0
    ? 'no acknowledged payment was lost and none was recorded twice'
    : findings.join(', and ');
}

function sameTime(summaries: readonly FaultSummary[]): string {
  if (summaries.some((each) => each.twoActive === 'yes')) return ' Two machines were active at the same time.';
  if (summaries.some((each) => each.twoActive === 'unknown')) {
    return ' Whether two machines were ever active at the same time is not known for every drill.';
  }
  return '';
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
