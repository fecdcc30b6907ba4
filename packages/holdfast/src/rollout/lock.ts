import { type Clock, HoldfastError } from '../core/index.ts';
import type { Host, Hosts } from '../hosts/index.ts';

/** The right to change a site, held on each of its machines. */
export interface SiteLock {
  /** Aborted when the lock is lost on a machine, with a HoldfastError: somebody else may begin. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

const heartbeatMs = 5000;
/** A machine that hears nothing for this long gives the lock away: a connection can be dead without anybody noticing. */
const silenceSeconds = 25;
const lockPath = '/run/holdfast.lock';

/**
 * Takes the lock on every machine of the site in its order, so that of two operators one gets all. It is held by a process there that
 * ends with its connection. Throws HF-APPLY-LOCKED with the note of whoever holds it. `note`: who we are, from where.
 */
export async function lockSite(hosts: Hosts, note: string, clock: Clock): Promise<SiteLock> {
  const end = new AbortController();
  const lost = new AbortController();
  const holding: Promise<void>[] = [];
  const release = async () => {
    end.abort();
    await Promise.all(holding);
  };
  const onLost = (host: string) => {
    if (!end.signal.aborted) lost.abort(lockLost(host));
  };
  try {
    for (const host of hosts.all) holding.push((await hold(host, note, clock, end.signal, onLost)).over);
  } catch (error) {
    await release();
    throw error;
  }
  return { lost: lost.signal, release };
}

/** Resolves when the lock is held; `over` settles when it is no longer. */
async function hold(
  host: Host,
  note: string,
  clock: Clock,
  end: AbortSignal,
  onLost: (host: string) => void,
): Promise<{ readonly over: Promise<void> }> {
  const holder = host.lines(lockScript, { stdin: heartbeats(note, clock, end) })[Symbol.asyncIterator]();
  const first = await holder.next();
  if (first.done === true) throw lockLost(host.name);
  if (first.value !== 'locked') {
    const theirs: string[] = [];
    for (let next = await holder.next(); next.done !== true; next = await holder.next()) theirs.push(next.value);
    throw locked(host.name, theirs.join(' '));
  }
  const untilOver = async () => {
    while ((await holder.next()).done !== true);
    onLost(host.name);
  };
  return { over: untilOver() };
}

/** The first line is the note; then one byte after the other says that we are still there. */
async function* heartbeats(note: string, clock: Clock, end: AbortSignal): AsyncGenerator<string> {
  yield `${note.replaceAll('\n', ' ')}\n`;
  while (!end.aborted) {
    yield '.';
    await clock.sleep(heartbeatMs, end).catch(() => {});
  }
}

const lockScript = `IFS= read -r note
exec 9>>${lockPath} || exit 1
if ! flock --nonblock 9; then echo busy; cat ${lockPath}; exit 0; fi
printf '%s, since %s\\n' "$note" "$(date '+%F %T %Z')" >${lockPath}
echo locked
while [ -n "$(timeout ${silenceSeconds} head -c 1)" ]; do :; done
: >${lockPath}`;

function locked(host: string, theirs: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-APPLY-LOCKED',
    message: `Somebody else is changing this site (${theirs || 'who has left no note'}; lock on ${host}).`,
    remedy:
      'Wait until that is done, then plan again; an operator whose computer has died is forgotten after half a minute.',
    source: 'site',
  });
}

function lockLost(host: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-APPLY-LOCK-LOST',
    message: `The connection to ${host} that held the lock of this site has broken; nothing more was begun.`,
    remedy: `Check the network to ${host}, then run the same command again: it goes on from there.`,
    source: 'site',
  });
}
