import { type Clock, HoldfastError, shellQuote } from '../core/index.ts';
import type { Host, Hosts } from '../hosts/index.ts';

/** The right to change a site, held on each of its machines. */
export interface SiteLock {
  /** Aborted when the lock is lost on a machine, with a HoldfastError: somebody else may begin. */
  readonly lost: AbortSignal;
  /** The machines. A script of a step that reaches one late, when the lock is no longer ours there, does nothing. */
  readonly hosts: Hosts;
  release(): Promise<void>;
}

const heartbeatMs = 5000;
/** A machine that hears nothing for this long gives the lock away: a connection can be dead without anybody noticing. */
const silenceSeconds = 25;
/** Who holds the lock, since when; in the second line, which holder it is. */
const lockPath = '/run/holdfast.lock';
/** Locked while a step's script runs there, with what it does. It can outlive the connection, and with it the site's lock. */
const stepLockPath = '/run/holdfast-step.lock';
const stepWaitSeconds = 30;

/**
 * Takes the lock on every machine of the site in its order, so that of two operators one gets all. It is held by a process there that
 * ends with its connection. Throws HF-APPLY-LOCKED with the note of whoever holds it, HF-APPLY-STILL-RUNNING with the step that
 * a lost connection has left running. `note`: who we are, from where.
 */
export async function lockSite(hosts: Hosts, note: string, clock: Clock): Promise<SiteLock> {
  const end = new AbortController();
  const lost = new AbortController();
  const holding: Promise<void>[] = [];
  const holders = new Map<string, string>();
  const release = async () => {
    end.abort();
    await Promise.all(holding);
  };
  const onLost = (host: string) => {
    if (!end.signal.aborted) lost.abort(lockLost(host));
  };
  try {
    for (const host of hosts.all) {
      const held = await hold(host, note, clock, end.signal, onLost);
      holding.push(held.over);
      holders.set(host.name, held.holder);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { lost: lost.signal, hosts: asHolder(hosts, holders), release };
}

/** Tells every script which holder of the lock it belongs to. */
function asHolder(hosts: Hosts, holders: ReadonlyMap<string, string>): Hosts {
  const wrap = (host: Host): Host => ({
    name: host.name,
    run: (script, options) =>
      host.run(`holdfast_holder=${shellQuote(holders.get(host.name) ?? 'none')}\n${script}`, options),
    lines: (script, options) => host.lines(script, options),
    close: () => host.close(),
  });
  return {
    all: hosts.all.map(wrap),
    get: (name) => wrap(hosts.get(name)),
    close: () => hosts.close(),
    [Symbol.asyncDispose]: () => hosts.close(),
  };
}

/**
 * The script of a step: it runs while no other does, keeps the site from being locked anew as long as it or a process that it
 * started lives, and does nothing when the lock of its apply has gone meanwhile.
 */
export function stepScript(what: string, script: string): string {
  return `exec 8>>${stepLockPath} || exit 1
if ! flock --timeout ${stepWaitSeconds} 8; then echo "another step still runs: $(cat ${stepLockPath})" >&2; exit 1; fi
if [ -n "\${holdfast_holder-}" ] && [ "$(sed -n 2p ${lockPath})" != "$holdfast_holder" ]; then
  echo 'the lock of the site is no longer held by this apply; nothing was done' >&2; exit 1
fi
printf '%s, since %s\\n' ${shellQuote(what)} "$(date '+%F %T %Z')" >${stepLockPath}
${script}`;
}

/** Resolves when the lock is held; `over` settles when it is no longer. */
async function hold(
  host: Host,
  note: string,
  clock: Clock,
  end: AbortSignal,
  onLost: (host: string) => void,
): Promise<{ readonly over: Promise<void>; readonly holder: string }> {
  const holder = host.lines(lockScript, { stdin: heartbeats(note, clock, end) })[Symbol.asyncIterator]();
  const first = await holder.next();
  if (first.done === true) throw lockLost(host.name);
  const [answer, id = ''] = first.value.split(' ');
  if (answer !== 'locked') {
    const theirs: string[] = [];
    for (let next = await holder.next(); next.done !== true; next = await holder.next()) theirs.push(next.value);
    throw answer === 'running' ? stillRunning(host.name, theirs.join(' ')) : locked(host.name, theirs.join(' '));
  }
  const untilOver = async () => {
    while ((await holder.next()).done !== true);
    onLost(host.name);
  };
  return { over: untilOver(), holder: id };
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
if ! flock --nonblock 9; then echo busy; head -n 1 ${lockPath}; exit 0; fi
holder="$$-$(date +%s%N)"
printf '%s, since %s\\n%s\\n' "$note" "$(date '+%F %T %Z')" "$holder" >${lockPath}
# In this order: a step that we do not see here has yet to look who holds the lock, and finds us.
exec 8>>${stepLockPath} || exit 1
if ! flock --nonblock 8; then : >${lockPath}; echo running; cat ${stepLockPath}; exit 0; fi
exec 8>&-
echo "locked $holder"
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

function stillRunning(host: string, what: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-APPLY-STILL-RUNNING',
    message: `On ${host} a step still runs whose apply has lost its connection (${what || 'which has left no note'}).`,
    remedy: `Wait until it has ended, then plan again. On ${host}, fuser -v ${stepLockPath} shows its processes.`,
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
