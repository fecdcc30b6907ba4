import { describe, expect, it } from 'vitest';
import { examples } from '../../src/lint/examples/index.fixture.ts';
import { allRules } from '../../src/lint/rules/index.ts';
import { oracleMissing } from './image-programs.ts';
import { fencingDangers } from './lint-dangers-fencing.ts';
import { arrangementDangers, optionDangers, roleDangers } from './lint-dangers-placement.ts';
import { leftoverDangers, operationDangers, recoveryDangers } from './lint-dangers-recovery.ts';
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
