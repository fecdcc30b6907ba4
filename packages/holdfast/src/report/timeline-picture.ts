import type { DrillResult } from '../drill/index.ts';
import { placeLabels, textWidth } from './label-rows.ts';
import { type Markup, markup } from './markup.ts';
import { reachedPhases, wordsOf } from './phases.ts';
import { silenceOf, type TimeWindow, ticksOf, windowOf } from './time-window.ts';
import { faultWords, given, seconds } from './words.ts';
import { writeBars } from './write-bars.ts';

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
${barPaths(drill, frame.nodes, plane, barsTop, base)}
<line class="base" x1="${plane.left}" x2="${plane.right}" y1="${base}" y2="${base}"/>
${gutter(plane, base - barsHeight / 2, 'confirmed')}
${gutter(plane, base + unansweredHeight / 2, 'no answer')}
${limits.draw(headHeight, lanesBottom)}
${silenceBracket(drill, silence, plane, barsTop - 10)}
${lanes.map((lane, index) => laneOf(drill, lane, frame.nodes.indexOf(lane), plane, lanesTop + index * laneHeight))}
${phases.picture}
</svg>`;
}

function planeOf(drill: DrillResult, { width }: PictureFrame): Plane {
  const window = windowOf(drill);
  const left = width < 600 ? 76 : 84;
  const right = width - 10;
  const scale = (right - left) / (window.toSeconds - window.fromSeconds);
  const x = (atSeconds: number) =>
    left + (Math.min(Math.max(atSeconds, window.fromSeconds), window.toSeconds) - window.fromSeconds) * scale;
  return { left, right, window, x };
}

function describe(drill: DrillResult): string {
  const recovered =
    drill.rtoSeconds === null ? 'no recovery was seen' : `the first answer came after ${seconds(drill.rtoSeconds)}`;
  const steps = reachedPhases(drill).map((phase) => `${wordsOf(phase)} ${seconds(phase.atSeconds)}`);
  return `${faultWords[drill.fault].title} on ${drill.node}: ${recovered}. ${steps.join(', ')}`;
}

function axis({ window, x, left, right }: Plane, y: number, top: number): Markup[] {
  return ticksOf(window, (right - left) / 70).map(
    (at) =>
      markup`<g class="tick"><line x1="${px(x(at))}" x2="${px(x(at))}" y1="${top}" y2="${y + 4}"/><text x="${px(x(at))}" y="${y + 17}" text-anchor="middle">${at} s</text></g>`,
  );
}

function barPaths(drill: DrillResult, nodes: readonly string[], plane: Plane, top: number, base: number): Markup[] {
  const { bars, most } = writeBars(
    drill.timeline,
    nodes,
    plane.window,
    Math.floor((plane.right - plane.left) / barWidth),
  );
  return [...nodes.keys(), -1].map((node) => {
    const unit = node < 0 ? unansweredHeight / most : (base - top) / most;
    const d = bars
      .filter((bar) => bar.node === node)
      .map(({ fromSeconds, toSeconds, count, below }) => {
        const [from, to] = [px(plane.x(fromSeconds)), px(plane.x(toSeconds))];
        const y = node < 0 ? base + 1 : px(base - below * unit);
        return `M${from} ${y}H${to}v${px(node < 0 ? count * unit : -count * unit)}H${from}z`;
      });
    return markup`<path class="${node < 0 ? 'unanswered' : `node-${node % 4}`}" d="${d.join('')}"/>`;
  });
}

function gutter({ left }: Plane, y: number, text: string): Markup {
  return markup`<text class="gutter" x="${left - 8}" y="${px(y + 4)}" text-anchor="end">${text}</text>`;
}

/** The silence measured like a distance in a drawing: its length within the arms, or else to the right of them. */
function silenceBracket(drill: DrillResult, silence: TimeWindow, plane: Plane, y: number): Markup {
  const [from, to] = [plane.x(silence.fromSeconds), plane.x(silence.toSeconds)];
  const measured = drill.interruptionSeconds ?? drill.rtoSeconds;
  const [full, short] =
    measured === null ? ['no answer any more', 'none'] : [`no answer for ${seconds(measured)}`, seconds(measured)];
  const within = [full, short].find((text) => to - from > textWidth(text, 13) + 24);
  const beside = to + 8 + textWidth(full, 13) <= plane.right ? full : short;
  const text = within ?? beside;
  const width = textWidth(text, 13);
  const middle = within === undefined ? to + 8 + width / 2 : (from + to) / 2;
  const arm = (a: number, b: number) => markup`<line x1="${px(a)}" x2="${px(b)}" y1="${y}" y2="${y}"/>`;
  const end = (x: number) => markup`<line x1="${px(x)}" x2="${px(x)}" y1="${y - 5}" y2="${y + 5}"/>`;
  const arms =
    within === undefined ? [arm(from, to)] : [arm(from, middle - width / 2 - 6), arm(middle + width / 2 + 6, to)];
  return markup`<g class="bracket">
${[end(from), end(to), ...arms]}
<text x="${px(middle)}" y="${y + 4.5}" text-anchor="middle">${text}</text>
</g>`;
}

/** The instant of the fault, the budget and the promise, named above the plot. */
function limitLabels(drill: DrillResult, plane: Plane) {
  const all = [
    { kind: 'fault', at: 0, text: faultWords[drill.fault].title.toLowerCase() },
    ...(drill.budgetSeconds === null
      ? []
      : [{ kind: 'budget', at: drill.budgetSeconds, text: `computed ${given(drill.budgetSeconds)}` }]),
    { kind: 'promise', at: drill.objectiveSeconds, text: `promise ${given(drill.objectiveSeconds)}` },
  ];
  const shown = all
    .filter(({ at }) => at <= plane.window.toSeconds)
    .sort((a, b) => a.at - b.at)
    .map((each) => ({
      ...each,
      x: plane.x(each.at),
      width: textWidth(each.text, each.kind === 'fault' ? fontSize + 1 : fontSize),
    }));
  const beyond = all.filter(({ at }) => at > plane.window.toSeconds).sort((a, b) => a.at - b.at);
  const arrow = beyond.length === 0 ? '' : `${beyond.map(({ text }) => text).join(', ')} \u2192`;
  const places = placeLabels(shown, 0, plane.right);
  const arrowRow = 1 + Math.max(-1, ...places.map(({ row }) => row).slice(1));
  const rows = 1 + Math.max(arrow === '' ? 0 : arrowRow, ...places.map(({ row }) => row));
  const draw = (bottom: number, end: number): Markup =>
    markup`${shown.map(({ kind, x, text }, index) => {
      const place = places[index] ?? { left: x, row: 0 };
      const y = bottom - 6 - place.row * rowHeight;
      return markup`<g class="${`limit ${kind}`}"><line x1="${px(x)}" x2="${px(x)}" y1="${y - 10}" y2="${end}"/><text x="${px(place.left)}" y="${y}">${text}</text></g>`;
    })}${arrow === '' ? [] : [markup`<text class="limit-beyond" x="${plane.right}" y="${bottom - 6 - arrowRow * rowHeight}" text-anchor="end">${arrow}</text>`]}`;
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
    .map((phase) => {
      const text = `${wordsOf(phase)} ${seconds(phase.atSeconds)}`;
      return { text, x: plane.x(phase.atSeconds), width: textWidth(text, fontSize) };
    });
  const places = placeLabels(labels, 0, plane.right);
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
