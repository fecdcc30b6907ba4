import { describe, expect, it } from 'vitest';
import { cib } from '../../src/lint/examples/configurations.fixture.ts';
import { examples } from '../../src/lint/examples/index.fixture.ts';
import type { Rule } from '../../src/lint/finding.ts';
import { readCib } from '../../src/lint/inputs/cib-view.ts';
import { allRules } from '../../src/lint/rules/index.ts';
import { oracleMissing } from './image-programs.ts';
import { fencingDangers } from './lint-dangers-fencing.ts';
import { arrangementDangers, optionDangers, roleDangers } from './lint-dangers-placement.ts';
import { leftoverDangers, operationDangers, recoveryDangers } from './lint-dangers-recovery.ts';
import { notShown } from './lint-not-shown.ts';
import { type Dangers, play } from './lint-simulation.ts';

/** What each danger does in Pacemaker's scheduler, and what the mended configuration does instead. */
const dangers: Dangers = {
  ...fencingDangers,
  ...operationDangers,
  ...recoveryDangers,
  ...arrangementDangers,
  ...roleDangers,
  ...optionDangers,
  ...leftoverDangers,
};

describe.skipIf(oracleMissing !== undefined).each(Object.entries(dangers))(
  "%s in Pacemaker's scheduler",
  (code, danger) => {
    const rule = allRules.find((each) => each.code === code);

    it(`does what it warns of: ${rule?.title}`, () => {
      const played = play(code, examples[code]?.bad, danger);
      danger.bad(played);
      expect(() => danger.good(played)).toThrow();
    });

    it('does not, once mended', () => {
      const played = play(code, examples[code]?.good, danger);
      danger.good(played);
      expect(() => danger.bad(played)).toThrow();
    });
  },
);

describe('The rules that judge a CIB', () => {
  const judging = allRules.filter(looksAtCib).map(({ code }) => code);
  const shown = Object.keys(dangers);
  const listed = notShown.flatMap(({ codes }) => codes);

  it('are shown here, or stand in the list of those that the scheduler cannot show', () => {
    expect(judging.filter((code) => !shown.includes(code) && !listed.includes(code))).toEqual([]);
  });

  it('stand in that list once, and only where they are not shown', () => {
    expect(listed.filter((code, index) => listed.indexOf(code) !== index || shown.includes(code))).toEqual([]);
  });

  it('are the only ones here and there', () => {
    expect([...shown, ...listed].filter((code) => !judging.some((each) => each === code))).toEqual([]);
  });
});

/** Whether a rule asks for the CIB where nothing else is given. */
function looksAtCib(rule: Rule): boolean {
  const view = readCib(cib(), 'cib.xml');
  let looked = false;
  const evidence = {
    corosync: [],
    drbd: [],
    sbd: [],
    hosts: [],
    differences: [],
    get cib() {
      looked = true;
      return view;
    },
  };
  Array.from(rule.find(evidence));
  return looked;
}
