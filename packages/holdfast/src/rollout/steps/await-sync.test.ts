import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../core/index.ts';
import type { Host, Hosts } from '../../hosts/index.ts';
import type { AwaitSyncStep } from '../step.ts';
import { awaitSync } from './await-sync.ts';

const step: AwaitSyncStep = {
  kind: 'await-sync',
  hosts: ['alpha', 'bravo'],
  disks: ['/dev/vdb', '/dev/vdc'],
  resource: 'state',
  minor: 0,
  patience: 1,
};

/** What one node's /proc/drbd says of the two: its own disk first. `missing`: KiB. */
interface Said {
  readonly state?: string;
  readonly disks?: string;
  readonly missing?: number;
  readonly percent?: number;
}

/** At one moment, by node; none: DRBD is down there. */
type Moment = Readonly<Record<string, Said | undefined>>;

const half = { state: 'SyncTarget', disks: 'Inconsistent/UpToDate', missing: 400, percent: 60 };
const good = { state: 'SyncSource', disks: 'UpToDate/Inconsistent', missing: 400, percent: 60 };
const same = { state: 'Connected', disks: 'UpToDate/UpToDate' };
const done: Moment = { alpha: same, bravo: same };

describe('Waiting for a copy', () => {
  it('tells how far it is, from wherever it is, and ends when both hold the same', async () => {
    const { told, failure } = await wait((look) =>
      look < 3
        ? {
            alpha: { ...good, missing: 400 - look, percent: 60 + look },
            bravo: { ...half, missing: 400 - look, percent: 60 + look },
          }
        : done,
    );
    expect(failure).toBeUndefined();
    expect(told).toEqual(['60.0 %', '61.0 %', '62.0 %']);
  });

  it('ends when the disk that is written to dies, and says which, and that the other node serves on', async () => {
    const { failure, looks } = await wait((look) =>
      look < 2
        ? { alpha: { ...good, missing: 400 - look }, bravo: { ...half, missing: 400 - look } }
        : {
            alpha: { state: 'Connected', disks: 'UpToDate/Diskless' },
            bravo: { state: 'Connected', disks: 'Diskless/UpToDate' },
          },
    );
    expect(failure).toMatchObject({
      code: 'HF-APPLY-SYNC-STOPPED',
      message: expect.stringMatching(/\/dev\/vdc of bravo go after an error\. alpha serves on/),
    });
    expect(failure?.problems[0].remedy).toMatch(/Nothing is lost.*journalctl -k` on bravo/);
    expect(looks).toBeLessThan(6);
  });

  it('does not say that nothing is lost when it is the only good disk that dies', async () => {
    const { failure } = await wait(() => ({
      alpha: { state: 'Connected', disks: 'Failed/Inconsistent' },
      bravo: { state: 'Connected', disks: 'Inconsistent/Failed' },
    }));
    expect(failure?.message).toMatch(
      /\/dev\/vdb of alpha go after an error, and the disk of bravo does not have all data \(Inconsistent\)/,
    );
    expect(failure?.problems[0].remedy).toMatch(/^Overwrite nothing/);
  });

  it('is not alarmed by one look at a node that is just taking its disk up', async () => {
    const { failure } = await wait((look) =>
      look === 1
        ? {
            alpha: { state: 'Connected', disks: 'UpToDate/Diskless' },
            bravo: { state: 'Connected', disks: 'Diskless/UpToDate' },
          }
        : look < 3
          ? { alpha: good, bravo: half }
          : done,
    );
    expect(failure).toBeUndefined();
  });

  it.each([
    [1, 5],
    [4, 20],
  ])('ends when nothing has moved, with patience %i after %i minutes', async (patience, minutes) => {
    const { failure, looks } = await wait(() => ({ alpha: good, bravo: half }), { ...step, patience });
    expect(failure).toMatchObject({
      code: 'HF-APPLY-SYNC-STOPPED',
      message: expect.stringMatching(
        new RegExp(`^Nothing of the copy has moved for ${minutes} min, and 400 KiB.*alpha serves on`),
      ),
    });
    expect(looks * 2).toBeGreaterThan(minutes * 60);
    expect(looks * 2).toBeLessThan(minutes * 60 + 10);
  });

  it('goes on as long as anything moves', async () => {
    const { failure } = await wait((look) => {
      const missing = 400 - Math.floor(look / 100);
      return look < 1000 ? { alpha: { ...good, missing }, bravo: { ...half, missing } } : done;
    });
    expect(failure).toBeUndefined();
  });

  it('ends when the two have lost each other, as long after as such machines need', async () => {
    const lost = { alpha: { state: 'WFConnection', disks: 'UpToDate/DUnknown' }, bravo: undefined };
    const { failure, looks } = await wait(() => lost, { ...step, patience: 2 });
    expect(failure?.message).toMatch(/lost each other \(alpha, \/dev\/vdb: Connecting.*bravo, \/dev\/vdc: down\)/);
    expect(looks).toBe(61);
  });
});

/** With machines that say at each look what they are told to, and whose time passes at once. */
async function wait(at: (look: number) => Moment, waiting: AwaitSyncStep = step) {
  const told: string[] = [];
  const looks = { alpha: 0, bravo: 0 };
  const host = (name: 'alpha' | 'bravo'): Host => ({
    name,
    async run(script: string) {
      const stdout = script.startsWith('sleep') ? '' : report(at(looks[name]++)[name]);
      return { exitCode: 0, stdout, stderr: '' };
    },
    async *lines() {},
    close: async () => {},
  });
  const all = [host('alpha'), host('bravo')];
  const close = async () => {};
  const hosts: Hosts = {
    all,
    get: (name) => host(name === 'alpha' ? 'alpha' : 'bravo'),
    close,
    [Symbol.asyncDispose]: close,
  };
  const failure = await awaitSync(waiting, hosts, (text) => told.push(text), undefined).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof HoldfastError) return error;
      throw error;
    },
  );
  return { told, failure, looks: looks.alpha };
}

/** As `drbdStatusCommand` prints it of the kernel's 8.4. */
function report(said: Said | undefined): string {
  const lines = ['kernel 8.4.11'];
  if (said === undefined) return lines.join('\n');
  const { state = 'Connected', disks = 'UpToDate/UpToDate', missing = 0, percent } = said;
  return [
    ...lines,
    `proc  0: cs:${state} ro:Secondary/Secondary ds:${disks} C r-----`,
    `proc     ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:${missing}`,
    ...(percent === undefined ? [] : [`proc \t[>....................] sync'ed: ${percent.toFixed(1)}% (1/2)M`]),
  ].join('\n');
}
