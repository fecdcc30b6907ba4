import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { systemClock } from '../../src/core/index.ts';
import { type Host, type Hosts, openHosts } from '../../src/hosts/index.ts';
import { isClean, type Lab, labLayout, labLeftovers, missingRequirements, openLab } from '../../src/lab/index.ts';
import { readStatus } from '../../src/observe/index.ts';
import { readSite } from '../../src/site/index.ts';
import { runJson } from './command-line.ts';

const lab = openLab('fencing');
const directory = labLayout('fencing').siteDirectory;
const siteFile = `${directory}/site.yaml`;
const levelsFile = `${directory}/levels.yaml`;
const quiet = () => {};
const obstacles = missingRequirements().map((problem) => problem.message);
if (obstacles.length > 0) console.log(`The tests of fencing in the lab are skipped: ${obstacles.join(' ')}`);

/** In their order: each starts from a site that is whole, and leaves it so. */
describe.skipIf(obstacles.length > 0)('Fencing of a running site', () => {
  let hosts: Hosts;

  beforeAll(async () => {
    await lab.down(quiet);
    await lab.up(quiet);
    hosts = openHosts(await readSite(siteFile));
    expect((await holdfast('apply', siteFile, '--yes')).exitCode).toBe(0);
    await untilSafe(siteFile);
  });

  afterAll(async () => {
    await hosts?.close();
    await lab.down(quiet);
  });

  it('is proven by asking each device from every member that may have to fence', async () => {
    const { exitCode, json } = await holdfast('fencing', 'test', siteFile, '--all');
    expect(exitCode).toBe(0);
    expect(json.status.map(({ node, askedFrom, outcome }) => `${node} from ${askedFrom}: ${outcome}`)).toEqual([
      'alpha from bravo: works',
      'alpha from charlie: works',
      'bravo from alpha: works',
      'bravo from charlie: works',
    ]);
  });

  it('is proven by really switching the passive node off and on, and never the one that serves', async () => {
    showJournalsOnFailure(lab);
    const { exitCode, json } = await holdfast('fencing', 'test', siteFile, 'bravo', '--power', '--yes', 'bravo');
    expect(json.power).toMatchObject([{ node: 'bravo', level: 1, outcome: 'works' }]);
    expect(exitCode).toBe(0);
    await untilSafe(siteFile);
    const refused = await holdfast('fencing', 'test', siteFile, 'alpha', '--power', '--yes', 'alpha');
    expect(refused.json.error?.code).toBe('HF-FENCING-TEST-UNSAFE');
  });

  it('goes on to the next level when an agent hangs at the worst moment, and by it brings the node back', async () => {
    showJournalsOnFailure(lab);
    for (const member of hosts.all) {
      await member.run('cat >/usr/sbin/fence_hangs && chmod 755 /usr/sbin/fence_hangs', { stdin: hangingAgent });
    }
    writeFileSync(levelsFile, withHangingFirstLevel(readFileSync(siteFile, 'utf8')));
    expect((await holdfast('apply', levelsFile, '--yes')).exitCode).toBe(0);
    await untilSafe(levelsFile);
    await lab.machine('alpha').cutPower();
    const cutMs = systemClock.monotonic();
    await until(async () => (await look(levelsFile)).active === 'bravo', 60_000);
    const tookMs = systemClock.monotonic() - cutMs;
    expect(tookMs).toBeGreaterThan(hangTimeoutMs);
    expect(tookMs).toBeLessThan(hangTimeoutMs + 25_000);
    const { stdout } = await hosts.get('charlie').run('journalctl -u pacemaker -o cat --since -2min');
    expect(stdout).toContain("Operation 'reboot' targeting alpha by charlie");
    await untilSafe(levelsFile);
  });
});

const ipmiLab = openLab('fencingipmi');
const { siteDirectory, bmcDirectory } = ipmiLab.layout;
const ipmiSiteFile = `${siteDirectory}/site.yaml`;
const dualFile = `${siteDirectory}/dual.yaml`;
const ipmiObstacles = missingRequirements('containers', 'ipmi').map((problem) => problem.message);
if (ipmiObstacles.length > 0) {
  console.log(`The tests of fencing by IPMI in the lab are skipped: ${ipmiObstacles.join(' ')}`);
}

