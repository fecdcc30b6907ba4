import type { DrillReport, DrillResult } from '../drill/index.ts';
import { faultChapter } from './fault-chapter.ts';
import { type Markup, markup } from './markup.ts';
import { pageStyle } from './page-style.ts';
import { type FaultSummary, type Recovery, summarise, type Total } from './summary.ts';
import { verdictOf } from './verdict.ts';
import { decimals, faultWords, given, grouped, outcomeSigns, outcomeWords, plural } from './words.ts';

/**
 * The report as one HTML file that needs nothing else: no network, no script, no font. For readers who run a plant.
 * `command` is what was called, for whoever wants to repeat it.
 */
export function renderDrillHtml(report: DrillReport, command?: string): string {
  const summaries = summarise(report);
  const nodes = nodesOf(report.drills);
  const page = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${`${report.site}: drill report`}</title>
<style>${{ markup: pageStyle }}</style>
</head>
<body>
<header>
<h1>${report.site}: does it keep its promise?</h1>
<p class="quiet">${subtitle(report)}</p>
</header>
<main>
${verdict(report, summaries)}
${summaries.length === 0 ? [] : [overview(summaries)]}
${summaries.map((summary, index) => faultChapter(summary, nodes, `fault-${index}`))}
${meaning(report)}
${circumstances(report, command)}
</main>
</body>
</html>
`;
  return page.markup;
}

/** Every machine that answered, was drilled or has a lane: the order decides the colours. */
function nodesOf(drills: readonly DrillResult[]): readonly string[] {
  const answering = drills.flatMap(({ timeline }) => timeline.operations.map(({ node }) => node));
  return [...new Set([...drills.map(({ node }) => node), ...answering])].filter((each) => each !== undefined).sort();
}

function subtitle({ drills }: DrillReport): string {
  const days = [...new Set(drills.map(({ startedAt }) => startedAt.slice(0, 10)))].sort();
  const when = days.length < 2 ? (days[0] ?? '') : `${days[0]} to ${days.at(-1)}`;
  return ['Holdfast drill report', plural(drills.length, 'drill'), when].filter((each) => each !== '').join(' · ');
}

function verdict(report: DrillReport, summaries: readonly FaultSummary[]): Markup {
  const { outcome, sentence } = verdictOf(report, summaries);
  const caution = sharesMemory(report)
    ? [
        markup`<p class="quiet">Measured on machines that cannot prove durability; see what the numbers do not mean.</p>`,
      ]
    : [];
  return markup`<section class="${`verdict ${outcome}`}" aria-label="Verdict"><span class="sign" aria-hidden="true">${outcomeSigns[outcome]}</span>
<p>${sentence}</p>
${caution}
</section>`;
}

function overview(summaries: readonly FaultSummary[]): Markup {
  const titles = overviewColumns.map(({ title }) => title);
  return markup`<table class="overview">
<thead><tr><th scope="col">What was broken</th>${titles.map((title) => markup`<th scope="col">${title}</th>`)}<th scope="col">Result</th></tr></thead>
<tbody>
${summaries.map(
  (summary) => markup`<tr><th scope="row">${faultWords[summary.fault].title}</th>
${overviewColumns.map(({ title, cell }) => {
  const { text, look = '' } = cell(summary);
  return markup`<td class="${look}" data-title="${title}">${text}</td>`;
})}
<td class="${`result ${summary.outcome}`}">${resultOf(summary)}</td></tr>`,
)}
</tbody>
</table>
<p class="quiet">Seconds count from the fault to the first confirmed payment after it, as a client of the plant sees them.</p>`;
}

interface Cell {
  readonly text: string;
  readonly look?: 'bad' | 'unsure';
}

const overviewColumns: readonly { readonly title: string; readonly cell: (summary: FaultSummary) => Cell }[] = [
  { title: 'Drills', cell: ({ drills }) => ({ text: String(drills.length) }) },
  { title: 'Typical recovery', cell: (each) => recoveryCell(each.median, each) },
  { title: 'Slowest', cell: (each) => recoveryCell(each.max, each) },
  { title: 'Computed', cell: ({ budgetSeconds }) => ({ text: budgetSeconds === null ? '–' : given(budgetSeconds) }) },
  { title: 'Promise', cell: ({ objectiveSeconds }) => ({ text: given(objectiveSeconds) }) },
  { title: 'Payments confirmed', cell: ({ acknowledged }) => ({ text: grouped(acknowledged) }) },
  { title: 'Lost', cell: ({ lost }) => totalCell(lost) },
  { title: 'Recorded twice', cell: ({ duplicated }) => totalCell(duplicated) },
  {
    title: 'Two active',
    cell: ({ twoActive }) =>
      twoActive === 'no'
        ? { text: 'never' }
        : { text: twoActive === 'yes' ? 'yes' : 'not known', look: twoActive === 'yes' ? 'bad' : 'unsure' },
  },
];

function recoveryCell(recovery: Recovery, { objectiveSeconds }: FaultSummary): Cell {
  if (recovery === 'not-meant') return { text: 'kept out' };
  if (recovery === 'never') return { text: 'never back', look: 'bad' };
  if (recovery === 'unknown') return { text: 'not known', look: 'unsure' };
  return { text: `${decimals(recovery)}\u00a0s`, ...(recovery > objectiveSeconds && { look: 'bad' }) };
}

function totalCell({ counted, drillsUnknown }: Total): Cell {
  if (drillsUnknown > 0 && counted === 0) return { text: 'not known', look: 'unsure' };
  if (counted === 0) return { text: 'none' };
  return { text: drillsUnknown > 0 ? `${grouped(counted)} or more` : grouped(counted), look: 'bad' };
}

function resultOf({ outcome, passed, drills }: FaultSummary): Markup {
  const some = markup`<small>${passed} of ${drills.length} passed</small>`;
  return markup`<span>${outcomeSigns[outcome]} ${outcomeWords[outcome]}</span>${drills.length > 1 && outcome !== 'pass' ? [some] : []}`;
}

/** Containers keep their memory through a power cut: it is that of the computer they run on. */
function sharesMemory({ drills, environment }: DrillReport): boolean {
  return drills.length > 0 && environment.machines === 'containers';
}

function durability(report: DrillReport): string {
  if (sharesMemory(report)) {
    return 'These machines share the memory of the computer they run on, and that memory survives their power cut. So these drills do not prove that a confirmed payment was on the disk when the power went. Drills on real or virtual machines do.';
  }
  const proven = report.drills.filter((drill) => drill.durability === 'proven').length;
  if (proven === 0) {
    return 'In none of these drills was a machine seen to lose its power, and with it its memory. So they do not prove that a confirmed payment was on the disk. A power cut does.';
  }
  const which =
    proven === report.drills.length ? 'In every drill here' : `In ${proven} of these ${report.drills.length} drills`;
  return `${which} the machine that served lost its power, and with it its memory. So a confirmed payment that was read back after such a drill had truly been on the disk.`;
}

function meaning(report: DrillReport): Markup {
  return markup`<section>
<h2>What the numbers mean, and what they do not</h2>
<ul class="meaning">
<li><strong>Recovery</strong> is the time a client had to wait: from the instant of the fault to the first payment confirmed after it, sent to the address that the plant uses. <strong>Computed</strong> is what Holdfast added up beforehand from the site’s own settings. <strong>Promise</strong> is the objective (RTO) in the site file.</li>
<li><strong>Lost</strong> is a payment that was confirmed and was not there afterwards, when everything was read back. A payment that got no answer may be there or not; that is no loss, and its sender repeats it.</li>
<li><strong>Two active</strong> means that at one instant both machines ran the workload, had the disk mounted or held the address, read from their journals. It must never happen.</li>
<li><strong>Not known</strong> means that a drill proved nothing, for instance because a journal could not be read. It is never counted as passed.</li>
<li>${durability(report)}</li>
<li>A drill shows what happened this time, with these faults. It is no proof for faults that were not tried: two at once, a disk that lies, a fire in the room.</li>
</ul>
</section>`;
}

function circumstances({ environment, drills, leftOut, site }: DrillReport, command: string | undefined): Markup {
  const machines = {
    containers: 'containers on one computer',
    'virtual-machines': 'virtual machines on one computer',
    real: 'real machines',
  } as const;
  const facts = [
    ['Site', site],
    ['Machines', machines[environment.machines]],
    ['Processors', String(environment.cpus)],
    ['Token', `${environment.tokenMs} ms without a sign of life until a machine is taken for gone`],
    ['First drill', drills[0]?.startedAt ?? 'none'],
    ['Last drill', drills.at(-1)?.startedAt ?? 'none'],
    ...environment.notes.map((note) => ['Note', note] as const),
    ...leftOut.map(({ fault, because }) => [`Left out: ${faultWords[fault].title.toLowerCase()}`, because] as const),
  ] as const;
  return markup`<section>
<h2>Where it was measured${command === undefined ? '' : ', and how to repeat it'}</h2>
<dl>${facts.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
${command === undefined ? [] : [markup`<pre><code>${command}</code></pre>`]}
</section>`;
}
