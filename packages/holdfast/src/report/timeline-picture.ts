import type { DrillResult } from '../drill/index.ts';
import { placeLabels, textWidth } from './label-rows.ts';
import { type Markup, markup } from './markup.ts';
import { reachedPhases } from './phases.ts';
import { type Bins, binsOf, silenceOf, type TimeWindow, ticksOf, windowOf } from './time-window.ts';
import { faultWords, given, phaseWords, seconds } from './words.ts';

export interface PictureFrame {
  /** In pixels at full size. */
  readonly width: number;
  /** Unique in the page. */
  readonly id: string;
  /** Whose answers get which colour: the same in every picture of a page. */
  readonly nodes: readonly string[];
}

const fontSize = 12;
const rowHeight = 17;
const barsHeight = 92;
const unansweredHeight = 26;
const axisHeight = 24;
const laneHeight = 24;
const barWidth = 4;

interface Plane {
  readonly left: number;
  readonly right: number;
  readonly window: TimeWindow;
  readonly x: (atSeconds: number) => number;
}

/**
 * A drill as a picture: what the client's writes got, by the machine that answered; the silence with its length; who was
 * active; and the steps of the recovery. Reads without colours and without a script.
 */
export function timelinePicture(drill: DrillResult, frame: PictureFrame): Markup {
  const plane = planeOf(drill, frame);
  const bins = binsOf(drill.timeline, frame.nodes, plane.window, Math.floor((plane.right - plane.left) / barWidth));
  const lanes = [...new Set(drill.timeline.spans.map(({ lane }) => lane))];

  const limits = limitLabels(drill, plane);
  const headHeight = limits.rows * rowHeight + 6;
  const barsTop = headHeight + 24;
  const base = barsTop + barsHeight;
  const lanesTop = base + unansweredHeight + axisHeight;
  const lanesBottom = lanesTop + lanes.length * laneHeight;
  const phases = phaseLabels(drill, plane, barsTop, lanesBottom + 6);
  const height = lanesBottom + 6 + phases.rows * rowHeight + 6;

  const silence = silenceOf(drill.timeline);
  const shade = {
    x: plane.x(silence.fromSeconds),
    width: plane.x(silence.toSeconds) - plane.x(silence.fromSeconds),
  };
  return markup`<svg class="timeline" viewBox="0 0 ${frame.width} ${height}" width="${frame.width}" height="${height}" role="img" aria-labelledby="${frame.id}">
<title id="${frame.id}">${describe(drill)}</title>
<rect class="silence" x="${px(shade.x)}" y="${barsTop}" width="${px(shade.width)}" height="${lanesBottom - barsTop}"/>
${axis(plane, base + unansweredHeight, barsTop)}
${bars(bins, plane, barsTop, base)}
<line class="base" x1="${plane.left}" x2="${plane.right}" y1="${base}" y2="${base}"/>
${gutter(plane, base - barsHeight / 2, 'confirmed')}
${gutter(plane, base + unansweredHeight / 2, 'no answer')}
${silenceBracket(drill, silence, plane, barsTop - 10)}
${limits.draw(headHeight, lanesBottom)}
${lanes.map((lane, index) => laneOf(drill, lane, frame.nodes.indexOf(lane), plane, lanesTop + index * laneHeight))}
${phases.picture}
</svg>`;
}

function planeOf(drill: DrillResult, { width }: PictureFrame): Plane {
  const window = windowOf(drill);
  const left = width < 600 ? 62 : 84;
  const right = width - 10;
  const scale = (right - left) / (window.toSeconds - window.fromSeconds);
  const x = (atSeconds: number) =>
    left + (Math.min(Math.max(atSeconds, window.fromSeconds), window.toSeconds) - window.fromSeconds) * scale;
  return { left, right, window, x };
}