/** The real fence_ipmilan and ipmitool on the members, against OpenIPMI's simulator. In their order. */
describe.skipIf(ipmiObstacles.length > 0)('Fencing by IPMI', () => {
  beforeAll(async () => {
    await ipmiLab.down(quiet);
    await ipmiLab.up(quiet, { bmc: 'ipmi' });
    expect((await holdfast('apply', ipmiSiteFile, '--yes')).exitCode).toBe(0);
    await untilSafe(ipmiSiteFile);
  });

  afterAll(async () => {
    await ipmiLab.down(quiet);
    expect(labLeftovers(ipmiLab.layout)).toSatisfy(isClean);
  });

  it('really switches the passive node, shows no password among the arguments, and comes back when its BMC was killed', async () => {
    showJournalsOnFailure(ipmiLab);
    await using machines = openHosts(await readSite(ipmiSiteFile));
    const secret = z.object({ bravo: z.object({ password: z.string().min(8) }) });
    const { password } = secret.parse(JSON.parse(readFileSync(`${bmcDirectory}/accounts.json`, 'utf8'))).bravo;
    // The witness is the one that asks.
    const seen = await argumentsSeen(machines.get('charlie'), async () => {
      const { json } = await holdfast('fencing', 'test', ipmiSiteFile, 'bravo', '--power', '--yes', 'bravo');
      expect(json.power).toMatchObject([{ node: 'bravo', level: 1, outcome: 'works' }]);
    });
    // Else the samples would have missed what they are taken for.
    expect(seen).toContain('/usr/bin/ipmitool');
    expect(seen.filter((argument) => argument.includes(password))).toEqual([]);
    expect(chassisRequests()).toContain('bravo set power 0: off');
    const pid = Number(readFileSync(`${bmcDirectory}/ipmi-alpha.pid`, 'utf8').split(' ')[0]);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toMatch(/^ipmi_sim\0/);
    process.kill(pid, 'SIGKILL');
    await until(async () => (await ipmiLab.status()).bmc === 'stopped', 5_000);
    await ipmiLab.up(quiet);
    expect(await ipmiLab.status()).toMatchObject({ up: true, bmcKind: 'ipmi', bmc: 'running' });
    expect(await asked('alpha')).toEqual(['works', 'works']);
    await expect(ipmiLab.up(quiet, { bmc: 'redfish' })).rejects.toMatchObject({ code: 'HF-LAB-BMC' });
  });

  it('kills a node that was cut off within the objective, by both devices of its only level, and brings it back', async () => {
    showJournalsOnFailure(ipmiLab);
    writeFileSync(dualFile, withRedfishInTheSameLevel(readFileSync(ipmiSiteFile, 'utf8')));
    expect((await holdfast('apply', dualFile, '--yes')).exitCode).toBe(0);
    await untilSafe(dualFile);
    const { active } = await look(dualFile);
    const { exitCode, json } = await holdfast('drill', dualFile, '--fault', 'network-cut');
    expect(json.drills).toMatchObject([{ outcome: 'pass', lost: 0, twoActive: false }]);
    expect(exitCode).toBe(0);
    expect(
      chassisRequests()
        .filter((request) => request.includes('set power'))
        .slice(-2),
    ).toEqual([`${active} set power 0: off`, `${active} set power 1: on`]);
    await untilSafe(dualFile);
    await using machines = openHosts(await readSite(dualFile));
    const { stdout } = await machines.get('charlie').run('journalctl -u pacemaker -o cat --since -2min');
    const done = [...stdout.matchAll(/Operation '(\w+)' \[\d+\] targeting \w+ using (fence1\w-\w+) returned 0/g)];
    const steps = done.map(([, action, device]) => `${device} ${action}`);
    // A slow machine may be asked twice, and a device that is on already does nothing. What counts is the order.
    const firstOn = steps.findIndex((step) => step.endsWith(' on'));
    expect(new Set(steps.slice(0, firstOn))).toEqual(new Set([`fence1a-${active} off`, `fence1b-${active} off`]));
    expect(new Set(steps.slice(firstOn))).toEqual(new Set([`fence1a-${active} on`, `fence1b-${active} on`]));
  });

  /** Every argument of every process that runs on the machine at some time meanwhile, as any of its users can read it. */
  async function argumentsSeen(host: Host, act: () => Promise<void>): Promise<readonly string[]> {
    const flag = '/run/holdfast-test-arguments';
    await host.run(`touch ${flag}`);
    const look = `while [ -e ${flag} ]; do cat /proc/[0-9]*/cmdline 2>/dev/null; sleep 0.01; done |
tr '\\0' '\\n' | awk '!seen[$0]++'`;
    const looking = host.run(look, { timeoutMs: 180_000 });
    try {
      await act();
    } finally {
      await host.run(`rm -f ${flag}`);
      await looking.catch(() => undefined);
    }
    return (await looking).stdout.split('\n');
  }

  async function asked(node: string): Promise<readonly string[]> {
    return (await holdfast('fencing', 'test', ipmiSiteFile, node)).json.status.map(({ outcome }) => outcome);
  }

  /** What the simulators asked the lab for: `bravo set power 0: off`. */
  function chassisRequests(): readonly string[] {
    const line = z.looseObject({ chassis: z.string(), said: z.string() });
    return readFileSync(`${bmcDirectory}/bmc.log`, 'utf8')
      .split('\n')
      .filter((text) => text.includes('"chassis"'))
      .map((text) => line.parse(JSON.parse(text)))
      .map(({ chassis, said }) => `${chassis}: ${said}`);
  }
});

