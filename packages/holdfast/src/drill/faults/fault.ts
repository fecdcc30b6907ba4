import type { Clock } from '../../core/index.ts';
import type { Host } from '../../hosts/index.ts';
import type { Site } from '../../site/index.ts';
import type { ClockOffset } from '../evidence/clock-offset.ts';
import type { JournalEntry } from '../evidence/journal.ts';
import type { Expectation } from '../expectation.ts';
import type { FaultName } from '../fault-names/index.ts';
import type { Power } from './power.ts';

/** Something bad that is done to a machine of the site on purpose. */
export interface Fault {
  readonly name: FaultName;
  /** Whom it is done to. */
  readonly victim: Role;
  /** What happens, for the person who watches: "cut the power of alpha". */
  describe(roles: Roles, site: Site): string;
  /** What shall come of it on this site. */
  expectation(site: Site): Expectation;
  /** Of an outage that is computed like another fault's: what the drill itself makes longer. */
  readonly addsSeconds?: number;
  /** Why it cannot be done on this site at all, in words; undefined, or absent: it can. */
  unsuited?(ground: Ground): string | undefined;
  /**
   * What a node lacks that the fault needs there, in words; undefined: nothing, or it does not answer now, which the beginning
   * of the drill asks with more patience. Changes nothing. Absent: it needs nothing.
   */
  lacking?(host: Host, site: Site): Promise<string | undefined>;
  /**
   * The site may notice it only after up to so long, and serve until then: the drill watches so long, and the outage counts from its
   * own beginning. Absent: it shows at once.
   */
  readonly showsWithinMs?: number;
  /** Only the other node's answer ends the outage: a restart in place is no recovery of this one. Absent: any later start is. */
  readonly drivesAway?: true;
  /** To undo it the service is moved once more, as for the repair in a plant: that is told, and not judged. */
  readonly repairMoves?: true;
  /**
   * What of the expectation the journals of the members, from the fault to its healing, leave open, in words. Absent: what the client
   * saw shows it all.
   */
  leftOpen?(entries: readonly JournalEntry[], victim: string, site: Site): readonly string[];
  /**
   * Arms what undoes the fault after `deadManMs` even if this computer is gone by then. Called before `inject`.
   * Throws HoldfastError when it cannot be armed: then the fault must not be done.
   */
  armDeadMan(context: FaultContext): Promise<void>;
  /** Does it. Throws HoldfastError when it cannot be done. */
  inject(context: FaultContext): Promise<Injection>;
  /**
   * Undoes the fault and disarms its dead-man, whatever is left of either. Harmless when there is nothing. Throws when a
   * machine cannot be reached.
   */
  heal(context: FaultContext): Promise<void>;
}

export type Role = 'active' | 'passive' | 'witness';

/** The machines by the part they play when the fault is done, by name. */
export interface Roles {
  readonly active: string;
  readonly passive: string;
  /** Absent where the witness is no Corosync member, or there is none. */
  readonly witness?: string;
}

/** Where a drill takes place. */
export interface Ground {
  readonly site: Site;
  readonly machines: MachineKind;
}

/** Containers share clock, kernel and page cache with this computer. */
export type MachineKind = 'containers' | 'virtual-machines' | 'real';

export interface Injection {
  /** The instant of the fault in the drill's clock, as close before its effect as it can be known. */
  readonly atMs: number;
  /** When a machine certainly had no power any more, by name. */
  readonly powerOffAtMs?: Readonly<Record<string, number>>;
}

/** A Corosync member and how it is reached. */
export interface Member {
  readonly name: string;
  /** Its Corosync addresses. */
  readonly links: readonly string[];
  readonly host: Host;
  /** Its clock against the drill's. */
  readonly offset: ClockOffset;
}

export interface FaultContext {
  readonly clock: Clock;
  readonly site: Site;
  readonly roles: Roles;
  readonly victim: Member;
  /** All of them, the victim too. */
  readonly members: readonly Member[];
  /** The systemd unit of the workload under attack. */
  readonly unit: string;
  /** The resource in the cluster that stands for the unit. */
  readonly workloadResource: string;
  readonly power: Power;
  /** Moves the workload away from the active node as an operator would; resolves when that is done, with when it was ordered. */
  readonly move: () => Promise<{ readonly atMs: number }>;
  /** Resolves when the cluster has dealt with what happened and is idle again, whoever is missing. */
  readonly untilIdle: () => Promise<void>;
  /**
   * Reads the victim's journal as it stands, for the verdict, before a healing that lets it lose its memory. Never rejects: what
   * could not be kept is told, and leaves the outcome open where it is missed.
   */
  readonly keepJournal: () => Promise<void>;
  readonly deadManMs: number;
}
