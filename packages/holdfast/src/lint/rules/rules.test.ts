import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../core/index.ts';
import { cib, corosync, drbd, given, replicated } from '../examples/configurations.fixture.ts';
import { examples } from '../examples/index.fixture.ts';
import { severities } from '../finding.ts';
import { lint } from '../lint.ts';
import { allRules } from './index.ts';

describe.each(allRules.map((rule) => [rule.code, rule] as const))('%s', (code, rule) => {
  const { bad, good } = examples[code] ?? { bad: given(), good: given() };
  const found = lint(bad).filter((each) => each.rule === code);

  it(`is found: ${rule.title}`, () => {
    expect(found).not.toEqual([]);
    expect(found[0]?.severity).toBe(rule.severity);
  });

  it('is not found where it is mended', () => {
    expect(lint(good).filter((each) => each.rule === code)).toEqual([]);
  });

  it('says in whole sentences why, and what to do', () => {
    for (const { why, remedy, where } of found) {
      expect(why).toMatch(/^\S.*\.$/s);
      expect(why).not.toMatch(/undefined|\[object|\.\.$/);
      expect(remedy).toMatch(/^[A-Z].*\.$/);
      expect(where.file).not.toBe('');
    }
  });
});

describe('The rules', () => {
  it('have each a code of their own, which is no code of an error', () => {
    const codes = allRules.map(({ code }) => code);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index || Object.hasOwn(errorCodes, code))).toEqual([]);
  });

  it('have each an example, and no example is without its rule', () => {
    expect(Object.keys(examples).toSorted()).toEqual(allRules.map(({ code }) => code).toSorted());
  });

  it('say in whole sentences what the danger is and what to do', () => {
    for (const { danger, remedy, title, source } of allRules) {
      expect(danger).toMatch(/^\S.*\.$/);
      expect(remedy).toMatch(/^[A-Z].*\.$/);
      expect(title).not.toMatch(/\.$/);
      expect(source).not.toBe('');
    }
  });

  it('find nothing in a sound configuration', () => {
    const sound = [
      given(cib()),
      given(corosync()),
      given(drbd()),
      given(replicated(), drbd(), corosync({ nodes: ['alpha', 'bravo'] })),
    ];
    const worse = sound.flatMap((input) => lint(input)).filter(({ severity }) => severity !== severities.at(-1));
    expect(
      worse.map(({ rule, why }) => `${rule} ${why}`).filter((each) => !each.includes('QUORUM-NO-SURVIVOR')),
    ).toEqual([]);
  });
});
