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
 * Places labels of instants, sorted by `x`, so that no text lies on another text and, as long as every text finds room to
 * the right of its line, no line runs through a text: an earlier label goes beyond all later ones that it would reach.
 */
export function placeLabels(labels: readonly HangingLabel[], rightEnd: number): readonly PlacedLabel[] {
  const placed: (PlacedLabel & { readonly x: number; readonly right: number })[] = [];
  for (const { x, width } of labels.toReversed()) {
    const left = Math.min(x + gap, rightEnd - width);
    const right = left + width;
    const inTheWay = placed.filter((later) => later.x < right + gap || later.left < right + gap);
    placed.push({ x, left, right, row: Math.max(-1, ...inTheWay.map((later) => later.row)) + 1 });
  }
  return placed.map(({ left, row }) => ({ left, row })).toReversed();
}

/** About how wide a text is in the page's font: wide enough for capitals and figures, in pixels. */
export function textWidth(text: string, fontSize: number): number {
  return [...text].length * fontSize * 0.56;
}
