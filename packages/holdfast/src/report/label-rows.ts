/** A label that hangs on a vertical line, in pixels. */
export interface HangingLabel {
  readonly x: number;
  readonly width: number;
}

export interface PlacedLabel {
  /** The left end of the text. */
  readonly left: number;
  /** 0 is nearest to what is labelled; the line reaches as far as its row. */
  readonly row: number;
}

/** Between the line and the text, and between two labels. */
const gap = 5;

/**
 * Places labels of instants, sorted by `x`: all to the right of their lines, or all to the left where the right ones would
 * leave the picture. No text lies on another one. No line runs through a text either: a label goes beyond all those
 * whose lines it reaches. Only where neither side has room for all does that fail.
 */
export function placeLabels(
  labels: readonly HangingLabel[],
  leftEnd: number,
  rightEnd: number,
): readonly PlacedLabel[] {
  const fitRight = labels.every(({ x, width }) => x + gap + width <= rightEnd);
  const fitLeft = labels.every(({ x, width }) => x - gap - width >= leftEnd);
  if (fitRight || !fitLeft) return placeRight(labels, rightEnd);
  const mirrored = placeRight(labels.map(({ x, width }) => ({ x: -x, width })).toReversed(), -leftEnd).toReversed();
  return mirrored.map(({ left, row }, index) => ({ left: -left - (labels[index]?.width ?? 0), row }));
}

/** From right to left, so that what a text would reach is already placed. A text without room is pushed back. */
function placeRight(labels: readonly HangingLabel[], rightEnd: number): readonly PlacedLabel[] {
  const placed: (PlacedLabel & { readonly x: number })[] = [];
  for (const { x, width } of labels.toReversed()) {
    const left = Math.min(x + gap, rightEnd - width);
    const right = left + width + gap;
    const reached = placed.filter((later) => later.x < right || later.left < right);
    placed.push({ x, left, row: Math.max(-1, ...reached.map((later) => later.row)) + 1 });
  }
  return placed.map(({ left, row }) => ({ left, row })).toReversed();
}

/** About how wide a text is in the page's font: wide enough for capitals and figures, in pixels. */
export function textWidth(text: string, fontSize: number): number {
  return [...text].length * fontSize * 0.56;
}
