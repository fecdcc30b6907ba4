import type { DrillResult } from '../drill/index.ts';
import { type Markup, markup } from './markup.ts';
import { binsOf, silenceOf, type TimeWindow } from './time-window.ts';

const width = 220;
const height = 40;

/** A drill as a small picture, to be compared with its neighbours: all of them show the same stretch of time. */
export function timelineStrip(drill: DrillResult, window: TimeWindow, nodes: readonly string[]): Markup {
  const scale = width / (window.toSeconds - window.fromSeconds);
  const x = (at: number) =>
    round((Math.min(Math.max(at, window.fromSeconds), window.toSeconds) - window.fromSeconds) * scale);
  const bins = binsOf(drill.timeline, nodes, window, width / 3);
  const step = bins.stepSeconds * scale;
  const below = bins.unanswered.map(() => 0);
  const paths = bins.answered.map((counts, node) => {
    const d = counts.map((count, index) => {
      if (count === 0) return '';
      const bottom = height - (below[index] ?? 0);
      const tall = (count / bins.most) * (height - 4);
      below[index] = (below[index] ?? 0) + tall;
      return `M${round(index * step)} ${round(bottom)}h${round(step)}v${round(-tall)}h${round(-step)}z`;
    });
    return markup`<path class="${`answered node-${node % 4}`}" d="${d.join('')}"/>`;
  });
  const silence = silenceOf(drill.timeline);
  return markup`<svg class="strip" viewBox="0 0 ${width} ${height}" aria-hidden="true">
<rect class="silence" x="${x(silence.fromSeconds)}" y="0" width="${round(x(silence.toSeconds) - x(silence.fromSeconds))}" height="${height}"/>
${paths}
<line class="fault" x1="${x(0)}" x2="${x(0)}" y1="0" y2="${height}"/><line class="base" x1="0" x2="${width}" y1="${height}" y2="${height}"/>
</svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
