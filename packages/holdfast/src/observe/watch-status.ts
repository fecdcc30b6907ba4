import type { Clock } from '../core/index.ts';
import type { Hosts } from '../hosts/index.ts';
import type { Site } from '../site/index.ts';
import { assess } from './assess.ts';
import type { Assessment } from './assessment-types.ts';
import { snapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot-types.ts';

export interface Status {
  readonly snapshot: Snapshot;
  readonly assessment: Assessment;
}

export async function readStatus(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  clock: Clock,
  options: { readonly siteFile?: string; readonly signal?: AbortSignal } = {},
): Promise<Status> {
  const taken = await snapshot(site, hosts, clock, options.signal);
  return { snapshot: taken, assessment: assess(taken, site, options.siteFile) };
}

/** Looks again `periodMs` after the beginning of the last look, at once where that took longer. Ends when the signal is aborted. */
export async function* watchStatus(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  clock: Clock,
  options: { readonly siteFile?: string; readonly signal: AbortSignal; readonly periodMs: number },
): AsyncIterable<Status> {
  const { signal, periodMs } = options;
  try {
    while (!signal.aborted) {
      const began = clock.monotonic();
      yield await readStatus(site, hosts, clock, options);
      await clock.sleep(Math.max(0, began + periodMs - clock.monotonic()), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** What makes one status differ from another for a reader: not times, not clocks. */
export function essence({ assessment }: Status): string {
  const { verdict, findings, faults, active } = assessment;
  return JSON.stringify({
    verdict,
    active,
    faults: faults.map(({ survives }) => survives),
    found: findings.map(({ message }) => message),
  });
}
