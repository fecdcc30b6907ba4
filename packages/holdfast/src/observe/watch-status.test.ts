import { describe, expect, it } from 'vitest';
import { site } from '../../test/observe/healthy-site.ts';
import { recordedHosts } from '../../test/observe/recorded-hosts.ts';
import type { Clock } from '../core/index.ts';
import { essence, readStatus, watchStatus } from './watch-status.ts';

/** A clock whose sleeping is all the time that passes. */
function simulatedClock(): Clock & { readonly slept: number[] } {
  let time = 1_795_228_200_000;
  const slept: number[] = [];
  return {
    slept,
    now: () => time,
    monotonic: () => time,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      time += ms;
    },
  };
}

describe('watching', () => {
  it('looks again every period until it is stopped', async () => {
    const clock = simulatedClock();
    const stop = new AbortController();
    let looks = 0;
    for await (const { assessment } of watchStatus(site, recordedHosts(), clock, {
      signal: stop.signal,
      periodMs: 2_000,
    })) {
      expect(assessment.safe).toBe(true);
      looks += 1;
      if (looks === 3) stop.abort(new Error('Ctrl-C'));
    }
    expect(looks).toBe(3);
    expect(clock.slept).toEqual([2_000, 2_000]);
  });

  it('sees a change when something is found, and none when only time has passed', async () => {
    const clock = simulatedClock();
    const first = await readStatus(site, recordedHosts(), clock);
    await clock.sleep(60_000);
    const later = await readStatus(site, recordedHosts(), clock);
    const drained = (text: string) => text.replace(/(<node name="bravo" .*?)standby="false"/, '$1standby="true"');
    const changed = await readStatus(site, recordedHosts(drained), clock);
    expect(essence(later)).toBe(essence(first));
    expect(essence(changed)).not.toBe(essence(first));
  });
});
