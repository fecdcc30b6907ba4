import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { z } from 'zod';
import { isClean, labLayout, labLeftovers, missingRequirements, openLab } from '../../src/lab/index.ts';
import { openSecrets } from '../../src/secrets/index.ts';
import { readSite } from '../../src/site/index.ts';

/** A lab of its own, so that one somebody works with on this computer is left alone. */
const lab = openLab('test');
const { siteDirectory } = labLayout('test');
const quiet = () => {};
const obstacles = missingRequirements().map((problem) => problem.message);
if (obstacles.length > 0) {
  console.log(`The lab tests are skipped: ${obstacles.join(' ')}`);
}

describe.skipIf(obstacles.length > 0)('The lab', () => {
  beforeAll(async () => {
    await lab.down(quiet);
    await lab.up(quiet);
  });

  afterAll(async () => {
    await lab.down(quiet);
    expect(labLeftovers(lab.layout)).toSatisfy(isClean);
  });

  it('brings three machines up, each with its name, its addresses and nothing failed', async () => {
    showJournalsOnFailure();
    for (const [index, machine] of lab.machines.entries()) {
      expect(await on(machine.name, 'uname -n')).toBe(machine.name);
      expect(await on(machine.name, 'systemctl --failed --no-legend')).toBe('');
      const addresses = await on(machine.name, "ip -4 -o addr show scope global | awk '{print $2, $4}'");
      const host = 11 + index;
      expect(addresses.split('\n')).toEqual([
        `plant 10.77.1.${host}/24`,
        `ring 10.77.2.${host}/24`,
        `mgmt 10.77.9.${host}/24`,
      ]);
    }
  });

  it('is brought up twice without harm: what runs stays running', async () => {
    showJournalsOnFailure();
    const before = await on('alpha', 'cat /proc/sys/kernel/random/boot_id');
    const outcomes: string[] = [];
    await lab.up((event) => {
      if (event.kind === 'task-finished' && event.id !== 'lab-base') outcomes.push(event.outcome);
    });
    expect(outcomes.filter((outcome) => outcome !== 'unchanged' && outcome !== 'skipped')).toEqual([]);
    expect(await on('alpha', 'cat /proc/sys/kernel/random/boot_id')).toBe(before);
  });

  it('leaves no address, link or mount of its own in the namespace of this computer', async () => {
    const addresses = await execa('ip', ['-o', 'addr']);
    expect(addresses.stdout).not.toContain('10.77.');
    const made = labLeftovers(lab.layout);
    expect(made.mounts).toEqual([]);
    // What `down` has to remove is seen while it is there.
    expect(made.processes.length).toBeGreaterThan(10);
    expect(made.namespaces).toEqual(['hf-test-lab', 'hf-test-alpha', 'hf-test-bravo', 'hf-test-charlie']);
    expect(made.loopDevices).toHaveLength(1);
    expect(made.controlGroups.length).toBeGreaterThan(0);
  });

  it('writes a site file that Holdfast takes, with the passwords that the BMC takes', async () => {
    const site = await readSite(`${siteDirectory}/site.yaml`);
    expect(site.nodes.map((node) => node.name)).toEqual(['alpha', 'bravo']);
    const secrets = await openSecrets(`${siteDirectory}/site.yaml`, {});
    expect(secrets.get('bmc-alpha')).toBe(bmcAccount('alpha').password);
    expect([...secrets.names].sort()).toEqual(['bmc-alpha', 'bmc-bravo', 'corosync-authkey']);
  });

  it('lets both nodes mount the shared disk, the second one as soon as the first has lost its power', async () => {
    showJournalsOnFailure();
    const mount = 'mkdir -p /srv/state && mount /dev/holdfast-shared /srv/state';
    await on('alpha', `mkfs.ext4 -q -F /dev/holdfast-shared && ${mount} && echo written >/srv/state/file && sync`);
    const { atMs } = await lab.machine('alpha').cutPower();
    expect(atMs).not.toBeNull();
    expect(lab.machine('alpha').isOn()).toBe(false);
    expect(await on('bravo', `${mount} && cat /srv/state/file && umount /srv/state`)).toBe('written');
    await restart('alpha');
    expect(await on('alpha', 'mount')).not.toContain('/srv/state');
    await on('bravo', 'wipefs --all --quiet /dev/holdfast-shared');
  });

  it('cuts the power without a good-bye: no peer of a connection hears that it ended', async () => {
    showJournalsOnFailure();
    const silent = on('charlie', 'timeout 4 nc 10.77.1.12 22 >/dev/null; echo $?');
    await on('bravo', 'until ss -Htn state established sport = :22 dst 10.77.1.13 | grep -q .; do sleep 0.05; done');
    await lab.machine('bravo').cutPower();
    // 124: nc was still waiting when its time was over.
    expect(await silent).toBe('124');
    await restart('bravo');
  });

  it('keeps the journal of a life that ended with a power cut', async () => {
    showJournalsOnFailure();
    await on('alpha', 'logger -t holdfast-test before-the-cut; sleep 1.5');
    await lab.machine('alpha').cutPower();
    expect(await lab.journals(2000)).toContain('before-the-cut');
    await restart('alpha');
    expect(await on('alpha', 'journalctl -b -1 -t holdfast-test -o cat')).toBe('before-the-cut');
  });

  it('starts a machine with nothing of its former life on its network', async () => {
    showJournalsOnFailure();
    await on('alpha', 'ip addr add 10.77.1.100/24 dev plant');
    await expect(ping('charlie', '10.77.1.100')).resolves.toBe(true);
    await lab.machine('alpha').cutPower();
    await expect(ping('charlie', '10.77.1.100')).resolves.toBe(false);
    await restart('alpha');
    await expect(ping('charlie', '10.77.1.100')).resolves.toBe(false);
    await expect(ping('charlie', '10.77.1.11')).resolves.toBe(true);
  });

  it('pulls cables, keeps them out over a reset, and puts them back', async () => {
    showJournalsOnFailure();
    await lab.machine('bravo').unplug();
    await expect(ping('alpha', '10.77.1.12')).resolves.toBe(false);
    await expect(ping('alpha', '10.77.2.12')).resolves.toBe(false);
    expect(await on('bravo', 'cat /sys/class/net/plant/carrier')).toBe('0');
    await lab.machine('bravo').pressReset();
    await lab.machine('bravo').untilReachable(20_000);
    await expect(ping('alpha', '10.77.1.12')).resolves.toBe(false);
    await lab.machine('bravo').plug('ring');
    await expect(ping('alpha', '10.77.2.12')).resolves.toBe(true);
    await lab.machine('bravo').plug();
    await expect(ping('alpha', '10.77.1.12')).resolves.toBe(true);
    await expect(lab.machine('bravo').unplug('wifi')).rejects.toMatchObject({ code: 'HF-LAB-NETWORK-UNKNOWN' });
  });

  describe('with the real fence_redfish on charlie', () => {
    beforeAll(async () => {
      const ca = readFileSync(`${siteDirectory}/bmc-ca.pem`, 'utf8');
      await on('charlie', 'cat >/root/bmc-ca.pem', ca);
    });

    it('switches alpha off and on, and says which it is', async () => {
      showJournalsOnFailure();
      expect(await fence('status')).toContain('Status: ON');
      expect(await fence('off')).toContain('Success: Powered OFF');
      expect(lab.machine('alpha').isOn()).toBe(false);
      expect(await fence('status')).toContain('Status: OFF');
      expect(await fence('off')).toContain('Success: Already OFF');
      expect(await fence('on')).toContain('Success: Powered ON');
      expect(await fence('on')).toContain('Success: Already ON');
      await lab.machine('alpha').untilReachable(20_000);
    });

    it('reboots alpha when it is on, and when it is off', async () => {
      showJournalsOnFailure();
      const bootId = () => on('alpha', 'cat /proc/sys/kernel/random/boot_id');
      const before = await bootId();
      expect(await fence('reboot')).toContain('Success: Rebooted');
      await lab.machine('alpha').untilReachable(20_000);
      expect(await bootId()).not.toBe(before);
      await lab.machine('alpha').cutPower();
      expect(await fence('reboot')).toContain('Success: Rebooted');
      await lab.machine('alpha').untilReachable(20_000);
    });

    it('is refused with a wrong password, with the account of another machine, and without the authority of the BMC', async () => {
      showJournalsOnFailure();
      expect(await fence('off', { password: 'wrong' })).toContain('Unable to get PowerState');
      expect(await fence('off', bmcAccount('bravo'))).toContain('Unable to get PowerState');
      expect(await fence('off', { ca: '/etc/ssl/certs/ca-certificates.crt' })).toContain('CERTIFICATE_VERIFY_FAILED');
      expect(lab.machine('alpha').isOn()).toBe(true);
    });
  });

  it('mends itself by `up` after every process of it was killed', async () => {
    showJournalsOnFailure();
    for (const pid of labLeftovers(lab.layout).processes) kill(pid);
    await expect.poll(() => labLeftovers(lab.layout).processes).toEqual([]);
    expect(await lab.status()).toMatchObject({ up: false, bmc: 'stopped' });
    await lab.up(quiet);
    expect(await lab.status()).toMatchObject({ up: true, bmc: 'running' });
    expect(await on('bravo', 'uname -n')).toBe('bravo');
  });

  it.each([
    ['the cables are being laid', 'lab-base', 20],
    ['the machines get power', 'lab-alpha', 10],
    ['the machines are switched on', 'lab-alpha', 250],
    ['the machines boot', 'lab-alpha', 900],
  ])('leaves nothing behind when `up` is killed while %s, and `down` follows', async (_when, task, delayMs) => {
    showJournalsOnFailure();
    await lab.down(quiet);
    await killDuringUp(task, delayMs);
    await lab.down(quiet);
    expect(labLeftovers(lab.layout)).toSatisfy(isClean);
  });

  it('goes on from where a killed `up` stopped', async () => {
    showJournalsOnFailure();
    await killDuringUp('lab-alpha', 100);
    await lab.up(quiet);
    expect(await lab.status()).toMatchObject({ up: true });
    expect(await on('alpha', 'uname -n')).toBe('alpha');
  });
});

