import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/index.ts';
import { drill, type FaultName, openDrillEnvironment, usualPace } from '../../src/drill/index.ts';
import { openHosts } from '../../src/hosts/index.ts';
import { labLayout, missingRequirements, openLab } from '../../src/lab/index.ts';
import { assess, snapshot } from '../../src/observe/index.ts';
import { openRollout } from '../../src/rollout/index.ts';
import { openSecrets } from '../../src/secrets/index.ts';
import { readSite, type Site } from '../../src/site/index.ts';

const lab = openLab('trixie');
const siteFile = `${labLayout('trixie').siteDirectory}/site.yaml`;
const quiet = () => {};
const obstacles = missingRequirements().map((problem) => problem.message);
if (obstacles.length > 0) console.log(`Debian 13 in the lab is skipped: ${obstacles.join(' ')}`);

describe.skipIf(obstacles.length > 0)('A site on Debian 13, with Pacemaker 3.0', () => {
  let site: Site;

  beforeAll(async () => {
    await lab.down(quiet);
    await lab.up(quiet, { release: 'trixie' });
    site = await readSite(siteFile);
  });

  afterAll(() => lab.down(quiet));

  it('is applied, and changes nothing when it is applied again', async () => {
    await using rollout = await openTheRollout(site);
    for await (const _ of rollout.apply(await rollout.plan()));
    await using hosts = openHosts(site);
    const { stdout } = await hosts.get('alpha').run('crmadmin --version');
    expect(stdout).toMatch(/Pacemaker 3\./);
    expect((await rollout.plan()).steps).toEqual([]);
  });

  it('has a scheduler that says of every single fault that the site goes on', async () => {
    await using rollout = await openTheRollout(site);
    const answer = await rollout.whatIf(await rollout.plan());
    if (answer.kind !== 'simulated') throw new Error(answer.because);
    const single = answer.outcomes.filter(({ faults }) => faults.length === 1);
    expect(single.length).toBeGreaterThan(4);
    expect(single.filter(({ stopped }) => stopped.length > 0).map(({ title }) => title)).toEqual([]);
  });

  it('would survive the next fault, as far as anybody can see', async () => {
    await using hosts = openHosts(site);
    const assessment = assess(await snapshot(site, hosts, systemClock), site, siteFile);
    expect(assessment.findings.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
    expect(assessment.safe).toBe(true);
  });

  it.each<FaultName>(['process-crash', 'crash-loop', 'power-cut'])('survives %s', async (fault) => {
    await using hosts = openHosts(site);
    const environment = openDrillEnvironment(site, hosts, systemClock);
    const options = { faults: [fault], leaveOut: false, repeat: 1, pace: usualPace };
    for await (const event of drill(site, options, environment, new AbortController().signal)) {
      if (event.kind !== 'drill-finished') continue;
      expect(event.result.reasons.filter((reason) => !reason.includes('the objective is'))).toEqual([]);
      expect(event.result).toMatchObject({ lost: 0, duplicated: 0, twoActive: false });
      // The journals say the same in other words: every phase is still found.
      const reached = event.result.phases.filter(({ atSeconds }) => atSeconds !== null).map(({ name }) => name);
      expect(reached).toContain('detected');
      if (fault === 'power-cut') expect(reached).toEqual(expect.arrayContaining(['fenced', 'state', 'address']));
    }
  });
});

async function openTheRollout(site: Site) {
  return openRollout({
    site,
    secrets: await openSecrets(siteFile, {}),
    fileSystemUuid: randomUUID(),
    clock: systemClock,
    operator: 'the tests on Debian 13',
  });
}
