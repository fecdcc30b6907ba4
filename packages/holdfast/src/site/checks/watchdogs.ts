import { defaults } from '../defaults.ts';
import { type Draft, fencingLevels, nameAt } from '../draft.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../yaml.ts';

/** Where a watchdog can be the fencing of a node: after everything that confirms, and only where votes say who is cut off. */
export function checkWatchdogs(draft: Draft): readonly Finding[] {
  const nodes = draft.entries(['nodes']);
  const watchdogs = nodes.flatMap((node) => watchdogsOf(draft, node));
  const [first] = watchdogs;
  if (first === undefined) return [];
  return [
    ...(draft.lacks(['witness']) ? [withoutWitness(first)] : []),
    ...nodes.flatMap((node) => misplaced(draft, node)),
    ...watchdogs.flatMap((watchdog) => [...badTimeout(draft, watchdog), ...differs(draft, first, watchdog)]),
  ];
}

function watchdogsOf(draft: Draft, node: Path): Path[] {
  return fencingLevels(draft, node)
    .flat()
    .filter((device) => isWatchdog(draft, device));
}

function isWatchdog(draft: Draft, device: Path): boolean {
  return draft.text([...device, 'type']) === 'watchdog';
}

/** sbd.8, "DISKLESS MODE": with two nodes and no third vote neither can know which of them shall reset itself. */
function withoutWitness(path: Path): Finding {
  return {
    code: 'HF-SITE-WATCHDOG',
    path,
    message: 'A watchdog resets the machine that has lost its quorum; two nodes without a witness cannot tell which.',
    remedy: 'Add `witness`, or use a device that switches power.',
  };
}

/**
 * The fencer waits for a watchdog only while it still collects answers, for 1.2 × stonith-timeout (60 s), and gives a device before it
 * 1.2 times its own (fenced_remote.c, `query_timer`, TIMEOUT_MULTIPLY_FACTOR).
 */
const longestBeforeMs = 50_000;

function misplaced(draft: Draft, node: Path): Finding[] {
  const levels = fencingLevels(draft, node);
  const [path] = watchdogsOf(draft, node);
  if (path === undefined) return [];
  const index = levels.findIndex((devices) => devices.some((device) => isWatchdog(draft, device)));
  if (index !== levels.length - 1 || levels[index]?.length !== 1) {
    return [
      {
        code: 'HF-SITE-WATCHDOG',
        path,
        message: `The watchdog of ${nameAt(draft, node)} is not alone in its last level: it is waited for, never asked, so nothing comes after it.`,
        remedy: 'Make it the last level, by itself.',
      },
    ];
  }
  const beforeMs = levels
    .slice(0, index)
    .flat()
    .map((device) => draft.durationMs([...device, 'timeout'], defaults.earlierLevelTimeout) ?? 0)
    .reduce((sum, ms) => sum + ms, 0);
  if (beforeMs <= longestBeforeMs) return [];
  return [
    {
      code: 'HF-SITE-WATCHDOG',
      path,
      message: `The levels before the watchdog of ${nameAt(draft, node)} may take ${beforeMs / 1000} s; Pacemaker waits for a watchdog only when it comes to it within ${longestBeforeMs / 1000} s.`,
      remedy: 'Shorten `timeout` of the devices before it.',
    },
  ];
}

function badTimeout(draft: Draft, watchdog: Path): Finding[] {
  const path = [...watchdog, 'timeout'];
  const timeoutMs = draft.durationMs(path);
  if (timeoutMs === undefined || (timeoutMs % 1000 === 0 && timeoutMs >= 3_000 && timeoutMs <= 120_000)) return [];
  return [
    {
      code: 'HF-SITE-WATCHDOG',
      path,
      message: `A watchdog cannot be set to ${draft.text(path)}.`,
      remedy: 'Write whole seconds, 3s to 120s; 5s is SBD’s own default.',
    },
  ];
}

/** Each node believes of the others what stands in its own configuration. */
function differs(draft: Draft, first: Path, watchdog: Path): Finding[] {
  const [one, other] = [first, watchdog].map((path) =>
    draft.durationMs([...path, 'timeout'], defaults.watchdogTimeout),
  );
  if (one === other || one === undefined || other === undefined) return [];
  return [
    {
      code: 'HF-SITE-WATCHDOG',
      path: watchdog,
      message: `The watchdogs have different timeouts, ${one / 1000} s and ${other / 1000} s: one node would take the other for dead too early.`,
      remedy: 'Give both the same.',
    },
  ];
}
