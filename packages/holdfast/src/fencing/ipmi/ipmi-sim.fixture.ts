import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { simCommands, simConfiguration } from '../../lab/bmc/ipmi/sim-config.ts';

/** Why there can be no simulated BMC here; undefined: there can. */
export const ipmiMissing: string | undefined = ['ipmi_sim', 'ipmitool', 'fence_ipmilan']
  .filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
  .map((program) => `${program} is not installed (Debian: openipmi, ipmitool, fence-agents)`)[0];

if (ipmiMissing !== undefined) console.log(`Tests with a simulated IPMI BMC are skipped: ${ipmiMissing}.`);

/** OpenIPMI's simulator on the loopback, configured as the lab's are, with one machine behind it whose power is a file of ours. */
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
  const account = { username: 'holdfast', password: 'correct-horse-power' };
  mkdirSync(join(directory, 'state'));
  writeFileSync(join(directory, 'power'), '1\n');
  writeFileSync(join(directory, 'chassis'), chassis, { mode: 0o755 });
  const bmc = { address: '127.0.0.1', port, account, chassisProgram: join(directory, 'chassis') };
  writeFileSync(join(directory, 'lan.conf'), simConfiguration(bmc), { mode: 0o600 });
  writeFileSync(join(directory, 'sim.emu'), simCommands);
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

/** Called as `chassis get power` or `chassis set power 0`. */
const chassis = `#!/bin/sh
power=$(dirname "$0")/power
case $1 in
get) echo "power:$(cat "$power")" ;;
set) [ "$2" = power ] && echo "$3" >"$power" ;;
esac
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
