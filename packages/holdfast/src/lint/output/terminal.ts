import { type Finding, type Place, type Severity, severities } from '../finding.ts';

export interface FindingStyle {
  readonly columns: number;
  paint(format: 'bold' | 'dim' | 'red' | 'yellow' | 'cyan', text: string): string;
}

const headings: Readonly<Record<Severity, readonly [one: string, many: string]>> = {
  error: ['error', 'errors'],
  warning: ['warning', 'warnings'],
  note: ['note', 'notes'],
};
const colours = { error: 'red', warning: 'yellow', note: 'cyan' } as const;

/** The findings by severity, the worst first: place and code, why, remedy. The last line counts them. Pure. */
export function renderFindings(findings: readonly Finding[], style: FindingStyle): string {
  const groups = severities
    .map((severity) => ({ severity, members: findings.filter((each) => each.severity === severity) }))
    .filter(({ members }) => members.length > 0);
  const blocks = groups.flatMap(({ severity, members }) => [
    style.paint(colours[severity], style.paint('bold', count(severity, members.length))),
    ...members.map((finding) => block(finding, style)),
  ]);
  return [...blocks, summary(groups.map(({ severity, members }) => count(severity, members.length)))].join('\n\n');
}

/** `cib.xml:12:5` */
export function placeInWords({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

function block({ rule, severity, where, why, remedy }: Finding, { columns, paint }: FindingStyle): string {
  return [
    `${paint('bold', placeInWords(where))}  ${paint(colours[severity], rule)}`,
    ...wrap(why, columns - 2).map((line) => `  ${line}`),
    ...wrap(remedy, columns - 4).map((line, index) => `  ${index === 0 ? paint('cyan', '→') : ' '} ${line}`),
  ].join('\n');
}

function count(severity: Severity, number: number): string {
  const [one, many] = headings[severity];
  return `${number} ${number === 1 ? one : many}`;
}

function summary(counts: readonly string[]): string {
  return counts.length === 0
    ? 'Nothing dangerous found.'
    : `Found ${counts.join(', ')}. Each code is explained in docs/lint.md.`;
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
