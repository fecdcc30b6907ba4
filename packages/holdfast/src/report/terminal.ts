import { stripVTControlCharacters, styleText } from 'node:util';
import { renderTable, type TableColumn } from '../core/index.ts';
import type { DrillReport, DrillResult, PhaseName } from '../drill/index.ts';
import { reachedPhases, timeOf } from './phases.ts';
import { type FaultSummary, type Recovery, summarise, type Total } from './summary.ts';
import { verdictOf } from './verdict.ts';
import { decimals, given } from './words.ts';

export interface TerminalOptions {
  readonly colour: boolean;
  /** Characters in a line. */
  readonly width: number;
}

/** For the terminal: what each fault came to, then what each drill's seconds are made of, then the verdict. */
export function renderDrillTable(report: DrillReport, { colour, width }: TerminalOptions): string {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const summaries = summarise(report);
  const verdict = verdictOf(report, summaries);
  const drills = summaries.flatMap(({ fault, drills }) =>
    drills.map((drill, index) => ({ name: `${fault} ${index + 1}`, drill })),
  );
  const parts = [
    ...(drills.length === 0 ? [] : [...tables(summaries, width, paint), phaseTable(drills, paint)]),
    drills.some(({ drill }) => reachedPhases(drill).some(({ notedLate }) => notedLate))
      ? paint('dim', '~ noted by the cluster a moment after the first write')
      : '',
    [...drills.flatMap((drill) => remarks(drill, width, paint)), ...passingNotes(drills, width, paint)].join('\n'),
    report.leftOut
      .flatMap(({ fault, because }) => wrap(`left out: ${fault}: ${because}`, width))
      .map((line) => paint('dim', line))
      .join('\n'),
    wrap(verdict.sentence, width)
      .map((line) => paint(outcomeStyle[verdict.outcome], line))
      .join('\n'),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

interface NumberedDrill {
  /** The fault, and which of its repetitions it was, from 1. */
  readonly name: string;
  readonly drill: DrillResult;
}

type Style = 'red' | 'green' | 'yellow' | 'dim';
type Paint = (style: Style, text: string) => string;

const outcomeStyle: Readonly<Record<DrillResult['outcome'], Style>> = { pass: 'green', fail: 'red', unknown: 'yellow' };

interface Column extends TableColumn {
  readonly cell: (summary: FaultSummary, paint: Paint) => string;
}

const faultColumn: Column = { title: 'fault', cell: ({ fault }) => fault };

const recoveryColumns: readonly Column[] = [
  { title: 'runs', align: 'right', cell: ({ drills }) => String(drills.length) },
  { title: 'RTO median', align: 'right', cell: (each, paint) => recoveryCell(each.median, each, paint) },
  { title: 'p95', align: 'right', cell: (each, paint) => recoveryCell(each.p95, each, paint) },
  { title: 'max', align: 'right', cell: (each, paint) => recoveryCell(each.max, each, paint) },
  { title: 'objective', align: 'right', cell: ({ objectiveSeconds }) => given(objectiveSeconds) },
  {
    title: 'budget',
    align: 'right',
    cell: ({ budgetSeconds }) => (budgetSeconds === null ? '-' : given(budgetSeconds)),
  },
];

const outcomeColumn: Column = {
  title: 'outcome',
  cell: ({ outcome }, paint) => paint(outcomeStyle[outcome], outcome),
};

const attemptedColumn: Column = { title: 'attempted', align: 'right', cell: (each) => String(each.attempted) };
const acknowledgedColumn: Column = { title: 'acknowledged', align: 'right', cell: (each) => String(each.acknowledged) };

/** Both counts in the width of one. */
const writesColumn: Column = {
  title: 'acknowledged',
  align: 'right',
  cell: ({ acknowledged, attempted }) => `${acknowledged}/${attempted}`,
};

const lossColumns: readonly Column[] = [
  { title: 'lost', align: 'right', cell: ({ lost }, paint) => totalCell(lost, paint) },
  { title: 'duplicated', align: 'right', cell: ({ duplicated }, paint) => totalCell(duplicated, paint) },
  {
    title: 'two active',
    align: 'right',
    cell: ({ twoActive }, paint) =>
      twoActive === 'no' ? 'no' : paint(twoActive === 'yes' ? 'red' : 'yellow', twoActive),
  },
];

/** One table where it fits into the lines; otherwise the recovery times and the writes are two. */
function tables(summaries: readonly FaultSummary[], width: number, paint: Paint): string[] {
  const table = (columns: readonly Column[]) =>
    renderTable(
      columns.map(({ title, align }) => ({ title: paint('dim', title), ...(align && { align }) })),
      summaries.map((summary) => columns.map(({ cell }) => cell(summary, paint))),
    );
  const all = table([faultColumn, ...recoveryColumns, writesColumn, ...lossColumns, outcomeColumn]);
  const fits = all.split('\n').every((line) => stripVTControlCharacters(line).length <= width);
  return fits
    ? [all]
    : [
        table([faultColumn, ...recoveryColumns, outcomeColumn]),
        table([faultColumn, attemptedColumn, acknowledgedColumn, ...lossColumns]),
      ];
}

function recoveryCell(recovery: Recovery, { objectiveSeconds, budgetSeconds }: FaultSummary, paint: Paint): string {
  if (recovery === 'not-meant') return '-';
  if (recovery === 'never') return paint('red', recovery);
  if (recovery === 'unknown') return paint('yellow', recovery);
  const text = `${decimals(recovery)} s`;
  if (recovery > objectiveSeconds) return paint('red', text);
  return budgetSeconds !== null && recovery > budgetSeconds ? paint('yellow', text) : text;
}

function totalCell({ counted, drillsUnknown }: Total, paint: Paint): string {
  if (drillsUnknown > 0) return paint(counted > 0 ? 'red' : 'yellow', counted > 0 ? `${counted} or more` : 'unknown');
  return counted > 0 ? paint('red', String(counted)) : '0';
}

/** What each drill's seconds are made of: when each phase was reached, from the fault on. */
function phaseTable(drills: readonly NumberedDrill[], paint: Paint): string {
  const columns: readonly TableColumn[] = [
    { title: 'seconds after' },
    { title: 'on' },
    ...phaseTitles.map(([, title]) => ({ title, align: 'right' }) as const),
  ];
  const rows = drills.map(({ name, drill }) => [
    name,
    drill.node,
    ...phaseTitles.map(([phase]) => secondsOf(drill, phase)),
  ]);
  return renderTable(
    columns.map((column) => ({ ...column, title: paint('dim', column.title) })),
    rows,
  );
}

const phaseTitles = [
  ['detected', 'detected'],
  ['fenced', 'fenced'],
  ['state', 'state'],
  ['address', 'address'],
  ['workload', 'workload'],
  ['first-acknowledged-write', 'first write'],
] as const;

function secondsOf(drill: DrillResult, phase: PhaseName): string {
  const reached = reachedPhases(drill).find(({ name }) => name === phase);
  return reached === undefined ? '-' : timeOf(reached);
}

/** Why a drill did not pass, and whether it took longer than was computed. */
function remarks({ name, drill }: NumberedDrill, width: number, paint: Paint): string[] {
  const { rtoSeconds, budgetSeconds, outcome } = drill;
  const beyond =
    rtoSeconds !== null && budgetSeconds !== null && rtoSeconds > budgetSeconds
      ? [`${name}: ${given(budgetSeconds)} were computed, it took ${decimals(rtoSeconds)} s`]
      : [];
  return [
    ...drill.reasons.map((reason) => ({ style: outcomeStyle[outcome], text: `${name}: ${outcome}: ${reason}` })),
    ...beyond.map((text) => ({ style: 'yellow' as const, text })),
    ...(outcome === 'pass' ? [] : drill.notes.map((note) => ({ style: 'dim' as const, text: `${name}: ${note}` }))),
  ].flatMap(({ style, text }) => wrap(text, width).map((line) => paint(style, line)));
}

/** What drills that passed have to note, each remark once. */
function passingNotes(drills: readonly NumberedDrill[], width: number, paint: Paint): string[] {
  const notes = drills
    .filter(({ drill }) => drill.outcome === 'pass')
    .flatMap(({ name, drill }) => drill.notes.map((note) => ({ name, note })));
  return [...Map.groupBy(notes, ({ note }) => note)].flatMap(([note, of]) => {
    const who = of.length === 1 ? of.map(({ name }) => name).join() : `${of.length} drills`;
    return wrap(`${who}: ${note}`, width).map((line) => paint('dim', line));
  });
}

/** Breaks between words; lines after the first are indented. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `  ${word}`;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
