import { stripVTControlCharacters } from 'node:util';

export interface TableColumn {
  readonly title: string;
  /** Default `left`. Numbers belong to the right. */
  readonly align?: 'left' | 'right';
}

const gap = '  ';
/** A column that must give way keeps at least this many characters. */
const narrowest = 12;

/**
 * A table in plain text: titles, then rows, columns two spaces apart. Cells may hold colours. Where the lines would be
 * longer than `width` characters, the widest left-aligned column breaks its text between words.
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string {
  const lines = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((_column, index) => Math.max(0, ...lines.map((line) => visibleWidth(line[index] ?? ''))));
  const total = widths.reduce((sum, each) => sum + each, gap.length * Math.max(0, columns.length - 1));
  if (total > width) narrowWidest(columns, widths, total - width);
  return lines.flatMap((line) => renderRow(columns, widths, line)).join('\n');
}

/** `first`, then `text` broken between words at `columns`; lines after the first begin at `indent`. */
export function hanging(first: string, indent: number, text: string, columns: number): readonly string[] {
  const room = columns - Math.max(indent, visibleWidth(first));
  return breakText(text, room).map((line, index) => `${index === 0 ? first : ' '.repeat(indent)}${line}`);
}

function narrowWidest(columns: readonly TableColumn[], widths: number[], by: number): void {
  let widest = -1;
  for (const [index, column] of columns.entries()) {
    if (column.align !== 'right' && (widths[index] ?? 0) > (widths[widest] ?? 0)) widest = index;
  }
  if (widest !== -1) widths[widest] = Math.max(Math.min(narrowest, widths[widest] ?? 0), (widths[widest] ?? 0) - by);
}

function renderRow(columns: readonly TableColumn[], widths: readonly number[], cells: readonly string[]): string[] {
  const broken = columns.map((_column, index) => breakText(cells[index] ?? '', widths[index] ?? 0));
  const height = Math.max(1, ...broken.map((lines) => lines.length));
  return Array.from({ length: height }, (_, row) =>
    columns
      .map((column, index) => pad(broken[index]?.[row] ?? '', widths[index] ?? 0, column.align ?? 'left'))
      .join(gap)
      .trimEnd(),
  );
}

/** Breaks between words. A word longer than the column stays whole: a cut-off name or path is worse than a long line. */
function breakText(text: string, width: number): string[] {
  if (visibleWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && visibleWidth(line) + 1 + visibleWidth(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - visibleWidth(text)));
  return align === 'right' ? space + text : text + space;
}

/** Colours take no place; every other code point is taken to be one column wide. */
function visibleWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
