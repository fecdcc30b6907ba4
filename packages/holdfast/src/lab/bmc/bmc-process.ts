import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type Clock, HoldfastError } from '../../core/index.ts';
import { type LabLayout, namespacePath, rootlessVariable } from '../layout.ts';
import { killRecorded, recordedProcess, recordItself } from '../process-record.ts';
import type { BmcAccounts } from './credentials.ts';

/** One of the processes that are the BMCs of a lab. */
export interface BmcProcess {
  /** Of its record and its log, in the BMC's folder. */
  readonly name: string;
  readonly command: readonly string[];
  /** The port, TCP or UDP, by which it is known to be ready. */
  readonly port: number;
  /** Writes what it reads when it starts. */
  prepare?(accounts: BmcAccounts): Promise<void>;
}

export function isProcessRunning(layout: LabLayout, { name }: BmcProcess): boolean {
  return recordedProcess(recordFile(layout, name)) !== undefined;
}

/** Starts the process inside the lab's namespace and waits until it listens. It outlives its starter. Throws HF-LAB-BOOT. */
export async function startProcess(
  layout: LabLayout,
  bmc: BmcProcess,
  accounts: BmcAccounts,
  clock: Clock,
): Promise<void> {
  await bmc.prepare?.(accounts);
  const record = recordFile(layout, bmc.name);
  const logFile = `${layout.bmcDirectory}/${bmc.name}.log`;
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(
    'nsenter',
    [
      `--net=${namespacePath(layout.baseNamespace)}`,
      ...['sh', '-ec', `${recordItself(record)}; exec "$@"`, 'sh'],
      ...bmc.command,
    ],
    { detached: true, cwd: '/', stdio: ['ignore', log, log], env: { ...environment(), LANG: 'C.UTF-8' } },
  );
  closeSync(log);
  child.unref();
  let ended = false;
  const end = () => {
    ended = true;
  };
  child.once('exit', end).once('error', end);
  const deadline = clock.monotonic() + 15_000;
  for (;;) {
    const pid = recordedProcess(record);
    if (pid !== undefined && listens(pid, bmc.port)) {
      return;
    }
    if (ended || clock.monotonic() > deadline) {
      await killRecorded(record, clock, 5_000);
      throw new HoldfastError({
        code: 'HF-LAB-BOOT',
        message: `The simulated BMC (${bmc.name}) did not start; what it said is in ${logFile}.`,
        remedy: 'Read the end of that file; `holdfast lab down` and `holdfast lab up` make everything anew.',
        source: 'tool',
      });
    }
    await clock.sleep(10);
  }
}

function recordFile(layout: LabLayout, name: string): string {
  return `${layout.bmcDirectory}/${name}.pid`;
}

/** Whether anybody in the namespace of the process waits for packets on the port. Source: proc_pid_net(5); states of net/tcp_states.h. */
function listens(pid: number, port: number): boolean {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const [tcpListen, udpUnconnected] = ['0A', '07'];
  const socket = new RegExp(`^ *\\d+: [0-9A-F]+:${hexPort} [0-9A-F]+:0000 (?:${tcpListen}|${udpUnconnected}) `, 'm');
  return ['tcp', 'udp'].some((table) => {
    try {
      return socket.test(readFileSync(`/proc/${pid}/net/${table}`, 'utf8'));
    } catch {
      return false;
    }
  });
}

/** What of ours the BMC needs: its programs, and where the labs lie. */
function environment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME', rootlessVariable];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