const hangTimeoutMs = 10_000;

/** Well whenever it is asked, and silent when it shall do something. */
const hangingAgent = `#!/bin/sh
while read -r line; do case $line in action=*|option=*) action=\${line#*=} ;; esac; done
[ "$1" != -o ] || action=$2
case $action in
metadata) cat <<'END'
<?xml version="1.0" ?>
<resource-agent name="fence_hangs" shortdesc="hangs"><longdesc>hangs</longdesc><vendor-url/><parameters>
<parameter name="action" unique="0" required="1"><getopt mixed="-o"/><content type="string" default="off"/><shortdesc lang="en">what to do</shortdesc></parameter>
<parameter name="plug" unique="0" required="0"><getopt mixed="-n"/><content type="string"/><shortdesc lang="en">which</shortdesc></parameter>
</parameters><actions><action name="on" automatic="0"/><action name="off"/><action name="status"/><action name="monitor"/><action name="metadata"/></actions></resource-agent>
END
;;
on|off|reboot) exec sleep 600 ;;
esac
`;

const labFile = z.looseObject({
  objectives: z.looseObject({}),
  nodes: z.array(z.looseObject({ name: z.string(), fencing: z.looseObject({}) })),
});

function withHangingFirstLevel(text: string): string {
  const site = labFile.parse(parse(text));
  for (const node of site.nodes) {
    const hangs = {
      type: 'agent',
      agent: 'fence_hangs',
      parameters: { plug: node.name },
      timeout: `${hangTimeoutMs}ms`,
    };
    Object.assign(node, { fencing: [hangs, node.fencing] });
  }
  return stringify({ ...site, objectives: { rto: '60s', rpo: '0s' } });
}

/** Two devices that must both say "off", as the outlets of two power supplies. */
function withRedfishInTheSameLevel(text: string): string {
  const site = labFile.parse(parse(text));
  for (const node of site.nodes) {
    const { username, password, power } = node.fencing;
    const [address, system] = ['10.77.9.1:8443', `/redfish/v1/Systems/${node.name}`];
    const redfish = { type: 'redfish', address, username, password, system, ca: './bmc-ca.pem', power };
    Object.assign(node, { fencing: [[node.fencing, redfish]] });
  }
  return stringify(site);
}

async function look(file: string) {
  const site = await readSite(file);
  await using machines = openHosts(site);
  return (await readStatus(site, machines, systemClock, { siteFile: file })).assessment;
}

async function untilSafe(file: string): Promise<void> {
  await until(async () => (await look(file)).safe, 120_000);
}

async function until(isSo: () => Promise<boolean>, limitMs: number): Promise<void> {
  for (const end = systemClock.monotonic() + limitMs; !(await isSo()); ) {
    if (systemClock.monotonic() > end) throw new Error(`not so after ${limitMs / 1000} s`);
    await systemClock.sleep(300);
  }
}

const output = z.looseObject({
  error: z.object({ code: z.string() }).optional(),
  status: z.array(z.looseObject({ node: z.string(), askedFrom: z.string(), outcome: z.string() })).default([]),
  drills: z.array(z.looseObject({})).default([]),
  power: z.array(z.looseObject({ node: z.string(), level: z.number(), outcome: z.string() })).default([]),
});

const holdfast = (...args: readonly string[]) => runJson(output, ...args);

function showJournalsOnFailure(of: Lab): void {
  onTestFailed(async () => console.log(await of.journals(120)));
}
