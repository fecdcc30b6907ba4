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
  while (!signal.aborted) {
    try {
      for await (const line of host.lines(samplerScript(options), { signal })) {
        const sample = parseSample(host.name, line, options.offset);
        if (sample !== undefined) options.onSample(sample);
      }
    } catch {
      // Gone with its power or its network: that is what drills do.
    }
    await clock.sleep(reconnectAfterMs, signal).catch(() => undefined);
  }
}

/** Prints `<nanoseconds> <running> <mounted> <address>` for each look, the last three as 0 or 1. */
export function samplerScript({
  controlGroups,
  mountPoint,
  address,
}: Pick<SamplerOptions, 'controlGroups' | 'mountPoint' | 'address'>): string {
  // Where the hierarchy of systemd is mounted: cgroup v2 alone, v1, or both at once.
  const files = ['', '/systemd', '/unified'].flatMap((root) =>
    controlGroups.map((group) => `/sys/fs/cgroup${root}${group}/cgroup.procs`),
  );
  return `while at=$(date +%s%N); do
  running=0; mounted=0; present=0
  for file in ${files.map(shellQuote).join(' ')}; do
    if { read -r pid <"$file"; } 2>/dev/null; then running=1; break; fi
  done
  if grep -qF ${shellQuote(` ${mountPoint} `)} /proc/self/mountinfo; then mounted=1; fi
  case $(ip -o addr show to ${shellQuote(address)}) in ?*) present=1 ;; esac
  echo "$at $running $mounted $present" || exit
  sleep 0.2
done`;
}

export function parseSample(node: string, line: string, offset: ClockOffset): Sample | undefined {
  const match = /^(\d{19}) ([01]) ([01]) ([01])$/.exec(line);
  const atMs = readNanoseconds(match?.[1] ?? '');
  if (match === null || atMs === undefined) return undefined;
  return {
    node,
    atMs: atMs - offset.aheadMs,
    running: match[2] === '1',
    stateMounted: match[3] === '1',
    addressPresent: match[4] === '1',
  };
}