function showJournalsOnFailure(): void {
  onTestFailed(async () => console.log(await lab.journals(100)));
}

async function on(machine: string, script: string, input = ''): Promise<string> {
  const { stdout } = await execa('ssh', ['-F', `${siteDirectory}/ssh_config`, machine, script], { input });
  return stdout;
}

async function restart(machine: string): Promise<void> {
  await lab.machine(machine).start();
  await lab.machine(machine).untilReachable(20_000);
}

async function ping(from: string, address: string): Promise<boolean> {
  return (await on(from, `ping -q -c 1 -W 1 ${address} >/dev/null && echo yes || echo no`)) === 'yes';
}

function bmcAccount(machine: 'alpha' | 'bravo'): { username: string; password: string } {
  const account = z.object({ username: z.string(), password: z.string() });
  const file = readFileSync(`${lab.layout.bmcDirectory}/accounts.json`, 'utf8');
  return z.object({ alpha: account, bravo: account }).parse(JSON.parse(file))[machine];
}

/** Runs fence_redfish on charlie against alpha's system; gives what it said. The password goes by standard input. */
async function fence(
  action: string,
  other: { readonly username?: string; readonly password?: string; readonly ca?: string } = {},
): Promise<string> {
  const { username, password } = { ...bmcAccount('alpha'), ...other };
  const options = {
    action,
    ip: '10.77.9.1',
    ipport: '8443',
    username,
    password,
    systems_uri: '/redfish/v1/Systems/alpha',
  };
  const input = Object.entries(options)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
  return on('charlie', `REQUESTS_CA_BUNDLE=${other.ca ?? '/root/bmc-ca.pem'} fence_redfish 2>&1; true`, input);
}

/** Starts `up` in a process of its own and kills it without warning, so long after the named task began. */
async function killDuringUp(task: string, delayMs: number): Promise<void> {
  const index = fileURLToPath(new URL('../../src/lab/index.ts', import.meta.url));
  const program = `import { openLab } from ${JSON.stringify(index)};
    await openLab('test').up((event) => { if (event.kind === 'task-started') console.log(event.id); });`;
  const child: ChildProcess = spawn(
    process.execPath,
    ['--no-warnings', '--input-type=module-typescript', '-e', program],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (!child.stdout) throw new Error('the child has no output');
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === task) {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      break;
    }
  }
  child.kill('SIGKILL');
  await ended;
}

/** With process 1 of a machine all others of it end at once. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
