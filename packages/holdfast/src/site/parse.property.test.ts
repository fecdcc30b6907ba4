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
      { numRuns: 150 },
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
      { numRuns: 200 },
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
      { numRuns: 150 },
    );
  });

  it.each([
    ['thirty thousand brackets', 'HF-SITE-TOO-DEEP', '['.repeat(30_000)],
    ['as many that are closed again', 'HF-SITE-TOO-DEEP', `a: ${'['.repeat(15_000)}${']'.repeat(15_000)}`],
    ['as many braces', 'HF-SITE-TOO-DEEP', '{a: '.repeat(8000)],
    ['as many dashes', 'HF-SITE-TOO-DEEP', '- '.repeat(16_000)],
    ['as many question marks', 'HF-SITE-TOO-DEEP', '? '.repeat(16_000)],
    ['twenty levels', 'HF-SITE-TOO-DEEP', `a: ${'['.repeat(20)}${']'.repeat(20)}`],
    ['a bomb of aliases', 'HF-SITE-ALIAS', `a: &a [x,x]\nb: &b [${'*a,'.repeat(9)}]\nc: [${'*b,'.repeat(9)}]`],
    ['four thousand keys', 'HF-SITE-UNKNOWN-KEY', Array.from({ length: 4000 }, (_, index) => `k${index}:`).join('\n')],
    ['ten thousand nodes', 'HF-SITE-TOO-MANY-NODES', `nodes: [${'{},'.repeat(10_000)}]`],
    ['four thousand links', 'HF-SITE-LINK-COUNT', `nodes: [{ name: a, links: [${'1.1.1.1,'.repeat(4000)}] }]`],
    ['one long word', 'HF-SITE-VALUE', `name: ${'x'.repeat(30_000)}`],
    ['a hundred thousand characters', 'HF-SITE-TOO-LARGE', 'x'.repeat(100_000)],
  ])('refuses %s with %s, in time', (_name, code, text) => {
    expect(outcomeOf(text)).toBe('refused');
    expect(codesOf(text)).toContain(code);
  });
});

function codesOf(text: string): string[] {
  try {
    parseSite(text, { file: 'site.yaml', readFile: () => '' });
    return [];
  } catch (error) {
    return error instanceof HoldfastError ? error.problems.map((each) => each.code) : [];
  }
}
