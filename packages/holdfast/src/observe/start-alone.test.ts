import { describe, expect, it } from 'vitest';
import {
  healthySnapshot,
  replicatedSite,
  site,
  surveyText,
  withMachine,
  withoutMachine,
} from '../../test/observe/healthy-site.ts';
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

describe('letting a node with a replica serve alone', () => {
  const uuids = 'DFE1B1627CCD143F:0C06A5CC3130CFE1:0000000000000000:0000000000000000';
  const replicaText = (flags: string) => `replica kernel 8.4.11\nreplica generations ${uuids}:${flags}\nreplica.rc 0\n`;
  const alphaWith = (flags: string, promotableOnly?: string) =>
    machines({
      deviceAnswers: true,
      replica: replicaText(flags),
      ...(promotableOnly === undefined ? {} : { promotableOnly }),
    });
  const attempt = (world: ReturnType<typeof machines>, more: { discard?: string; isOff?: string } = {}) =>
    startAlone(replicatedSite, world, systemClock, 'alpha', more).catch((thrown: unknown) => thrown);
  const changes = (world: ReturnType<typeof machines>) => world.ran.filter((script) => !script.includes('losetup'));

  it('does not take the notes of a disk that went on alone for a proof: a person may have let the other node serve since', async () => {
    const world = alphaWith('1:1:1:0:0:1:0');
    expect(await attempt(world)).toMatchObject({
      code: 'HF-ALONE-DOUBT',
      message: expect.stringContaining('It is the newest still unless a person let bravo serve alone since.'),
      remedy: expect.stringContaining('Only if nobody let bravo serve alone since'),
    });
    expect(changes(world)).toEqual([]);
    const result = await attempt(world, { discard: 'bravo' });
    expect(result).toMatchObject({
      node: 'alpha',
      data: {
        freshness: 'newest-when-last-up',
        wasActive: true,
        generation: 'DFE1B1627CCD143F',
        newestFile: { path: 'ledger.db', atMs: 1_795_228_100_500 },
        words:
          'The disk of alpha was the newest when it was last up: it went on after bravo was dead or marked as stale. ' +
          'It is the newest still unless a person let bravo serve alone since. When it was last up, alpha served. ' +
          'Its newest file, ledger.db, is from 2026-11-21 02:28:20Z. Generation DFE1B1627CCD143F.',
      },
    });
  });

  it('takes the word that the other node went on alone for a doubt, also where the notes say that the data are good', async () => {
    const world = alphaWith('1:1:1:0:0:1:0', 'bravo');
    expect(await attempt(world)).toMatchObject({
      code: 'HF-ALONE-DOUBT',
      message: expect.stringContaining(
        'But bravo went on without alpha and forbade it to serve, by the constraint drbd-fence-by-handler-state-replica',
      ),
      remedy: expect.stringContaining('Only if bravo is lost for ever: holdfast start-alone'),
    });
    expect(changes(world)).toEqual([]);
    expect(await attempt(world, { discard: 'bravo' })).toMatchObject({
      data: { forbiddenBy: 'drbd-fence-by-handler-state-replica' },
    });
    expect(world.ran.at(-1)).toMatch(/cibadmin --replace[^\n]*operation="ne" value="alpha"/);
    expect(await attempt(alphaWith('1:1:1:0:0:1:0', 'alpha'))).toMatchObject({
      message: expect.not.stringContaining('forbade'),
    });
  });

  it('names what is still missing together with what was said already, so that no command leads back to the one before', async () => {
    const world = machines({ deviceAnswers: false, replica: replicaText('1:1:0:1:0:0:0') });
    const remedy = expect.stringMatching(/: holdfast start-alone site\.yaml alpha --is-off bravo --discard bravo$/);
    expect(await attempt(world, { isOff: 'bravo' })).toMatchObject({ code: 'HF-ALONE-DOUBT', remedy });
    expect(await attempt(world, { discard: 'bravo' })).toMatchObject({ code: 'HF-ALONE-NOT-OFF', remedy });
    expect(await attempt(world, { discard: 'bravo', isOff: 'bravo' })).toMatchObject({ node: 'alpha' });
  });

  it.each([
    ['out of date', '1:0:0:0:0:0:0'],
    ['half copied', '0:0:0:0:1:0:0'],
  ])(
    'refuses data that are %s, whatever a person says, and names the command for the other node',
    async (words, flags) => {
      const world = alphaWith(flags);
      expect(await attempt(world, { discard: 'bravo' })).toMatchObject({
        code: 'HF-ALONE-STALE',
        message: expect.stringContaining(`The disk of alpha is ${words}`),
        remedy: expect.stringContaining('holdfast start-alone site.yaml bravo'),
      });
      expect(changes(world)).toEqual([]);
    },
  );

  it('refuses data that may not be the newest until a person gives up what the other node may have', async () => {
    const world = alphaWith('1:1:0:1:0:0:0');
    expect(await attempt(world)).toMatchObject({
      code: 'HF-ALONE-DOUBT',
      message: expect.stringMatching(/whether bravo went on alone after that.* alpha stood by\. Its newest file/),
      remedy: expect.stringContaining('holdfast start-alone site.yaml alpha --discard bravo'),
    });
    expect(await attempt(world, { discard: 'alpha' })).toMatchObject({ code: 'HF-ALONE-DOUBT' });
    expect(changes(world)).toEqual([]);
    expect(await attempt(world, { discard: 'bravo' })).toMatchObject({ node: 'alpha' });
    expect(world.ran.at(-1)).toMatch(/stonith|corosync-quorumtool -e 1[\s\S]*drbdadm primary --force state/);
  });

  it('takes notes that cannot be read for doubt', async () => {
    const world = machines({ deviceAnswers: true });
    expect(await attempt(world)).toMatchObject({
      code: 'HF-ALONE-DOUBT',
      message: expect.stringContaining('DRBD does not say how the data on alpha are.'),
    });
    expect(changes(world)).toEqual([]);
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

/** Alpha alone, without quorum; its device of bravo answers, or not. `replica`: what the survey prints of DRBD there. */
function machines({
  deviceAnswers,
  replica = '',
  promotableOnly,
}: {
  readonly deviceAnswers: boolean;
  readonly replica?: string;
  readonly promotableOnly?: string;
}) {
  const ran: string[] = [];
  const get = (name: string): Host => ({
    name,
    async run(script) {
      if (name !== 'alpha') throw unreachable(name);
      if (script.includes('crm_mon --output-as')) {
        const text = surveyText(name).replace(/(Quorate: +)Yes/, '$1No');
        return {
          exitCode: 0,
          stdout: replica + (promotableOnly ? forbidding(text, promotableOnly) : text),
          stderr: '',
        };
      }
      ran.push(script);
      if (script.includes('losetup')) return { exitCode: 0, stdout: '1795228100.5 ledger.db\n', stderr: '' };
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

/** The survey's text with the constraint that DRBD's fence handler writes on `node`. */
function forbidding(text: string, node: string): string {
  const id = 'drbd-fence-by-handler-state-replica';
  const expression = `<expression attribute="#uname" operation="ne" value="${node}" id="expression"/>`;
  const rule = `<rule role="Promoted" score="-INFINITY" id="rule">${expression}</rule>`;
  return text.replace(
    /^(cib .*)<\/constraints>/m,
    (_, before: string) => `${before}<rsc_location rsc="replica" id="${id}">${rule}</rsc_location></constraints>`,
  );
}

function unreachable(name: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-HOST-UNREACHABLE',
    message: `${name} is dark.`,
    remedy: 'Look.',
    source: 'site',
  });
}
