import { type Clock, HoldfastError } from '../core/index.ts';
import type { Hosts } from '../hosts/index.ts';
import { type Machine, patience, type Site } from '../site/index.ts';
import type { MachineReport, Snapshot } from './snapshot-types.ts';
import { readSurvey } from './survey-output.ts';
import { surveyScript } from './survey-script.ts';

/** A machine that hangs costs this much, once: all are asked at the same time. */
const surveyTimeoutMs = 6_000;

/**
 * Asks every machine of the site at once, one round trip each. Does not
 * throw for a machine that cannot be reached: that is part of the answer. Throws the signal's reason when aborted.
 */
export async function snapshot(
  site: Site,
  hosts: Pick<Hosts, 'get'>,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Snapshot> {
  const takenAtMs = clock.now();
  const began = clock.monotonic();
  const machines = await Promise.all(machinesOf(site).map((machine) => survey(site, machine, hosts, clock, signal)));
  return { site: site.name, takenAtMs, tookMs: Math.round(clock.monotonic() - began), machines };
}

/** The nodes in the order of the site file, then the witness. */
export function machinesOf(site: Site): readonly Machine[] {
  return site.witness === undefined ? site.nodes : [...site.nodes, site.witness];
}

async function survey(
  site: Site,
  machine: Machine,
  hosts: Pick<Hosts, 'get'>,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<MachineReport> {
  const identity = { name: machine.name, role: roleOf(site, machine) };
  const fromMs = clock.now();
  try {
    const options = { timeoutMs: surveyTimeoutMs * patience(site), ...(signal === undefined ? {} : { signal }) };
    const result = await hosts.get(machine.name).run(surveyScript(site, machine), options);
    return readSurvey(result.stdout, site, identity, { fromMs, toMs: clock.now() });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof HoldfastError) return { ...identity, reachable: false, why: error.message };
    throw error;
  }
}

function roleOf(site: Site, machine: Machine): MachineReport['role'] {
  if (site.witness === undefined || machine !== site.witness) return 'node';
  return site.witness.kind === 'member' ? 'member-witness' : 'qnetd-witness';
}
