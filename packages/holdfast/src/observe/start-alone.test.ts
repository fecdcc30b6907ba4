import { describe, expect, it } from 'vitest';
import { healthySnapshot, site, surveyText, withMachine, withoutMachine } from '../../test/observe/healthy-site.ts';
import { HoldfastError, systemClock } from '../core/index.ts';
import type { Host } from '../hosts/index.ts';
import { planAlone, startAlone } from './start-alone.ts';

const alone = withMachine(
  withoutMachine(withoutMachine(healthySnapshot(), 'bravo'), 'charlie'),
  'alpha',
  (machine) => ({
    ...machine,
    quorum: machine.quorum.known ? { known: true, value: { ...machine.quorum.value, quorate: false } } : machine.quorum,
  }),
);

describe('planning to serve alone', () => {
  it('names the node that must be off first', () => {
    expect(planAlone(alone, site, 'alpha').name).toBe('bravo');
  });

  it('refuses while another member lives, also the witness', () => {
    const withWitness = withMachine(withoutMachine(healthySnapshot(), 'bravo'), 'alpha', (machine) => machine);
    expect(codeOf(() => planAlone(withWitness, site, 'alpha'))).toBe('HF-ALONE-OTHERS-LIVE');
  });

  it('refuses where the node has quorum, does not answer, or is no node', () => {
    const quorate = withoutMachine(withoutMachine(healthySnapshot(), 'bravo'), 'charlie');
    expect(codeOf(() => planAlone(quorate, site, 'alpha'))).toBe('HF-ALONE-NOT-NEEDED');
    expect(codeOf(() => planAlone(withoutMachine(alone, 'alpha'), site, 'alpha'))).toBe('HF-ALONE-NOT-NEEDED');
    expect(codeOf(() => planAlone(alone, site, 'charlie'))).toBe('HF-ALONE-NOT-NEEDED');
  });
});

describe('letting a node serve alone', () => {
  it('does nothing when neither a device nor a person says that the other node is off, and says which command would', async () => {
    const world = machines({ deviceAnswers: false });
    const error = await startAlone(site, world, systemClock, 'alpha').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error).toMatchObject({
      code: 'HF-ALONE-NOT-OFF',
      remedy: expect.stringContaining('holdfast start-alone site.yaml alpha --is-off bravo'),
    });
    expect(world.ran.join()).not.toContain('corosync-quorumtool -e 1');
  });

  it('needs no word of a person where the device switched the other node off, and confirms nothing by hand', async () => {
    const world = machines({ deviceAnswers: true });
    const result = await startAlone(site, world, systemClock, 'alpha');
    expect(result).toEqual({ node: 'alpha', other: 'bravo', offBecause: 'its fencing device switched it off' });
    expect(world.ran.at(-1)).toContain('corosync-quorumtool -e 1');
    expect(world.ran.join()).not.toContain('stonith_admin');
  });

  it('takes the word of a person for the other node, and for no other', async () => {
    const world = machines({ deviceAnswers: false });
    const wrong = await startAlone(site, world, systemClock, 'alpha', { isOff: 'charlie' }).catch((error) => error);
    expect(wrong).toMatchObject({ code: 'HF-ALONE-NOT-OFF' });
    await startAlone(site, world, systemClock, 'alpha', { isOff: 'bravo' });
    expect(world.ran.at(-1)).toContain('stonith_admin --confirm bravo');
  });
});

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
  return 'nothing was refused';
}

/** Alpha alone, without quorum; its device of bravo answers, or not. */
function machines({ deviceAnswers }: { readonly deviceAnswers: boolean }) {
  const ran: string[] = [];
  const get = (name: string): Host => ({
    name,
    async run(script) {
      if (name !== 'alpha') throw unreachable(name);
      if (script.includes('crm_mon --output-as')) {
        return { exitCode: 0, stdout: surveyText(name).replace(/(Quorate: +)Yes/, '$1No'), stderr: '' };
      }
      ran.push(script);
      const asksDevice = script.includes('fence_redfish');
      return { exitCode: asksDevice && !deviceAnswers ? 1 : 0, stdout: '', stderr: '' };
    },
    lines: () => {
      throw new Error('not used');
    },
    close: () => Promise.resolve(),
  });
  return { ran, get };
}

function unreachable(name: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-HOST-UNREACHABLE',
    message: `${name} is dark.`,
    remedy: 'Look.',
    source: 'site',
  });
}
