/** A line of a comparison: kept, taken out, put in. */
export interface DiffLine {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** Longer texts than this are compared as one block: the table of the longest common subsequence grows with the square. */
const mostLines = 2000;

/**
 * The difference of two texts in lines, with `context` unchanged lines around each change and `…` between parts.
 * Longest common subsequence, as diff(1) shows it.
 */
export function textDiff(before: string, after: string, context = 2): readonly DiffLine[] {
  const all = compare(linesOf(before), linesOf(after));
  const shown = new Set<number>();
  all.forEach(({ mark }, index) => {
    if (mark === ' ') return;
    for (let near = index - context; near <= index + context; near++) shown.add(near);
  });
  return all.flatMap((line, index) => {
    if (shown.has(index)) return [line];
    const opensGap = shown.has(index - 1) && all.slice(index).some((_, offset) => shown.has(index + offset));
    return opensGap ? [{ mark: ' ' as const, text: '…' }] : [];
  });
}

function compare(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  if (before.length > mostLines || after.length > mostLines) {
    return [
      ...before.map((text) => ({ mark: '-' as const, text })),
      ...after.map((text) => ({ mark: '+' as const, text })),
    ];
  }
  const width = after.length + 1;
  const common = new Uint16Array((before.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const old = before[i];
    const fresh = after[j];
    if (old !== undefined && old === fresh) {
      lines.push({ mark: ' ', text: old });
      i++;
      j++;
    } else if (old !== undefined && (fresh === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: '-', text: old });
      i++;
    } else if (fresh !== undefined) {
      lines.push({ mark: '+', text: fresh });
      j++;
    }
  }
  return lines;
}

function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
