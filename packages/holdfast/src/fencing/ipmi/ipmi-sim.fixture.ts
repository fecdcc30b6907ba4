import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Why there can be no simulated BMC here; undefined: there can. */
export const ipmiMissing: string | undefined = ['ipmi_sim', 'ipmitool', 'fence_ipmilan']
  .filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
  .map((program) => `${program} is not installed (Debian: openipmi, ipmitool, fence-agents)`)[0];

if (ipmiMissing !== undefined) console.log(`Tests with a simulated IPMI BMC are skipped: ${ipmiMissing}.`);

/** OpenIPMI's simulator on the loopback, with one machine behind it whose power is a file of ours. */
export interface IpmiSim {
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** A place for the files of a test, gone with the simulator. */
  readonly directory: string;
  /** Whether the machine has power. */
  isOn(): boolean;
  /** The simulator hangs: it takes packets and answers none. */
  hang(): void;
  wake(): void;
  stop(): Promise<void>;
}

export async function startIpmiSim(): Promise<IpmiSim> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-ipmi-'));
  const port = await freeUdpPort();
  const account = { username: 'holdfast', password: 'correct-horse' };
  mkdirSync(join(directory, 'state'));
  writeFileSync(join(directory, 'power'), '1\n');
  writeFileSync(join(directory, 'chassis'), chassis, { mode: 0o755 });
  writeFileSync(join(directory, 'lan.conf'), lanConf(directory, port, account), { mode: 0o600 });
  writeFileSync(join(directory, 'sim.emu'), emulation);
  const child = spawn(
    'ipmi_sim',
    ['-n', '-c', join(directory, 'lan.conf'), '-f', join(directory, 'sim.emu'), '-s', join(directory, 'state')],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  await untilBound(child, port);
  return {
    port,
    ...account,
    directory,
    isOn: () => readFileSync(join(directory, 'power'), 'utf8').trim() === '1',
    hang: () => child.kill('SIGSTOP'),
    wake: () => child.kill('SIGCONT'),
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}

/** Called as `chassis 0x20 get power`, `… set power 0` or `… check power` (OpenIPMI, lanserv: `chassis_control_set`). */
const chassis = `#!/bin/sh
power=$(dirname "$0")/power
case $2 in
get) echo "power:$(cat "$power")" ;;
set) [ "$3" = power ] && echo "$4" >"$power" ;;
esac
`;

function lanConf(directory: string, port: number, { username, password }: { username: string; password: string }) {
  const levels = ['callback', 'user', 'operator', 'admin'].map((level) => `    allowed_auths_${level} md5`);
  return `name "bmc"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 ${port}
    priv_limit admin
${levels.join('\n')}
    guid a123456789abcdefa123456789abcdef
  endlan
  chassis_control "${directory}/chassis 0x20"
  user 2 true "${username}" "${password}" operator 10 md5
`;
}

const emulation = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
mc_enable 0x20
`;

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

/** UDP has no connection to wait for; the kernel's table tells who listens (proc(5), /proc/net/udp). */
async function untilBound(child: ChildProcess, port: number): Promise<void> {
  const entry = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`ipmi_sim ended with ${child.exitCode}`);
    if (readFileSync('/proc/net/udp', 'utf8').includes(entry)) return;
    await sleep(50);
  }
  throw new Error('ipmi_sim does not listen');
}
