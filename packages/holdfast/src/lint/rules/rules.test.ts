import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../core/index.ts';
import {
  cib,
  clone,
  corosync,
  daemon,
  drbd,
  fenceDevice,
  filesystem,
  given,
  replicated,
  service,
} from '../examples/configurations.fixture.ts';
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

  it('find nothing in a file system for many nodes that many nodes mount', () => {
    const shared = cib({ resources: clone('everywhere', filesystem({ parameters: { fstype: 'gfs2' } })) });
    expect(codesOf(shared)).not.toContain('HF-LINT-CLONED-FILESYSTEM');
  });

  it('take priority-fencing-delay for a difference only where something has a priority', () => {
    const twins = (priority: string) =>
      cib({
        fencing: fenceDevice('alpha') + fenceDevice('bravo'),
        properties: { 'priority-fencing-delay': '5s' },
        resources: service({ daemon: daemon({ meta: { priority } }) }),
      });
    expect(codesOf(twins('10'))).not.toContain('HF-LINT-FENCING-RACE');
    expect(codesOf(twins('0'))).toContain('HF-LINT-FENCING-RACE');
    expect(codesOf(twins(''))).toContain('HF-LINT-FENCING-RACE');
  });

  it('know that a group waits for a fencing as one', () => {
    const group = (state: string) =>
      cib({
        defaults: { requires: 'quorum' },
        resources: service({ filesystem: filesystem({ meta: { requires: state } }) }),
      });
    expect(codesOf(group('nothing'))).toContain('HF-LINT-FENCING-NOT-AWAITED');
    expect(codesOf(group('fencing'))).not.toContain('HF-LINT-FENCING-NOT-AWAITED');
  });

  it('count failures as Pacemaker does: each that is found in time keeps those before it', () => {
    const forgetful = (timeout: string) => cib({ resources: daemon(), defaults: { 'failure-timeout': timeout } });
    expect(codesOf(forgetful('10s'))).toContain('HF-LINT-FAILURES-FORGOTTEN');
    expect(codesOf(forgetful('11s'))).not.toContain('HF-LINT-FAILURES-FORGOTTEN');
  });

  it('wait for what a device has not done yet', () => {
    const [file] = examples['HF-LINT-FENCING-DEVICE-FAILED']?.good.files ?? [];
    const underWay = file?.text.replace(
      'rc-code="0" op-status="0"/></lrm_resource>',
      'rc-code="193" op-status="-1"/></lrm_resource>',
    );
    expect(underWay).toContain('193');
    expect(codesOf(underWay ?? '')).not.toContain('HF-LINT-FENCING-DEVICE-FAILED');
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

function codesOf(text: string): string[] {
  return lint(given(text)).map(({ rule }) => rule);
}
