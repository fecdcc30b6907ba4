import { type DrbdStatus, diskAt, isLetGo } from './status.ts';

/** What comes of a copy from one end to the other, at one look. */
export type CopyState =
  | { readonly kind: 'same' }
  /** It runs, waits for its peer, or has not begun: look again. */
  | { readonly kind: 'goes-on' }
  /** The two have not been connected for too long; `haveMet`: they were, since the watch began. */
  | { readonly kind: 'apart'; readonly haveMet: boolean }
  /** DRBD has let the disk of this end go. */
  | { readonly kind: 'disk-died'; readonly end: 0 | 1 }
  | { readonly kind: 'stands-still'; readonly forMs: number };

type Ends = readonly [DrbdStatus | undefined, DrbdStatus | undefined];

/** DRBD tries again every few seconds, and a loss this long is no hiccup. */
const apartLimitMs = 60_000;
/** DRBD promises a copy at least `c-min-rate`, whatever the workload writes. */
const stillLimitMs = 5 * 60_000;

/**
 * Judges a copy look by look: what both ends say (undefined: DRBD is not up there, or did not answer), and when, in milliseconds of a
 * clock that only goes forward. `patience`: how many times longer than usual these machines are waited for.
 */
export function watchCopy(patience: number): (ends: Ends, nowMs: number) => CopyState {
  let haveMet = false;
  let apartSinceMs: number | undefined;
  let movedAtMs: number | undefined;
  let last = '';
  let deadBefore = -1;
  return (ends, nowMs) => {
    const [one, other] = ends;
    const known = ends.filter((each) => each !== undefined);
    const dead = [diskAt(one, other), diskAt(other, one)].findIndex(isLetGo);
    // Once may be a node whose cluster brings DRBD up just then.
    if (dead !== -1 && dead === deadBefore) return { kind: 'disk-died', end: dead === 0 ? 0 : 1 };
    deadBefore = dead;
    if (areSame(known)) return { kind: 'same' };
    const connected = known.filter(({ connection }) => connection === 'Connected');
    if (connected.length === 0) {
      movedAtMs = nowMs;
      apartSinceMs ??= nowMs;
      return nowMs - apartSinceMs >= apartLimitMs * patience ? { kind: 'apart', haveMet } : { kind: 'goes-on' };
    }
    haveMet = true;
    apartSinceMs = undefined;
    const now = JSON.stringify(
      connected.map(({ disk, replication, outOfSyncBytes }) => [disk, replication, outOfSyncBytes]),
    );
    if (now !== last || movedAtMs === undefined) movedAtMs = nowMs;
    last = now;
    const forMs = nowMs - movedAtMs;
    return forMs >= stillLimitMs * patience ? { kind: 'stands-still', forMs } : { kind: 'goes-on' };
  };
}

/** One end that answers is enough: it knows the other one's disk while they are connected. */
function areSame(known: readonly DrbdStatus[]): boolean {
  return (
    known.some(({ connection, peerDisk }) => connection === 'Connected' && peerDisk === 'UpToDate') &&
    known.every(({ disk }) => disk === 'UpToDate')
  );
}

/** `43.0 %, 2 min left`: of a resync or a verification. */
export function progressInWords({ percent, secondsLeft }: NonNullable<DrbdStatus['progress']>): string {
  if (secondsLeft === undefined) return `${percent.toFixed(1)} %`;
  const left = secondsLeft < 90 ? `${Math.round(secondsLeft)} s` : `${Math.round(secondsLeft / 60)} min`;
  return `${percent.toFixed(1)} %, ${left} left`;
}
