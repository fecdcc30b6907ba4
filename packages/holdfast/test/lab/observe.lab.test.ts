import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/core/index.ts';
import { type Hosts, openHosts } from '../../src/hosts/index.ts';
import { labLayout, missingRequirements, openLab } from '../../src/lab/index.ts';
import { type Finding, readStatus, type Status } from '../../src/observe/index.ts';
import { readSite, type Site } from '../../src/site/index.ts';
import { runJson } from './command-line.ts';

/** A lab of its own, so that one somebody works with on this computer is left alone. */
const lab = openLab('observe');
const siteFile = `${labLayout('observe').siteDirectory}/site.yaml`;
const quiet = () => {};
const obstacles = missingRequirements().map((problem) => problem.message);
if (obstacles.length > 0) console.log(`The tests of status, move and maintenance are skipped: ${obstacles.join(' ')}`);

/** In their order: each starts from a site that is whole, and leaves it so. */
describe.skipIf(obstacles.length > 0)('A running site', () => {
  let site: Site;
  let hosts: Hosts;

  beforeAll(async () => {
    await lab.down(quiet);
    await lab.up(quiet);
    site = await readSite(siteFile);
    hosts = openHosts(site);
    expect((await holdfast('apply', '--yes')).exitCode).toBe(0);
    await untilStatus((status) => status.assessment.safe);
  });

  afterAll(async () => {
    await hosts?.close();
    await lab.down(quiet);
  });

  const on = async (host: string, script: string) => (await hosts.get(host).run(script)).stdout.trim();
  const look = () => readStatus(site, hosts, systemClock, { siteFile });

  /** The first status that is as wished; fails with the last one after `limitMs`. */
  async function untilStatus(wished: (status: Status) => boolean, limitMs = 60_000): Promise<Status> {
    for (const end = systemClock.monotonic() + limitMs; ; ) {
      const status = await look();
      if (wished(status)) return status;
      if (systemClock.monotonic() > end) {
        throw new Error(
          `Still not so: ${status.assessment.verdict}\n${JSON.stringify(status.assessment.findings, null, 1)}`,
        );
      }
      await systemClock.sleep(500);
    }
  }

  const safe = () => untilStatus((status) => status.assessment.safe);
  const finds = (code: Finding['code']) => (status: Status) =>
    status.assessment.findings.some((finding) => finding.code === code);
  const constraintsLeft = () => on('charlie', 'cibadmin --query --scope constraints | grep -c cli- || true');

  it('serves, would survive the next fault, and is read in one quick look', async () => {
    showJournalsOnFailure();
    await look();
    const { snapshot, assessment } = await look();
    expect(assessment.findings).toEqual([]);
    expect(assessment.faults.map(({ survives }) => survives)).toEqual(['yes', 'yes', 'yes', 'yes', 'yes']);
    expect(snapshot.tookMs).toBeLessThan(5_000);
    expect((await holdfast('status')).exitCode).toBe(0);
  });

  it('is linted as it runs: nothing that is an error, until somebody changes a machine and the cluster by hand', async () => {
    showJournalsOnFailure();
    const sound = await lintLive();
    expect(errorsOf(sound.json)).toEqual([]);
    expect(sound.exitCode).toBe(0);
    await on('charlie', "sed -i 's/token: 1000/token: 5000/' /etc/corosync/corosync.conf");
    await on('alpha', 'crm_attribute --name stonith-enabled --update false');
    const touched = await lintLive();
    await on('alpha', 'crm_attribute --name stonith-enabled --update true');
    await on('charlie', "sed -i 's/token: 5000/token: 1000/' /etc/corosync/corosync.conf");
    expect(errorsOf(touched.json)).toEqual(
      expect.arrayContaining([
        'HF-LINT-FILES-DIFFER in charlie:/etc/corosync/corosync.conf',
        'HF-LINT-FENCING-OFF in alpha:cib.xml',
      ]),
    );
    expect(touched.exitCode).toBe(7);
    expect(errorsOf((await lintLive()).json)).toEqual([]);
    await safe();
  });

  it('is not safe while a cable is out, and says which', async () => {
    showJournalsOnFailure();
    await lab.machine('bravo').unplug('ring');
    const { assessment } = await untilStatus(finds('HF-STATUS-LINK-DOWN'));
    expect(assessment.serves).toBe('yes');
    const messages = assessment.findings.map(({ message }) => message).join('\n');
    expect(messages).toContain('Link 1 between alpha and bravo is down');
    expect((await holdfast('status')).exitCode).toBe(4);
    await lab.machine('bravo').plug('ring');
    await safe();
  });

  it('is not known to be safe while a node cannot be reached, and the look does not hang', async () => {
    showJournalsOnFailure();
    await lab.machine('bravo').unplug('mgmt');
    const { snapshot, assessment } = await untilStatus(finds('HF-STATUS-UNREACHABLE'));
    expect(snapshot.tookMs).toBeLessThan(20_000);
    expect(assessment).toMatchObject({ serves: 'yes', active: 'alpha', safe: false });
    await lab.machine('bravo').plug('mgmt');
    await safe();
  });

  it('moves to the other node and back, and pins nothing', async () => {
    showJournalsOnFailure();
    for (const [from, to] of [
      ['alpha', 'bravo'],
      ['bravo', 'alpha'],
    ]) {
      const { exitCode, json } = await holdfast('move');
      expect(exitCode).toBe(0);
      expect(json).toMatchObject({ moved: true, from, to });
      expect((await safe()).assessment.active).toBe(to);
      expect(await constraintsLeft()).toBe('0');
    }
    expect((await holdfast('move', '--to', 'alpha')).json).toMatchObject({ moved: false });
  });

  it('leaves no constraint behind when the move is killed in the middle', async () => {
    showJournalsOnFailure();
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const program = `const { main } = await import(${JSON.stringify(main)}); await main(process.argv.slice(1));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', 'move', siteFile]);
    while ((await constraintsLeft()) === '0' && child.exitCode === null) await systemClock.sleep(10);
    expect(child.exitCode).toBeNull();
    child.kill('SIGKILL');
    await once(child, 'close');
    expect((await untilStatus((status) => status.assessment.safe)).assessment.active).toBe('bravo');
    for (let looks = 0; looks < 50 && (await constraintsLeft()) !== '0'; looks += 1) await systemClock.sleep(200);
    expect(await constraintsLeft()).toBe('0');
    await holdfast('move');
    await safe();
  });

  it('drains the active node onto the other one, then refuses to move back until that ends', async () => {
    showJournalsOnFailure();
    expect((await holdfast('maintenance', 'on', '--node', 'alpha')).json).toMatchObject({ changed: true });
    const { assessment } = await untilStatus(finds('HF-STATUS-STANDBY'));
    expect(assessment).toMatchObject({ active: 'bravo', serves: 'yes', safe: false });
    expect(assessment.findings.map(({ message }) => message).join()).toMatch(
      /alpha is in maintenance \(standby\) since 20/,
    );
    const refused = await holdfast('move');
    expect([refused.exitCode, refused.json.error?.code]).toEqual([3, 'HF-MOVE-UNSAFE']);
    const worse = await holdfast('maintenance', 'on', '--node', 'bravo');
    expect([worse.exitCode, worse.json.error?.code]).toEqual([3, 'HF-MOVE-UNSAFE']);
    expect((await holdfast('maintenance', 'off', '--node', 'alpha')).json).toMatchObject({ changed: true });
    expect((await safe()).assessment.active).toBe('bravo');
  });

  it('does nothing while the site is in maintenance, and does not end it before what runs is what the cluster believes', async () => {
    showJournalsOnFailure();
    expect((await holdfast('maintenance', 'on')).exitCode).toBe(0);
    const { assessment } = await untilStatus(finds('HF-STATUS-MAINTENANCE'));
    expect(assessment.findings[0]?.message).toMatch(/NO PROTECTION: .* since 20/);
    await on('bravo', 'systemctl stop ledger.service');
    await systemClock.sleep(3_000);
    expect(await on('bravo', 'systemctl is-active ledger.service')).toBe('inactive');
    const refused = await holdfast('maintenance', 'off');
    expect([refused.exitCode, refused.json.error?.code]).toEqual([3, 'HF-MAINTENANCE-MISMATCH']);
    await on('bravo', 'systemctl start ledger.service');
    expect((await holdfast('maintenance', 'off')).json).toMatchObject({ changed: true });
    expect((await safe()).assessment.active).toBe('bravo');
  });

  it('goes on serving without its witness, says that nothing more may happen, and is whole when it is back', async () => {
    showJournalsOnFailure();
    await lab.machine('charlie').cutPower();
    const { assessment } = await untilStatus(finds('HF-STATUS-QUORUM-THIN'));
    expect(assessment).toMatchObject({ active: 'bravo', serves: 'yes', safe: false });
    await lab.machine('charlie').start();
    await safe();
  });

  it('says why a node cannot take over after a failure there, until that is cleared', async () => {
    showJournalsOnFailure();
    await on('alpha', 'mv /usr/lib/ocf/resource.d/holdfast/workload /root/workload');
    await untilStatus(finds('HF-STATUS-AGENT'));
    await on('alpha', 'mv /root/workload /usr/lib/ocf/resource.d/holdfast/workload');
    await safe();
    const { active } = (await safe()).assessment;
    if (active === null) throw new Error('nobody serves');
    await on(active, `crm_resource --fail --resource workload-ledger --node ${active}`);
    await untilStatus(finds('HF-STATUS-FAILURES'));
    expect((await holdfast('clear', 'workload-ledger')).exitCode).toBe(0);
    const { assessment } = await untilStatus(
      (status) => status.assessment.safe && !finds('HF-STATUS-FAILURES')(status),
    );
    expect(assessment.active).toBe(active);
  });
});

const output = z.looseObject({
  error: z.object({ code: z.string() }).optional(),
  findings: z
    .array(z.looseObject({ rule: z.string(), severity: z.string(), where: z.looseObject({ file: z.string() }) }))
    .optional(),
});
type Answer = { readonly exitCode: number; readonly json: z.infer<typeof output> };

function holdfast(verb: string, ...rest: string[]): Promise<Answer> {
  return command(verb, siteFile, ...rest);
}

function lintLive(): Promise<Answer> {
  return command('lint', '--live', siteFile);
}

function errorsOf({ findings = [] }: Answer['json']): readonly string[] {
  return findings.filter(({ severity }) => severity === 'error').map(({ rule, where }) => `${rule} in ${where.file}`);
}

const command = (...args: readonly string[]) => runJson(output, ...args);

function showJournalsOnFailure(): void {
  onTestFailed(async () => console.log(await lab.journals(120)));
}
