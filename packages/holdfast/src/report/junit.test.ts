import { XmlDocument } from 'libxml2-wasm';
import { expect, test } from 'vitest';
import { neverBack, notKnown, sampleDrill, sampleReport } from '../../test/report/sample-report.ts';
import { renderDrillJunit } from './junit.ts';

test('a suite for each fault and a case for each drill, with failures and what is not known', async () => {
  const report = sampleReport([sampleDrill('power-cut', 1), neverBack(90), notKnown(91)]);
  await expect(renderDrillJunit(report)).toMatchFileSnapshot('golden/junit.xml');
});

test('the counts agree with the cases', () => {
  using document = parse(sampleReport([sampleDrill('power-cut', 1), neverBack(90), neverBack(92), notKnown(91)]));
  expect(number(document, 'number(/testsuites/@tests) - count(//testcase)')).toBe(0);
  expect(number(document, 'number(/testsuites/@failures) - count(//failure)')).toBe(0);
  expect(number(document, 'number(/testsuites/@skipped) - count(//skipped)')).toBe(0);
  expect(number(document, 'count(//failure)')).toBe(2);
  expect(number(document, 'sum(//testsuite/@tests)')).toBe(4);
});

test('names and reasons stay text, even with characters that XML cannot hold', () => {
  const reason = '</failure><x/> & "\u0000\u001b[31m" ]]>';
  const drill = { ...neverBack(1), node: '<a b="c">', reasons: [reason] };
  using document = parse(sampleReport([drill]));
  expect(number(document, 'count(//x)')).toBe(0);
  const message = document.get('//failure/@message')?.content;
  expect(message).toBe('</failure><x/> & "\uFFFD\uFFFD[31m" ]]>');
});

test('a report without a drill is an empty, valid one', () => {
  using document = parse(sampleReport([]));
  expect(number(document, 'count(//testsuite)')).toBe(0);
});

function parse(report: Parameters<typeof renderDrillJunit>[0]): XmlDocument {
  return XmlDocument.fromString(renderDrillJunit(report));
}

function number(document: XmlDocument, xpath: string): unknown {
  return document.eval(xpath);
}
