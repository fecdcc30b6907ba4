import { describe, expect, it } from 'vitest';
import { promotableIn, proposeCib, simulationScript } from '../../src/engines/pacemaker/index.ts';
import { agents, sites } from '../../src/patterns/active-passive/sites.fixture.ts';
import { compile } from '../../src/patterns/index.ts';
import { prevail, promoteOnly } from '../../src/replica/promote-only.ts';
import { oracleMissing, runInImage } from './image-programs.ts';

const { cib, members } = compile(sites.replicatedSite, agents).cluster;

describe.skipIf(oracleMissing !== undefined)('The word that only one node may be promoted', () => {
  it('makes the cluster demote the node that serves, and promote the other one', () => {
    const said = atRest(`${promoteOnly('state', 'bravo')}
crm_simulate --xml-file "$CIB_file" --simulate`);
    expect(said).toMatch(/Demote +drbd:\d+ +\( Promoted -> Unpromoted alpha \)/);
    expect(said).toMatch(/Promote +drbd:\d+ +\( Unpromoted -> Promoted bravo \)/);
    expect(said).toMatch(/Move +state +\( +alpha -> bravo \)/);
  });

  it("makes the configuration prevail over one that was changed more often, by the highest number of the CIB's version", () => {
    const after = (adminEpoch: number) =>
      Number(
        / admin_epoch="(\d+)"/.exec(
          atRest(`sed -i 's/ admin_epoch="[0-9]*"/ admin_epoch="${adminEpoch}"/' "$CIB_file"
${prevail}
head -1 "$CIB_file"`),
        )?.[1],
      );
    expect(Math.abs(after(0) - Date.now() / 60_000)).toBeLessThan(5);
    expect(after(50_000_000)).toBe(50_000_001);
  });

  it('takes the place of what the fence handler of the other node wrote, and stands once', () => {
    // As crm-fence-peer.9.sh of drbd-utils names it, which a site may have had before: its expressions have a number.
    const handlers = promoteOnly('state', 'alpha').replaceAll('-expr-', '-expr-0-');
    const said = atRest(`${handlers}
${promoteOnly('state', 'bravo')}
${promoteOnly('state', 'bravo')}
grep drbd-fence-by-handler "$CIB_file"`);
    expect(said.match(/<rsc_location /g)).toHaveLength(1);
    expect(said.match(/<expression .*/g)).toEqual([expect.stringContaining('value="bravo"')]);
  });
});

/** What a script prints where the site's whole configuration, at rest with alpha serving, is the file that $CIB_file names. */
function atRest(script: string): string {
  const simulate = simulationScript([], members, promotableIn(cib)).replace(
    'trap \'rm -rf "$work"\' EXIT',
    'trap \'cp "$work/rest.xml" /tmp/cib.xml\' EXIT',
  );
  const { stdout, said, exitCode } = runInImage(
    `cat >/tmp/simulate
sh /tmp/simulate </tmp/given >/dev/null
chmod 600 /tmp/cib.xml
export CIB_file=/tmp/cib.xml
${script}`,
    { '/tmp/given': proposeCib(undefined, cib, members) },
    simulate,
  );
  if (exitCode !== 0) throw new Error(said);
  return stdout;
}
