import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { neverBack, notKnown, passedDrills, sampleDrill, sampleReport } from '../../test/report/sample-report.ts';
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
