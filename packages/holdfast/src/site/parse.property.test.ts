import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../core/index.ts';
import { parseSite } from './index.ts';

const goodText = readFileSync(new URL('./golden/press-line.yaml', import.meta.url), 'utf8');
const words = goodText.match(/[\w.@/-]+|[^\w\s]|\s+/g) ?? [];
const odd = [
  '010',
  'yes',
  '*a',
  '&a',
  '<<',
  '? ',
  '- ',
  '!!set',
  '| ',
  '"',
  '__proto__',
  'constructor',
  '1e999',
  '.nan',
  '\t',
];

/** Milliseconds; the longest allowed text takes far less, a loop without end does not. */
const limitMs = 10_000;

function outcomeOf(text: string): string {
  const startedAt = performance.now();
  try {
    parseSite(text, { file: 'site.yaml', readFile: () => '-----BEGIN CERTIFICATE-----' });
    return 'a site';
  } catch (error) {
    if (!(error instanceof HoldfastError)) return `threw ${String(error)}`;
    if (performance.now() - startedAt > limitMs) return 'too slow';
    return error.problems.every((each) => each.at !== undefined && each.at.line > 0 && each.remedy !== '')
      ? 'refused'
      : 'a problem without its place';
  }
}

describe('parseSite, given any text at all', () => {
  it('returns a site or throws a HoldfastError whose problems have a place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        expect(outcomeOf(text)).toMatch(/^(a site|refused)$/);
      }),
      { numRuns: 300 },
    );
  });

  it('does so for site files with pieces taken out, put in and swapped', () => {
    const piece = fc.oneof(fc.constantFrom(...words), fc.constantFrom(...odd));
    const edit = fc.tuple(fc.nat(words.length), fc.nat(3), fc.array(piece, { maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        const mutated = [...words];
        for (const [at, remove, insert] of edits) mutated.splice(at, remove, ...insert);
        expect(outcomeOf(mutated.join(''))).toMatch(/^(a site|refused)$/);
      }),
      { numRuns: 500 },
    );
  });

  it('does so for any value in the place of any other one', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(
            'version',
            'nodes',
            'witness',
            'state',
            'timing',
            'workloads',
            'accept',
            'address',
            'name',
            'drill',
          ),
          fc.jsonValue(),
        ),
        (value) => {
          expect(outcomeOf(JSON.stringify(value))).toBe('refused');
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    [
      'a bomb of aliases',
      `a: &a [x,x]\n${'bcdefghij'
        .split('')
        .map((key, index) => `${key}: &${key} [*${'abcdefghi'[index]},*${'abcdefghi'[index]}]`)
        .join('\n')}`,
    ],
    ['thirty thousand brackets', '['.repeat(30_000)],
    ['as many braces', '{a: '.repeat(8000)],
    ['as many dashes', '- '.repeat(16_000)],
    ['as many question marks', '? '.repeat(16_000)],
    ['six thousand keys', Array.from({ length: 6000 }, (_, index) => `${index.toString(36)}:`).join('\n')],
    ['ten thousand nodes', `nodes: [${'{},'.repeat(10_000)}]`],
    ['four thousand links', `nodes: [{ name: a, links: [${'1.1.1.1,'.repeat(4000)}] }]`],
    ['one long word', `name: ${'x'.repeat(30_000)}`],
    ['a hundred thousand characters', 'x'.repeat(100_000)],
  ])('refuses %s in time', (_name, text) => {
    expect(outcomeOf(text)).toBe('refused');
  });
});
