import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { neverBack, notKnown, passedDrills, sampleDrill, sampleReport } from '../../test/report/sample-report.ts';
import type { DrillResult } from '../drill/index.ts';
import { renderDrillTable } from './terminal.ts';

const passed = sampleReport(passedDrills(3));
const mixed = sampleReport([
  ...passedDrills(1),
  neverBack(90),
  notKnown(91),
  sampleDrill('power-cut', 92, { rtoSeconds: 5.2, notes: ['The machine was still booting.'] }),
]);

test('120 columns hold recovery and writes in one table', async () => {
  await expect(renderDrillTable(passed, { colour: false, width: 120 })).toMatchFileSnapshot('golden/passed-120.txt');
});

test('80 columns hold them in two', async () => {
  await expect(renderDrillTable(passed, { colour: false, width: 80 })).toMatchFileSnapshot('golden/passed-80.txt');
});

test('what failed, what is not known and what took longer than computed is said with its reason', async () => {
  await expect(renderDrillTable(mixed, { colour: false, width: 80 })).toMatchFileSnapshot('golden/mixed-80.txt');
});

test('a start that the cluster noted after the first write is no contradiction, but marked', () => {
  const phases = [
    { name: 'workload', atSeconds: 3.39, from: 'bravo pacemaker-controld' },
    { name: 'first-acknowledged-write', atSeconds: 3.38, from: 'client' },
  ] as const;
  const table = (of: DrillResult['phases']) =>
    renderDrillTable(sampleReport([sampleDrill('power-cut', 1, { phases: of })]), { colour: false, width: 100 });
  expect(table(phases)).toMatch(/~3\.39 +3\.38\n\n~ noted by the cluster a moment after the first write\n/);
  expect(table(sampleDrill('power-cut', 1).phases)).not.toContain('~');
});

test('a remark of many drills that passed is printed once', () => {
  const notes = ['service was never interrupted'];
  const report = sampleReport([1, 2, 3].map((seed) => sampleDrill('process-crash', seed, { notes })));
  const printed = renderDrillTable(report, { colour: false, width: 100 });
  expect(printed.split('\n').filter((line) => line.includes('never interrupted'))).toEqual([
    '3 drills: service was never interrupted',
  ]);
});

test('without a drill only the verdict is printed', () => {
  expect(renderDrillTable(sampleReport([]), { colour: true, width: 80 })).toContain('nothing is known');
});

test.each([80, 120])('no line is longer than %d columns, and colours change nothing else', (width) => {
  const plain = renderDrillTable(mixed, { colour: false, width });
  expect(Math.max(...plain.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
  const coloured = renderDrillTable(mixed, { colour: true, width });
  expect(coloured).not.toBe(plain);
  expect(stripVTControlCharacters(coloured)).toBe(plain);
});