function describe(drill: DrillResult): string {
  const recovered =
    drill.rtoSeconds === null ? 'no recovery was seen' : `the first answer came after ${seconds(drill.rtoSeconds)}`;
  const steps = reachedPhases(drill).map(({ name, atSeconds }) => `${phaseWords[name]} ${seconds(atSeconds)}`);
  return `${faultWords[drill.fault].title} on ${drill.node}: ${recovered}. ${steps.join(', ')}`;
}

function axis({ window, x, left, right }: Plane, y: number, top: number): Markup[] {
  return ticksOf(window, (right - left) / 70).map(
    (at) =>
      markup`<g class="tick"><line x1="${px(x(at))}" x2="${px(x(at))}" y1="${top}" y2="${y + 4}"/><text x="${px(x(at))}" y="${y + 17}" text-anchor="middle">${at} s</text></g>`,
  );
}

function bars({ answered, unanswered, stepSeconds, most }: Bins, plane: Plane, top: number, base: number): Markup[] {
  const unit = (base - top) / most;
  const step = plane.x(plane.window.fromSeconds + stepSeconds) - plane.left;
  const width = Math.max(0.8, step - 1);
  const below = unanswered.map(() => 0);
  const paths = answered.map((counts, node) => {
    const d = counts.map((count, index) => {
      if (count === 0) return '';
      const bottom = base - (below[index] ?? 0) * unit;
      below[index] = (below[index] ?? 0) + count;
      return bar(plane.left + index * step, bottom, width, -count * unit);
    });
    return markup`<path class="${`answered node-${node % 4}`}" d="${d.join('')}"/>`;
  });
  const deep = unansweredHeight / most;
  const hanging = unanswered.map((count, index) =>
    count === 0 ? '' : bar(plane.left + index * step, base + 1, width, count * deep),
  );
  return [...paths, markup`<path class="unanswered" d="${hanging.join('')}"/>`];
}

function bar(x: number, y: number, width: number, height: number): string {
  return `M${px(x)} ${px(y)}h${px(width)}v${px(height)}h${px(-width)}z`;
}

function gutter({ left }: Plane, y: number, text: string): Markup {
  return markup`<text class="gutter" x="${left - 8}" y="${px(y + 4)}" text-anchor="end">${text}</text>`;
}

/** The silence measured like a distance in a drawing; where its text is wider than it, the text stands to the right. */
function silenceBracket(drill: DrillResult, silence: TimeWindow, plane: Plane, y: number): Markup {
  const [from, to] = [plane.x(silence.fromSeconds), plane.x(silence.toSeconds)];
  const measured = drill.interruptionSeconds ?? drill.rtoSeconds;
  const text = measured === null ? 'no answer any more' : `no answer for ${seconds(measured)}`;
  const width = textWidth(text, 13);
  const fits = to - from > width + 24;
  const left = fits ? (from + to - width) / 2 : Math.min(to + 8, plane.right - width);
  const arm = (a: number, b: number) => markup`<line x1="${px(a)}" x2="${px(b)}" y1="${y}" y2="${y}"/>`;
  const arms = fits ? [arm(from, left - 6), arm(left + width + 6, to)] : [arm(from, to)];
  return markup`<g class="bracket">
<line x1="${px(from)}" x2="${px(from)}" y1="${y - 5}" y2="${y + 5}"/><line x1="${px(to)}" x2="${px(to)}" y1="${y - 5}" y2="${y + 5}"/>
${arms}
<text x="${px(left + width / 2)}" y="${y + 4.5}" text-anchor="middle">${text}</text>
</g>`;
}

