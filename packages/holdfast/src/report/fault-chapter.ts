import type { DrillResult } from '../drill/index.ts';
import { type Markup, markup } from './markup.ts';
import { causalPhases, wordsOf } from './phases.ts';
import { type FaultSummary, recoveryOf, worstOf } from './summary.ts';
import { unionOf, windowOf } from './time-window.ts';
import { timelinePicture } from './timeline-picture.ts';
import { timelineStrip } from './timeline-strip.ts';
import { faultWords, outcomeSigns, outcomeWords, seconds } from './words.ts';

/** One fault: its hardest drill in large, with the steps of the recovery, and all of them in small. */
export function faultChapter({ fault, drills }: FaultSummary, nodes: readonly string[], id: string): Markup {
  const hardest = worstOf(drills);
  if (hardest === undefined) return markup``;
  const { title, explanation } = faultWords[fault];
  const which = drills.length > 1 ? `Drill ${drills.indexOf(hardest) + 1} of ${drills.length}, the hardest. ` : '';
  return markup`<section>
<h2>${title}</h2>
<p>${explanation} <strong>Expected:</strong> ${hardest.expectation}</p>
<h3>${which}${headline(hardest)}</h3>
${remarks(hardest)}
<figure>
<div class="wide">${timelinePicture(hardest, { id: `${id}-wide`, width: 926, nodes })}</div>
<div class="narrow">${timelinePicture(hardest, { id: `${id}-narrow`, width: 366, nodes })}</div>
${legend(hardest, nodes)}
</figure>
${phaseTable(hardest)}
${drills.length > 1 ? [strips(drills, nodes)] : []}
</section>`;
}

function headline(drill: DrillResult): string {
  const result = `${outcomeSigns[drill.outcome]} ${outcomeWords[drill.outcome]}`;
  const recovery = recoveryOf(drill);
  const back = typeof recovery === 'number' ? `back after ${seconds(recovery)}` : absent[recovery];
  return `Fault on ${drill.node}, ${back}, ${result}`;
}

function shortRecovery(drill: DrillResult): string {
  const recovery = recoveryOf(drill);
  if (typeof recovery === 'number') return seconds(recovery);
  return { never: 'not back', unknown: 'not known', 'not-meant': 'kept out' }[recovery];
}

const absent = {
  never: 'not back while it was watched',
  unknown: 'recovery not known',
  'not-meant': 'out as long as the fault lasted, as it must be',
} as const;

function remarks(drill: DrillResult): Markup[] {
  const list = (look: string, items: readonly string[]) =>
    items.length === 0
      ? []
      : [markup`<ul class="${`reasons ${look}`}">${items.map((item) => markup`<li>${item}</li>`)}</ul>`];
  return [...list(drill.outcome, drill.reasons), ...list('note', drill.notes)];
}

function legend({ timeline }: DrillResult, nodes: readonly string[]): Markup {
  const answering = nodes.filter((node) => timeline.operations.some((each) => each.node === node));
  return markup`<figcaption>${answering.map(
    (node) => markup`<span class="${`key node-${nodes.indexOf(node) % 4}`}">payments confirmed by ${node}</span>`,
  )}<span class="key unanswered">payments without an answer</span><span>A bar’s length is their number. Below: who was active, and what was reached when.</span></figcaption>`;
}

function phaseTable(drill: DrillResult): Markup {
  const phases = causalPhases(drill);
  if (phases.length === 0) return markup`<p class="quiet">No step of the recovery could be read.</p>`;
  const rows = phases.map((phase, index) => {
    const { atSeconds, from = '', notedLate } = phase;
    const before = phases.slice(0, index).findLast((each) => !each.notedLate)?.atSeconds ?? 0;
    const remark = notedLate ? ' (the cluster notes it a moment after the first answer)' : '';
    const took = notedLate ? '' : seconds(atSeconds - before);
    return markup`<tr><th scope="row">${wordsOf(phase)}${remark}</th><td>${took}</td><td>${seconds(atSeconds)}</td><td>${from}</td></tr>`;
  });
  return markup`<table class="phases">
<thead><tr><th scope="col">Where the time went</th><th scope="col">took</th><th scope="col">reached after</th><th scope="col">read from</th></tr></thead>
<tbody>
${rows}
</tbody>
</table>`;
}

function strips(drills: readonly DrillResult[], nodes: readonly string[]): Markup {
  const window = unionOf(drills.map(windowOf));
  return markup`<h3>All ${drills.length} drills, on the same scale of time</h3>
<ol class="strips">
${drills.map(
  (drill, index) => markup`<li>${timelineStrip(drill, window, nodes)}
<p><span>${index + 1} · ${drill.node} · ${shortRecovery(drill)}</span><span class="${drill.outcome}">${outcomeSigns[drill.outcome]} ${outcomeWords[drill.outcome]}</span></p></li>`,
)}
</ol>`;
}
