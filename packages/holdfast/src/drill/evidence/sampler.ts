import { type Clock, shellQuote } from '../../core/index.ts';
import type { Host } from '../../hosts/index.ts';
import { type ClockOffset, readNanoseconds } from './clock-offset.ts';
import type { Sample } from './two-active.ts';

export interface SamplerOptions {
  readonly host: Host;
  readonly clock: Clock;
  readonly offset: ClockOffset;
  /** Of the workloads' units, below the root of the hierarchy: `/system.slice/ledger.service`. */
  readonly controlGroups: readonly string[];
  readonly mountPoint: string;
  readonly address: string;
  readonly onSample: (sample: Sample) => void;
  readonly signal: AbortSignal;
}

const reconnectAfterMs = 2000;

/**
 * Looks about five times a second at what a node itself shows: a process of any workload, the state mounted, the virtual address.
 * Runs until the signal; a node that cannot be reached gives no samples, and it is tried again.
 */
export async function sampleNode(options: SamplerOptions): Promise<void> {
  const { host, clock, signal } = options;
  const readSample = sampleReader(host.name, options.offset);
  while (!signal.aborted) {
    try {
      for await (const line of host.lines(samplerScript(options), { signal })) {
        const sample = readSample(line);
        if (sample !== undefined) options.onSample(sample);
      }
    } catch {
      // Gone with its power or its network: that is what drills do.
    }
    await clock.sleep(reconnectAfterMs, signal).catch(() => undefined);
  }
}

/** Prints `<nanoseconds> <uptime> <boot> <running> <mounted> <address>` for each look, the last three as 0 or 1. */
export function samplerScript({
  controlGroups,
  mountPoint,
  address,
}: Pick<SamplerOptions, 'controlGroups' | 'mountPoint' | 'address'>): string {
  // Where the hierarchy of systemd is mounted: cgroup v2 alone, v1, or both at once.
  const files = ['', '/systemd', '/unified'].flatMap((root) =>
    controlGroups.map((group) => `/sys/fs/cgroup${root}${group}/cgroup.procs`),
  );
  return `read -r boot </proc/sys/kernel/random/boot_id
while at=$(date +%s%N); do
  read -r uptime _ </proc/uptime
  running=0; mounted=0; present=0
  for file in ${files.map(shellQuote).join(' ')}; do
    if { read -r pid <"$file"; } 2>/dev/null; then running=1; break; fi
  done
  if grep -qF ${shellQuote(` ${mountPoint} `)} /proc/self/mountinfo; then mounted=1; fi
  case $(ip -o addr show to ${shellQuote(address)}) in ?*) present=1 ;; esac
  echo "$at $uptime $boot $running $mounted $present" || exit
  sleep 0.2
done`;
}

/** A wall clock that moved by more against the uptime was set; a clock that is only slewed stays far below. */
const setByMs = 1000;

/** Reads the lines of one node in their order. Where its wall clock is set meanwhile, the times go on as if it had not been. */
export function sampleReader(node: string, offset: ClockOffset): (line: string) => Sample | undefined {
  const bootedAtMs = new Map<string, number>();
  return (line) => {
    const match = /^(\d{19}) (\d+\.\d+) (\S+) ([01]) ([01]) ([01])$/.exec(line);
    const [, nanoseconds = '', uptime, boot = '', running, mounted, address] = match ?? [];
    const wallMs = readNanoseconds(nanoseconds);
    if (wallMs === undefined) return undefined;
    const bootMs = wallMs - Number(uptime) * 1000;
    const knownMs = bootedAtMs.get(boot) ?? bootMs;
    bootedAtMs.set(boot, knownMs);
    const setMs = Math.abs(bootMs - knownMs) > setByMs ? bootMs - knownMs : 0;
    return {
      node,
      atMs: wallMs - setMs - offset.aheadMs,
      running: running === '1',
      stateMounted: mounted === '1',
      addressPresent: address === '1',
    };
  };
}
