import { hanging, type Paint, renderTable, type TimeTerm } from '../core/index.ts';
import type { Site } from '../site/index.ts';
import type { Budget, FaultBudget } from './budget.ts';
import { entriesOf, groupsOf, promisedFaults } from './faults.ts';
import { termsInWords } from './terms.ts';

/** Whether the promise holds, and a line for each fault: the seconds, of those that are promised. */
export function budgetInBrief(
  { name, objectives }: Pick<Site, 'name' | 'objectives'>,
  budget: Budget,
  paint: Paint,
  columns: number,
): readonly string[] {
  const objectiveSeconds = objectives.rtoMs / 1000;
  const entries = entriesOf(budget);
  const wide = Math.max(...entries.map(([fault]) => fault.length));
  return [
    ...verdict(name, budget, objectiveSeconds, paint).flatMap((line) => hanging('', 0, line, columns)),
    '',
    ...entries.map(([fault, each]) => `  ${fault.padEnd(wide)}  ${secondsOf(each, objectiveSeconds, paint)}`),
  ];
}

function verdict(site: string, budget: Budget, objectiveSeconds: number, paint: Paint): readonly string[] {
  const ending = promisedFaults(budget);
  const beyond = ending.filter(([, { seconds }]) => seconds > objectiveSeconds);
  const endless = entriesOf(budget).flatMap(([fault, { promised, endsWhen }]) =>
    promised && endsWhen !== undefined ? [fault] : [],
  );
  const [longest] = ending;
  const takes =
    longest === undefined
      ? ''
      : `; the longest single fault that ends by itself takes ${longest[1].seconds} s: ${longest[0]}`;
  return [
    `${site} promises ${objectiveSeconds} s${takes}.`,
    ...(beyond.length === 0
      ? []
      : [paint('red', `The promise does not hold for ${beyond.map(([fault]) => fault).join(', ')}: too long.`)]),
    ...(endless.length === 0
      ? []
      : [paint('red', `The promise does not hold for ${endless.join(', ')}: no end of its own.`)]),
  ];
}

function secondsOf(each: FaultBudget, objectiveSeconds: number, paint: Paint): string {
  if (each.endsWhen !== undefined) return endlessWord(each, paint);
  const seconds = `${tenths(each.seconds).padStart(5)} s`;
  if (!each.promised) return `${seconds}, not promised`;
  const isBeyond = each.seconds > objectiveSeconds;
  return `${isBeyond ? paint('red', seconds) : seconds} of ${objectiveSeconds} s${isBeyond ? ': too long' : ''}`;
}

/** Rounded up, as it is a bound; the sums have milliseconds at most. */
function tenths(seconds: number): string {
  return (Math.ceil(Math.round(seconds * 1000) / 100) / 10).toFixed(1);
}

/** A line or two for each fault: the sum and what it is made of. Faults that pass in the same way share one. */
export function budgetInLines(
  budget: Budget,
  objectiveSeconds: number,
  paint: Paint,
  columns: number,
): readonly string[] {
  const groups = groupsOf(budget);
  const wide = Math.max(...groups.map(({ names: [first] }) => first.length));
  return groups.flatMap(({ names: [name, ...others], budget: each }) => {
    const label = `  ${name.padEnd(wide)}  `;
    const indent = ' '.repeat(label.length);
    const also = others.length === 0 ? [] : [paint('dim', `${indent}the same: ${others.join(', ')}`)];
    if (each.endsWhen !== undefined) {
      return [...hanging(`${label}${endlessWord(each, paint)}: `, label.length, each.endsWhen, columns), ...also];
    }
    const total = `${tenths(each.seconds).padStart(4)} s`;
    const [first = '', ...rest] = brokenSum(termsInWords(each.terms), columns - label.length - total.length - 3);
    return [
      `${label}${each.promised && each.seconds > objectiveSeconds ? paint('red', total) : total} = ${first}`,
      ...rest.map((line) => `${indent}${' '.repeat(total.length + 1)}${line}`),
      ...(each.countsFrom === undefined ? [] : [paint('dim', `${indent}counted from ${each.countsFrom}`)]),
      ...also,
    ];
  });
}

/** A table for each fault, term by term, with who decides each and why, and below all of them where that is written. */
export function budgetInTables(
  budget: Partial<Budget>,
  objectiveSeconds: number,
  paint: Paint,
  columns: number,
): readonly string[] {
  const groups = groupsOf(budget);
  const sources = [...new Set(groups.flatMap((group) => group.budget.terms.map(({ source }) => source)))];
  return [
    ...groups.flatMap(({ names, budget: each }) => [
      ...hanging(`${paint('bold', names.join(', '))}: `, 2, outageInWords(each, objectiveSeconds, paint), columns),
      ...(each.terms.length === 0 ? [] : termTable(each.terms, sources, paint, columns)),
      '',
    ]),
    paint('bold', 'sources'),
    ...sources.flatMap((source, index) => hanging(`${String(index + 1).padStart(4)}  `, 6, source, columns)),
  ];
}

function outageInWords(
  { seconds, promised, endsWhen, countsFrom }: FaultBudget,
  objectiveSeconds: number,
  paint: Paint,
) {
  if (endsWhen !== undefined) return `${endlessWord({ promised }, paint)}: ${endsWhen}`;
  const sum = `${seconds} s`;
  const from = countsFrom === undefined ? '' : `, counted from ${countsFrom}`;
  if (!promised) return `${sum}${from}`;
  return seconds > objectiveSeconds
    ? `${paint('red', sum)}, longer than the ${objectiveSeconds} s that are promised`
    : `${sum} of ${objectiveSeconds} s`;
}

function endlessWord({ promised }: Pick<FaultBudget, 'promised'>, paint: Paint): string {
  return paint(promised ? 'red' : 'yellow', 'no end of its own');
}

function termTable(
  terms: readonly TimeTerm[],
  sources: readonly string[],
  paint: Paint,
  columns: number,
): readonly string[] {
  const titles = ['seconds', 'what passes', 'decided by', 'because', 'source'].map((title) => paint('dim', title));
  const [seconds = '', name = '', decided = '', because = '', source = ''] = titles;
  const table = renderTable(
    [
      { title: seconds, align: 'right' },
      { title: name },
      { title: decided },
      { title: because },
      { title: source, align: 'right' },
    ],
    terms.map((term) => [
      term.seconds.toFixed(2),
      term.name,
      decidedBy(term),
      term.because,
      String(sources.indexOf(term.source) + 1),
    ]),
    columns - 2,
  );
  return table.split('\n').map((line) => `  ${line}`);
}

function decidedBy({ origin, setting, value }: TimeTerm): string {
  switch (origin) {
    case 'site-file':
      return `${setting}: ${value}`;
    case 'holdfast':
      return `${setting}=${value}`;
    case 'upstream':
      return setting;
    case 'assumed':
      return 'assumed';
  }
}

/** A line takes a term at least, however little room there is; from the second on it begins with the sign. */
function brokenSum(terms: readonly string[], room: number): readonly string[] {
  const lines: string[] = [];
  for (const term of terms) {
    const last = lines.at(-1);
    if (last === undefined) {
      lines.push(term);
      continue;
    }
    const longer = `${last} + ${term}`;
    // The sign at the beginning of a later line stands below the equals sign.
    const width = lines.length === 1 ? longer.length : longer.length - 2;
    if (width <= room) lines[lines.length - 1] = longer;
    else lines.push(`+ ${term}`);
  }
  return lines;
}
