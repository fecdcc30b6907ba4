import { formatDuration } from '../../core/index.ts';
import { defaults } from '../defaults.ts';
import { type Draft, nameAt } from '../draft.ts';
import { type Finding, showPath } from '../finding.ts';
import type { Path } from '../yaml.ts';

/** Below it a busy machine loses the token with nothing wrong; above it a failover takes minutes. */
const tokenRangeMs = { min: 300, max: 60_000 } as const;

/** Times that contradict each other or the programs that keep them. */
export function checkTimes(draft: Draft): readonly Finding[] {
  return [
    ...zeroDurations(draft),
    ...corosyncTimes(draft),
    ...draft.entries(['workloads']).flatMap((path) => workloadTimes(draft, path)),
  ];
}

function zeroDurations(draft: Draft): Finding[] {
  const paths: Path[] = [
    ['objectives', 'rto'],
    ['timing', 'failure-timeout'],
    ...draft.entries(['workloads']).flatMap((path): Path[] => [
      [...path, 'start'],
      [...path, 'stop'],
      [...path, 'probe', 'every'],
      [...path, 'probe', 'timeout'],
    ]),
  ];
  return paths
    .filter((path) => draft.durationMs(path) === 0)
    .map((path) => ({
      code: 'HF-SITE-ZERO-DURATION',
      path,
      message: `\`${showPath(path)}\` is no time at all.`,
      remedy: 'Write a time longer than 0s.',
    }));
}

/** corosync.conf(5): consensus must be at least 1.2 × token. */
function corosyncTimes(draft: Draft): Finding[] {
  const tokenMs = draft.durationMs(['timing', 'token'], defaults.token);
  if (tokenMs === undefined) return [];
  const findings: Finding[] = [];
  if (tokenMs < tokenRangeMs.min || tokenMs > tokenRangeMs.max) {
    const range = `${formatDuration(tokenRangeMs.min)} to ${formatDuration(tokenRangeMs.max)}`;
    findings.push({
      code: 'HF-SITE-TOKEN-RANGE',
      path: ['timing', 'token'],
      message: `A token of ${formatDuration(tokenMs)} is outside ${range}: shorter, a busy machine is taken for dead; longer, a failover takes minutes.`,
      remedy: `Write ${range}; \`timing: lan\` is 1s.`,
    });
  }
  const consensusMs = draft.durationMs(['timing', 'consensus']);
  const leastMs = leastConsensusMs(tokenMs);
  if (consensusMs !== undefined && consensusMs < leastMs) {
    findings.push({
      code: 'HF-SITE-CONSENSUS-SHORT',
      path: ['timing', 'consensus'],
      message: `The consensus of ${formatDuration(consensusMs)} is shorter than 1.2 × the token of ${formatDuration(tokenMs)}: members would not agree in time.`,
      remedy: `Write at least ${formatDuration(leastMs)}, or leave it out.`,
    });
  }
  return findings;
}

/** 1.2 × token in whole milliseconds, without the error of a binary 1.2. */
export function leastConsensusMs(tokenMs: number): number {
  return Math.ceil((tokenMs * 12) / 10);
}

function workloadTimes(draft: Draft, path: Path): Finding[] {
  if (!draft.has([...path, 'probe'])) return [];
  const probeMs = draft.durationMs([...path, 'probe', 'timeout'], defaults.probeTimeout);
  if (probeMs === undefined) return [];
  const limits = [
    ['start', defaults.startTimeout],
    ['stop', defaults.stopTimeout],
  ] as const;
  return limits.flatMap(([key, fallback]) => {
    const limitMs = draft.durationMs([...path, key], fallback);
    if (limitMs === undefined || limitMs === 0 || limitMs > probeMs) return [];
    return [
      {
        code: 'HF-SITE-TIMEOUT-TOO-SHORT',
        path: [...path, key],
        onKey: true,
        message: `${nameAt(draft, path)} has ${formatDuration(limitMs)} to ${key}, no more than one answer of its probe may take (${formatDuration(probeMs)}).`,
        remedy: `Give \`${key}\` more time, or the probe less.`,
      },
    ];
  });
}
