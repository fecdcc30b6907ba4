import type { DrillResult } from '../drill/index.ts';
import { type Markup, markup } from './markup.ts';
import { silenceOf, type TimeWindow } from './time-window.ts';
import { writeBars } from './write-bars.ts';

const width = 220;
const height = 40;

/** A drill as a small picture, to be compared with its neighbours: all of them show the same stretch of time. */
export function timelineStrip(drill: DrillResult, window: TimeWindow, nodes: readonly string[]): Markup {
  const scale = width / (window.toSeconds - window.fromSeconds);
  const x = (at: number) =>
    round((Math.min(Math.max(at, window.fromSeconds), window.toSeconds) - window.fromSeconds) * scale);
  const { bars, most } = writeBars(drill.timeline, nodes, window, width / 4);
  const unit = (height - 4) / most;
  const paths = [...nodes.keys()].map((node) => {
    const d = bars
      .filter((bar) => bar.node === node)
      .map(({ fromSeconds, toSeconds, count, below }) => {
        const [from, to] = [x(fromSeconds), x(toSeconds)];
        return `M${from} ${round(height - below * unit)}H${to}v${round(-count * unit)}H${from}z`;
      });
    return markup`<path class="${`node-${node % 4}`}" d="${d.join('')}"/>`;
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
