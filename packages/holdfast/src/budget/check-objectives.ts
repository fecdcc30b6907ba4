import { formatDuration, type Problem } from '../core/index.ts';
import type { Site } from '../site/index.ts';
import { budget } from './budget.ts';
import { endlessFaults, promisedFaults, risksOf } from './faults.ts';
import { type Change, type Improvement, improve } from './improve.ts';
import { termsInWords } from './terms.ts';

/**
 * A problem where single faults have no end of their own that the file does not accept, and one where the budget of a single fault
 * exceeds the RTO of the site; each with the cheapest change that would meet it. A hang that nobody notices is none: it is possible
 * only where the file accepts the risk `no-probe`.
 */
export function checkObjectives(site: Site): Problem[] {
  return [...checkEnds(site), ...checkSeconds(site)];
}

/** An outage without end is longer than any RTO. */
function checkEnds(site: Site): Problem[] {
  const endless = endlessFaults(site);
  if (endless.length === 0) return [];
  const faults = endless.map(([name, { endsWhen }]) => `a ${name} has no end of its own: ${endsWhen}`);
  const risks = [...new Set(endless.flatMap(([name]) => risksOf[name] ?? []))];
  const accept = `accept: [${risks.map((risk) => `{ risk: ${risk}, because: '…' }`).join(', ')}]`;
  const improvement = improve(site);
  const known =
    improvement.kind === 'meets'
      ? `${upperFirst(inWords(improvement.changes))}: the longest then takes ${improvement.seconds} s. `
      : '';
  const own = risks.includes('bmc-shares-power') ? 'Write `power: own` of a BMC that has a supply of its own. ' : '';
  return [
    {
      code: 'HF-BUDGET-ENDLESS',
      message: `The site promises service again within ${formatDuration(site.objectives.rtoMs)}, but ${faults.join('. And ')}.`,
      remedy: `${known}${own}Or accept it: ${accept}.`,
      source: 'user',
    },
  ];
}

function checkSeconds(site: Site): Problem[] {
  const rtoSeconds = site.objectives.rtoMs / 1000;
  const beyond = promisedFaults(budget(site)).filter(([, { seconds }]) => seconds > rtoSeconds);
  const [worst, ...others] = beyond;
  if (worst === undefined) return [];
  const [fault, { seconds, terms }] = worst;
  const also = others.map(([name, each]) => `${name} ${each.seconds} s`);
  return [
    {
      code: 'HF-BUDGET-EXCEEDED',
      message:
        `The site promises service again within ${formatDuration(site.objectives.rtoMs)}, but a ${fault} may take ` +
        `${seconds} s: ${termsInWords(terms).join(' + ')}.${also.length === 0 ? '' : ` Too long also: ${also.join(', ')}.`}`,
      // What has no end is another problem, and no shorter time mends it.
      remedy: remedyInWords(improve(withEndsAccepted(site)), seconds),
      source: 'user',
    },
  ];
}

function withEndsAccepted(site: Site): Site {
  const accepted = endlessFaults(site).flatMap(([name]) => risksOf[name] ?? []);
  const risks = accepted.map((risk) => ({ risk, because: 'told by itself' }));
  return { ...site, acceptedRisks: [...site.acceptedRisks, ...risks] };
}

function remedyInWords({ kind, changes, seconds: least }: Improvement, seconds: number): string {
  const atLeast = (bound: number) => formatDuration(Math.ceil(bound) * 1000);
  const what = inWords(changes);
  if (kind === 'meets') {
    return `${upperFirst(what)}: the longest then takes ${least} s. Or raise objectives.rto to at least ${atLeast(seconds)}.`;
  }
  const raise = `Raise objectives.rto to at least ${atLeast(seconds)}`;
  return changes.length === 0
    ? `${raise}: no setting of the file makes the longest shorter.`
    : `${raise}. The least that this site can promise is ${atLeast(least)}: ${what}.`;
}

function inWords(changes: readonly Change[]): string {
  const each = changes.map(({ words }) => words);
  return each.length < 2 ? each.join() : `${each.slice(0, -1).join(', ')} and ${each.at(-1)}`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
