import { formatDuration, type Problem } from '../core/index.ts';
import type { Site } from '../site/index.ts';
import { type Budget, type FaultBudget, termsInWords } from './budget.ts';

/**
 * One problem for each fault whose budget exceeds the RTO of the site, with the term that is best changed. A hang that nobody
 * notices is none: it is possible only where the file accepts the risk `no-probe`.
 */
export function checkObjectives(site: Site, budget: Budget): Problem[] {
  const rtoSeconds = site.objectives.rtoMs / 1000;
  return Object.entries(budget)
    .filter(([, { seconds }]) => seconds > rtoSeconds && Number.isFinite(seconds))
    .map(([fault, faultBudget]) => ({
      code: 'HF-BUDGET-EXCEEDED',
      message:
        `The site promises service again within ${formatDuration(site.objectives.rtoMs)}, but a ${fault} may take ` +
        `${faultBudget.seconds} s: ${termsInWords(faultBudget.terms).join(' + ')}.`,
      remedy: remedy(faultBudget, rtoSeconds),
      source: 'user',
    }));
}

function remedy({ seconds, terms }: FaultBudget, rtoSeconds: number): string {
  const promise = `objectives.rto to at least ${formatDuration(Math.ceil(seconds) * 1000)}`;
  const excess = Math.round((seconds - rtoSeconds) * 1000) / 1000;
  const [longest] = terms.filter(({ setting }) => setting !== undefined).toSorted((a, b) => b.seconds - a.seconds);
  if (longest?.setting === undefined) return `Raise ${promise}.`;
  const what = `${longest.setting}, now ${longest.seconds} s`;
  return longest.seconds > excess
    ? `Shorten ${what}, by ${excess} s or more, or raise ${promise}.`
    : `Raise ${promise}; shortening ${what}, alone is not enough.`;
}
