import { platform, uptime } from 'node:os';
import type { Now } from './core/machine.ts';

/** What this machine's clocks say, milliseconds. */
export interface Readings {
  /** Never steps; on Linux it stands still while the machine is suspended (CLOCK_MONOTONIC). */
  readonly monotonicMs: number;
  /** Steps whenever somebody sets it; runs on through suspend. */
  readonly wallMs: number;
  /** Time since the machine was started, suspend included (CLOCK_BOOTTIME through /proc/uptime, steps of 10 ms). */
  readonly bootMs: number;
}

/**
 * Node offers no clock that both runs through suspend and never steps. So two are kept: `leastMs`, the monotonic clock,
 * and `mostMs`, which also counts every leap that the wall clock or the boot clock makes against it. A leader believes
 * the one that ran furthest, everybody else the other; a wall clock that is set forward by hand therefore costs a leader
 * at most its term, one that is set back costs nothing, and neither makes two leaders.
 */
export function machineClock(read: () => Readings = systemReadings): () => Now {
  let last = read();
  let leapsMs = 0;
  return () => {
    const next = read();
    const passedMs = next.monotonicMs - last.monotonicMs;
    const leapMs = Math.max(next.wallMs - last.wallMs, next.bootMs - last.bootMs) - passedMs;
    if (leapMs > SMALLEST_LEAP_MS) leapsMs += leapMs;
    last = next;
    return { leastMs: next.monotonicMs, mostMs: next.monotonicMs + leapsMs, wallMs: next.wallMs };
  };
}

/** Below this it is the resolution of the clocks, or NTP's slewing, that makes them differ. */
const SMALLEST_LEAP_MS = 25;

const hasBootClock = platform() === 'linux';

function systemReadings(): Readings {
  const monotonicMs = performance.now();
  return { monotonicMs, wallMs: Date.now(), bootMs: hasBootClock ? uptime() * 1000 : monotonicMs };
}
