import { formatDuration, type Problem } from '../core/index.ts';
import type { Site } from '../site/index.ts';
import { budget } from './budget.ts';
import { checkFencingTimes } from './check-fencing-times.ts';
import { endlessFaults, promisedFaults, risksOf } from './faults.ts';
import { givesUpName } from './fencing-terms.ts';
import { type Improvement, improve } from './improve.ts';
import type { Change } from './knob.ts';
import { termsInWords } from './terms.ts';

/**
 * A problem for each device that is given up while it works, one where single faults have no end of their own that the file does not accept, and one where the budget of a single fault
 * exceeds the RTO of the site; each with the cheapest change that would meet it. A hang that nobody notices is none: it is possible
 * only where the file accepts the risk `no-probe`.
 */
export function checkObjectives(site: Site): Problem[] {
  return [...checkFencingTimes(site), ...checkEnds(site), ...checkSeconds(site)];
}

/** An outage without end is longer than any RTO. */
function checkEnds(site: Site): Problem[] {
  const endless = endlessFaults(site);
  if (endless.length === 0) return [];
  const faults = endless.map(([name, { endsWhen }]) => `a ${name} has no end of its own: ${endsWhen}`);
  const risks = [...new Set(endless.flatMap(([name]) => risksOf[name] ?? []))];
  const accept = `accept: [${risks.map((risk) => `{ risk: ${risk}, because: '…' }`).join(', ')}]`;
  const own = risks.includes('bmc-shares-power') ? 'Write `power: own` of a BMC that has a supply of its own. ' : '';
  return [
    {
      code: 'HF-BUDGET-ENDLESS',
      message: `The site promises service again within ${formatDuration(site.objectives.rtoMs)}, but ${faults.join('. And ')}.`,
      remedy: `${endInWords(site)}${own}Or accept it: ${accept}.`,
      source: 'user',
    },
  ];
}

/** What would end them, also where it takes longer than is promised. Empty: nothing that Holdfast would propose. */
function endInWords(site: Site): string {
  const keeping = improve(site);
  const { objectives } = site;
  const ending =
    keeping.kind === 'meets'
      ? keeping
      : improve({ ...site, objectives: { ...objectives, rtoMs: Number.MAX_SAFE_INTEGER } });
  if (ending.kind === 'none') return '';
  const what = `${upperFirst(inWords(ending.changes))}: the longest then takes ${ending.seconds} s`;
  return keeping.kind === 'meets'
    ? `${what}. `
    : `${what}, which needs an objectives.rto of at least ${atLeast(ending.seconds)}. `;
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
      remedy: `${remedyInWords(improve(withEndsAccepted(site)), seconds)}${ownPowerInWords(beyond)}`,
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
  const what = inWords(changes);
  if (kind === 'meets') {
    return `${upperFirst(what)}: the longest then takes ${least} s. Or raise objectives.rto to at least ${atLeast(seconds)}.`;
  }
  const raise = `Raise objectives.rto to at least ${atLeast(seconds)}`;
  return changes.length === 0
    ? `${raise}: nothing that Holdfast would propose makes the longest shorter.`
    : `${raise}. The least that this site can promise is ${atLeast(least)}: ${what}.`;
}

/** Whether a BMC shares the power of its machine is a fact of the wiring, and so nothing to propose. */
function ownPowerInWords(beyond: ReturnType<typeof promisedFaults>): string {
  const waits = beyond.some(([, { terms }]) => terms.some(({ name }) => name === givesUpName));
  return waits
    ? ' A BMC that has a supply of its own is not waited for after a power cut: write `power: own` of it.'
    : '';
}

function atLeast(seconds: number): string {
  return formatDuration(Math.ceil(seconds) * 1000);
}

function inWords(changes: readonly Change[]): string {
  const each = changes.map(({ words }) => words);
  return each.length < 2 ? each.join() : `${each.slice(0, -1).join(', ')} and ${each.at(-1)}`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
