import { XmlDocument } from 'libxml2-wasm';
import { expect, test } from 'vitest';
import {
  neverBack,
  notKnown,
  passedDrills,
  sampleDrill,
  sampleFaults,
  sampleReport,
} from '../../test/report/sample-report.ts';
import type { DrillReport, DrillResult } from '../drill/index.ts';
import { renderDrillHtml } from './html.ts';

const mixed = sampleReport([...passedDrills(2), neverBack(90), notKnown(91)]);

test('the page needs nothing but itself', () => {
  const page = renderDrillHtml(mixed);
  expect(page).not.toMatch(
    /https?:|\/\/[a-z]|url\(|@import|<script|<link|<img|<iframe|<object|\bsrc=|\bhref=|\bon\w+=/i,
  );
});

test('the verdict comes first, as a sentence and a sign', () => {
  const text = textOf(renderDrillHtml(sampleReport(passedDrills(1))));
  expect(text).toMatch(/^press-line-4: does it keep its promise\? .{0,80} ✓ The site survived 5 of 5 faults; /);
  expect(textOf(renderDrillHtml(mixed))).toContain('✕ The site survived 10 of 12 faults; 1 drill failed;');
});

test('every picture is well-formed XML, has a title, and its labels lie within it', () => {
  const pictures = picturesOf(renderDrillHtml(mixed));
  expect(pictures.length).toBe(5 * 2 + 12);
  for (const picture of pictures) {
    using document = XmlDocument.fromString(picture);
    const [, , width = 0, height = 0] = (document.get('/svg/@viewBox')?.content ?? '').split(' ').map(Number);
    for (const text of document.find('//text')) {
      const element = text.content;
      const [x, y] = ['x', 'y'].map((name) => Number(/\d+(\.\d+)?/.exec(attribute(text.toString(), name))?.[0]));
      expect([element, x !== undefined && x >= 0 && x <= width, y !== undefined && y >= 0 && y <= height]).toEqual([
        element,
        true,
        true,
      ]);
    }
  }
  expect(pictures.filter((picture) => picture.includes('<title id=')).length).toBe(10);
});

test('identifiers are unique in the page', () => {
  const ids = [...renderDrillHtml(mixed).matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
  expect(ids.length).toBeGreaterThan(0);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a picture names the silence, the steps, the machines and the limits', () => {
  const drill = sampleDrill('power-cut', 1);
  const [wide = ''] = picturesOf(renderDrillHtml(sampleReport([drill])));
  const text = textOf(wide);
  expect(text).toContain(`no answer for ${drill.rtoSeconds?.toFixed(2)} s`);
  for (const words of [
    'power cut',
    'computed 4.6 s',
    'promise 10 s',
    'noticed',
    'old machine off',
    'disk taken over',
  ]) {
    expect(text).toContain(words);
  }
  for (const words of ['address taken over', 'workload started', 'first answer', 'alpha', 'bravo', 'starting again']) {
    expect(text).toContain(words);
  }
});

test('nothing from the site becomes markup', () => {
  const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u0000&\'';
  const drill = sampleDrill('power-cut', 1, {
    site: evil,
    node: evil,
    startedAt: evil,
    outcome: 'fail',
    reasons: [evil],
    notes: [evil],
    phases: [{ name: 'detected', atSeconds: 1, from: evil }],
  });
  const time: DrillResult['timeline'] = {
    ...drill.timeline,
    operations: drill.timeline.operations.map((each) => (each.node === undefined ? each : { ...each, node: evil })),
    spans: [{ lane: evil, label: evil, fromSeconds: -1, toSeconds: 100 }],
  };
  const report: DrillReport = {
    ...sampleReport([
      { ...drill, timeline: time },
      { ...drill, timeline: time },
    ]),
    site: evil,
    environment: { machines: 'real', cpus: 2, tokenMs: 1000, notes: [evil] },
  };
  const page = renderDrillHtml(report);
  expect(page).not.toMatch(/<script|<img/);
  for (const picture of picturesOf(page)) XmlDocument.fromString(picture).dispose();
});

test('what is not known is said to be not known', () => {
  const drill = sampleDrill('network-cut', 1, {
    rtoSeconds: null,
    interruptionSeconds: null,
    lost: null,
    duplicated: null,
    recovered: null,
    unexpected: null,
    twoActive: null,
    phases: [],
    outcome: 'unknown',
    reasons: ['The client died.'],
    timeline: { fromSeconds: 0, toSeconds: 0, operations: [], spans: [] },
  });
  const text = textOf(renderDrillHtml(sampleReport([drill])));
  expect(text).toContain('No recovery could be measured');
  expect(text).toContain('The client died.');
  expect(text).toContain('No step of the recovery could be read.');
  expect(text.match(/not known/g)?.length).toBeGreaterThan(5);
});

test('without a drill the page says that nothing is known', () => {
  const page = renderDrillHtml(sampleReport([]));
  expect(textOf(page)).toContain('? No drill was run, so nothing is known.');
  expect(page).not.toContain('<table');
});

test('a hundred drills stay one readable page: one large picture for each fault, the rest small', () => {
  const drills = sampleFaults.flatMap((fault) => Array.from({ length: 20 }, (_, run) => sampleDrill(fault, run)));
  const page = renderDrillHtml(sampleReport(drills));
  expect(page.match(/class="timeline"/g)?.length).toBe(5 * 2);
  expect(page.match(/class="strip"/g)?.length).toBe(100);
  expect(page.length).toBeLessThan(500_000);
});

test('only of drills in which a machine lost its memory does the page say that they prove durability', () => {
  const containers = sampleReport(passedDrills(1));
  expect(textOf(renderDrillHtml(containers))).toContain('that memory survives their power cut');
  const environment = { ...containers.environment, machines: 'real' } as const;
  const real = { ...containers, environment };
  const none = textOf(renderDrillHtml(real));
  expect(none).toContain('they do not prove that a confirmed payment was on the disk. A power cut does.');
  expect(none).not.toContain('cannot prove durability');
  const drills = real.drills.map((drill) =>
    drill.fault === 'power-cut' ? { ...drill, durability: 'proven' as const } : drill,
  );
  const some = textOf(renderDrillHtml({ ...real, drills }));
  expect(some).toContain('In 1 of these 5 drills the machine that served lost its power');
  expect(some).not.toContain('do not prove that a confirmed payment');
});

test('a start that was noted after the first answer is said to be, and takes no time of its own', () => {
  const phases = [
    { name: 'address', atSeconds: 3, from: 'bravo' },
    { name: 'workload', atSeconds: 3.39, from: 'bravo' },
    { name: 'first-acknowledged-write', atSeconds: 3.38, from: 'client' },
  ] as const;
  const page = renderDrillHtml(sampleReport([sampleDrill('power-cut', 1, { rtoSeconds: 3.38, phases })]));
  const [table = ''] = page.match(/<table class="phases">[\s\S]*?<\/table>/) ?? [];
  expect(textOf(table)).toContain(
    'workload reported started (the cluster notes it a moment after the first answer) 3.39 s bravo first answer 0.38 s 3.38 s',
  );
});

test('the page tells how to repeat it where that is known, and nothing made up', () => {
  const command = 'npx holdfast drill plant/site.yaml --all --json out.json';
  expect(textOf(renderDrillHtml(mixed, command))).toContain(`${command}`);
  expect(renderDrillHtml(mixed)).not.toContain('how to repeat it');
});

function picturesOf(page: string): string[] {
  return [...page.matchAll(/<svg[\s\S]*?<\/svg>/g)].map(([picture]) => picture);
}

/** What a reader sees, with white space as a browser shows it. */
function textOf(page: string): string {
  return page
    .replace(/^[\s\S]*<body>/, '')
    .replace(/<title[\s\S]*?<\/title>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function attribute(element: string, name: string): string {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(element)?.[1] ?? '';
}
