import { watchdogId } from '../../fencing/index.ts';
import { type JournalEntry, withoutLevel } from './journal.ts';

/** A fencing device of the machine under attack, as the cluster names it. */
export interface LevelDevice {
  readonly id: string;
  /** From 1, in the order in which they are tried. */
  readonly level: number;
}

/**
 * Why the words of the fencers do not show that the first level could not make `target` dead, and that a later one then did;
 * undefined: they do. A level has made it dead when each of its devices has.
 */
export function whyNoLaterLevel(
  target: string,
  devices: readonly LevelDevice[],
  entries: readonly JournalEntry[],
): string | undefined {
  const answers = deviceAnswers(target, entries);
  const levels = [...Map.groupBy(devices, ({ level }) => level)].sort(([one], [other]) => one - other);
  const [first = [], ...later] = levels.map(([, ofLevel]) => ofLevel.map(({ id }) => id));
  const names = first.join(' and ');
  const since = (fromMs: number) => (id: string) =>
    answers.some(({ device, isDead, atMs }) => device === id && isDead && atMs >= fromMs);
  if (first.every(since(Number.NEGATIVE_INFINITY))) {
    return `the first level of fencing of ${target} (${names}) made it dead itself, so nothing shows that a later one would have`;
  }
  const failedAtMs = answers.find(({ device, isDead }) => !isDead && first.includes(device))?.atMs;
  if (failedAtMs === undefined) {
    return `no fencer noted that the first level of fencing of ${target} (${names}) was asked and failed`;
  }
  if (later.some((ids) => ids.every(since(failedAtMs)))) return undefined;
  return `no fencer noted that a later level of fencing made ${target} dead after the first (${names}) had failed`;
}

interface DeviceAnswer {
  readonly atMs: number;
  readonly device: string;
  readonly isDead: boolean;
}

const action = "'(?:off|reboot)'";

/**
 * What each device answered that was to make `target` dead, oldest first.
 *
 * Source: pacemaker 2.1.5 and 3.0.0, daemons/fenced/fenced_commands.c, `log_async_result` (the member that asks the device), and
 * fenced_remote.c, `request_peer_fencing`, `remote_op_timeout_one` and `remote_op_watchdog_done` (the member that orders).
 */
function deviceAnswers(target: string, entries: readonly JournalEntry[]): readonly DeviceAnswer[] {
  const answers: DeviceAnswer[] = [];
  /** By member: the device that it last ordered to be asked. */
  const ordered = new Map<string, string>();
  const ofFencers = entries.filter(({ identifier }) => identifier === 'pacemaker-fenced');
  for (const { host, atMs, message } of ofFencers.sort((a, b) => a.atMs - b.atMs)) {
    const text = withoutLevel(message);
    const asked = groupsOf(`^Operation ${action} (?:\\[\\d+\\] )?targeting (\\S+) using (\\S+) (returned 0\\b)?`, text);
    const order = groupsOf(`^Requesting that \\S+ perform ${action} action targeting (\\S+) using (\\S+)`, text);
    const [gaveUp] = groupsOf(`^Peer's ${action} action targeting (\\S+) for client .* timed out`, text);
    const [self] = groupsOf(`^Self-fencing \\(\\w+\\) by (\\S+) for .* assumed complete`, text);
    const device = ordered.get(host);
    if (asked[0] === target && asked[1] !== undefined) {
      answers.push({ atMs, device: asked[1], isDead: asked[2] !== undefined });
    }
    if (order[0] === target && order[1] !== undefined) ordered.set(host, order[1]);
    if (gaveUp === target && device !== undefined) answers.push({ atMs, device, isDead: false });
    if (self === target) answers.push({ atMs, device: watchdogId, isDead: true });
  }
  return answers;
}

function groupsOf(pattern: string, text: string): readonly (string | undefined)[] {
  return new RegExp(pattern).exec(text)?.slice(1) ?? [];
}