/** The instant of the fault, the budget and the promise, named above the plot. */
function limitLabels(drill: DrillResult, plane: Plane) {
  const all = [
    { kind: 'fault', at: 0, text: faultWords[drill.fault].title.toLowerCase() },
    { kind: 'budget', at: drill.budgetSeconds, text: `budget ${given(drill.budgetSeconds)}` },
    { kind: 'promise', at: drill.objectiveSeconds, text: `promise ${given(drill.objectiveSeconds)}` },
  ];
  const shown = all
    .filter(({ at }) => at <= plane.window.toSeconds)
    .sort((a, b) => a.at - b.at)
    .map((each) => ({ ...each, x: plane.x(each.at), width: textWidth(each.text, fontSize) }));
  const beyond = all.filter(({ at }) => at > plane.window.toSeconds).sort((a, b) => a.at - b.at);
  const arrow = beyond.length === 0 ? '' : `${beyond.map(({ text }) => text).join(', ')} \u2192`;
  const shownEnd = plane.right - (arrow === '' ? 0 : textWidth(arrow, fontSize) + 12);
  const places = placeLabels(shown, shownEnd);
  const rows = 1 + Math.max(0, ...places.map(({ row }) => row));
  const draw = (bottom: number, end: number): Markup =>
    markup`${shown.map(({ kind, x, text }, index) => {
      const place = places[index] ?? { left: x, row: 0 };
      const y = bottom - 6 - place.row * rowHeight;
      return markup`<g class="${`limit ${kind}`}"><line x1="${px(x)}" x2="${px(x)}" y1="${y - 10}" y2="${end}"/><text x="${px(place.left)}" y="${y}">${text}</text></g>`;
    })}${arrow === '' ? [] : [markup`<text class="limit-beyond" x="${plane.right}" y="${bottom - 6}" text-anchor="end">${arrow}</text>`]}`;
  return { rows, draw };
}

function laneOf(drill: DrillResult, lane: string, node: number, plane: Plane, y: number): Markup {
  const spans = drill.timeline.spans
    .filter((span) => span.lane === lane)
    .map((span) => {
      const [from, to] = [plane.x(span.fromSeconds), plane.x(span.toSeconds)];
      if (to - from < 0.5) return markup``;
      const fits = to - from > textWidth(span.label, fontSize) + 12;
      const text = fits ? [markup`<text x="${px(from + 6)}" y="${y + 15.5}">${span.label}</text>`] : [];
      return markup`<g class="${span.label === 'active' && node >= 0 ? `span node-${node % 4}` : 'span other'}"><title>${`${lane}: ${span.label}`}</title><rect x="${px(from)}" y="${y + 3}" width="${px(to - from)}" height="${laneHeight - 6}" rx="3"/>${text}</g>`;
    });
  return markup`<g class="lane"><line x1="${plane.left}" x2="${plane.right}" y1="${y}" y2="${y}"/>${gutter(plane, y + laneHeight / 2, shorten(lane, plane.left - 12))}
${spans}</g>`;
}

function phaseLabels(drill: DrillResult, plane: Plane, top: number, bottom: number) {
  const labels = reachedPhases(drill)
    .filter(({ atSeconds }) => atSeconds >= plane.window.fromSeconds && atSeconds <= plane.window.toSeconds)
    .map(({ name, atSeconds }) => {
      const text = `${phaseWords[name]} ${seconds(atSeconds)}`;
      return { text, x: plane.x(atSeconds), width: textWidth(text, fontSize) };
    });
  const places = placeLabels(labels, plane.right);
  const rows = labels.length === 0 ? 0 : 1 + Math.max(...places.map(({ row }) => row));
  const picture = labels.map(({ text, x }, index) => {
    const place = places[index] ?? { left: x, row: 0 };
    const y = bottom + 12 + place.row * rowHeight;
    return markup`<g class="phase"><line x1="${px(x)}" x2="${px(x)}" y1="${top}" y2="${y + 1}"/><text x="${px(place.left)}" y="${y}">${text}</text></g>`;
  });
  return { rows, picture };
}

function shorten(text: string, width: number): string {
  const most = Math.max(1, Math.floor(width / textWidth('x', fontSize)));
  return [...text].length <= most ? text : `${[...text].slice(0, most - 1).join('')}\u2026`;
}

/** Tenths of a pixel are enough, and keep a page with many pictures small. */
function px(value: number): number {
  return Math.round(value * 10) / 10;
}
