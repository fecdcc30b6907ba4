import type { Generations } from './generations.ts';

/** What one node says of a DRBD resource with one volume and one peer, whichever kernel it has. */
export interface DrbdStatus {
  readonly role: DrbdRole;
  readonly disk: DiskState;
  /** `Connected` while data flow; else why not (`StandAlone`, `Connecting`, …). 8.4's WFConnection is `Connecting`. */
  readonly connection: string;
  readonly peerRole: DrbdRole;
  readonly peerDisk: DiskState;
  /** The traffic on a connection: `Established`, `SyncSource`, `SyncTarget`, `VerifyS`, `PausedSyncT`, …; `Off` without one. */
  readonly replication: string;
  /** Bytes that differ, or may, between the two. */
  readonly outOfSyncBytes: number;
  /** Of a resync or a verification that runs: hundredths done, and how long it will still take where DRBD says so. */
  readonly progress?: { readonly percent: number; readonly secondsLeft?: number };
  /** Writes are held until the other side is known to be dead or stale. */
  readonly suspended: boolean;
  readonly generations?: Generations;
}

export type DrbdRole = 'Primary' | 'Secondary' | 'Unknown';

/** As DRBD names them; anything else that it may say is `DUnknown`, which is never fine. */
export type DiskState = (typeof diskStates)[number];

const diskStates = [
  'Diskless',
  'Attaching',
  'Detaching',
  'Failed',
  'Negotiating',
  'Inconsistent',
  'Outdated',
  'DUnknown',
  'Consistent',
  'UpToDate',
] as const;

/** The disk of a node as the node itself says, or else as the other one sees it while they are connected. */
export function diskAt(own: DrbdStatus | undefined, other: DrbdStatus | undefined): DiskState | undefined {
  return own?.disk ?? (other?.connection === 'Connected' ? other.peerDisk : undefined);
}

/** DRBD has let it go after an error; the two stay connected without it, and nothing moves. */
export function isLetGo(disk: DiskState | undefined): boolean {
  return disk === 'Diskless' || disk === 'Failed' || disk === 'Detaching';
}

export function diskStateOf(text: string): DiskState {
  return diskStates.find((each) => each === text) ?? 'DUnknown';
}

export function roleOf(text: string): DrbdRole {
  return text === 'Primary' || text === 'Secondary' ? text : 'Unknown';
}
