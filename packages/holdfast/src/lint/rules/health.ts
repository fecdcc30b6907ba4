import type { Place, Rule } from '../finding.ts';
import { overCib, servingPrimitives } from '../inputs/cib-questions.ts';
import { type Evidence, placeInSite } from '../inputs/evidence.ts';
import { list } from '../inputs/pacemaker-values.ts';

/** Whether "it is up" means that it serves. */
export const healthRules: readonly Rule[] = [
  {
    code: 'HF-LINT-HEALTH-ACTIVE-ONLY',
    title: 'Healthy means that the process exists',
    severity: 'warning',
    danger:
      'A workload that hangs, lost its disk or answers nothing stays "active" for systemd: the cluster sees no fault.',
    remedy: 'Let the monitor ask the workload itself: an agent with a probe instead of the class systemd.',
    source: "Pacemaker Explained, systemd resources (the monitor is the unit's ActiveState)",
    acceptedBy: 'no-probe',
    find: overCib(function* (cib) {
      for (const primitive of servingPrimitives(cib)) {
        const byInit = /^(systemd|service|lsb|upstart)$/.test(primitive.class);
        const withoutProbe =
          primitive.agent === workloadAgent && (primitive.parameters.get('probe')?.value ?? '') === '';
        if ((!byInit && !withoutProbe) || !isDaemon(primitive.type)) continue;
        yield {
          where: cib.place(primitive.element),
          why: `${primitive.id} (${primitive.agent}) is healthy as long as its unit is active.`,
        };
      }
    }),
  },
  {
    code: 'HF-LINT-PROBE-IS-ACTIVE',
    title: 'A probe that asks systemd, not the workload',
    severity: 'warning',
    danger: 'A unit that hangs is "active": the probe finds it well.',
    remedy: 'Ask the workload something that it can answer only when it serves.',
    source: "measured: a stopped (SIGSTOP) process stays active; Holdfast's rules for probes",
    *find(evidence) {
      for (const { command, where, owner } of probesOf(evidence)) {
        if (!/\b(systemctl\s+(-\S+\s+)*(is-active|status|show)|service\s+\S+\s+status|pgrep|pidof)\b/.test(command))
          continue;
        yield { where, why: `The probe of ${owner} only looks whether a process exists (${shown(command)}).` };
      }
    },
  },
  {
    code: 'HF-LINT-PROBE-ALWAYS-GOOD',
    title: 'A probe that cannot fail',
    severity: 'error',
    danger: 'It ends with success whatever happens: a dead workload is healthy.',
    remedy: 'Let the probe end with the exit code of the question.',
    source: 'sh(1)',
    *find(evidence) {
      for (const { command, where, owner } of probesOf(evidence)) {
        if (!/(\|\||;|&&)\s*(true|:|exit\s+0|echo\b[^|&;]*)\s*$|^\s*(true|:|exit\s+0)\s*$/.test(command)) continue;
        yield { where, why: `The probe of ${owner} always succeeds (${shown(command)}).` };
      }
    },
  },
  {
    code: 'HF-LINT-PROBE-EMPTY',
    title: 'A probe that takes an empty answer for healthy',
    severity: 'error',
    danger: 'When the workload says nothing at all, no bad word is found in it, and it counts as well.',
    remedy: 'Look for the good answer, and fail when it is missing (curl --fail, grep -q GOOD).',
    source: "AWS's published health check for Greengrass on Pacemaker takes an empty list of components for healthy",
    *find(evidence) {
      for (const { command, where, owner } of probesOf(evidence)) {
        const reason = takesEmpty(command);
        if (reason !== undefined) yield { where, why: `The probe of ${owner} ${reason} (${shown(command)}).` };
      }
    },
  },
  {
    code: 'HF-LINT-PROBE-NO-TIME-LIMIT',
    title: 'A probe slower than its monitor',
    severity: 'warning',
    danger:
      'The answer may take as long as the pause between two questions: a workload that is sick is found late, or the machine is busy with asking.',
    remedy: 'Give the probe a shorter timeout than its interval.',
    source: "Holdfast's budget: detection takes interval + timeout",
    *find({ site }) {
      if (site === undefined) return;
      for (const [index, { name, probe }] of site.site.workloads.entries()) {
        if (probe === undefined || probe.timeoutMs <= probe.intervalMs * 2) continue;
        yield {
          where: placeInSite(site, ['workloads', index, 'probe']),
          why: `The probe of ${name} may take ${probe.timeoutMs} ms and is asked every ${probe.intervalMs} ms.`,
        };
      }
    },
  },
];

const workloadAgent = 'ocf:holdfast:workload';

/** Mounts, targets and timers have no health beyond their state. */
function isDaemon(type: string): boolean {
  return !/\.(mount|target|timer|path|socket|slice|swap|device)$/.test(type);
}

interface ProbeText {
  readonly owner: string;
  readonly command: string;
  readonly where: Place;
}

/** Commands that people wrote: those of the site file, or of the CIB where no site file is given. */
function probesOf({ site, cib }: Evidence): ProbeText[] {
  if (site !== undefined) {
    return site.site.workloads.flatMap(({ name, probe }, index) =>
      probe?.kind === 'command'
        ? [{ owner: name, command: probe.command, where: placeInSite(site, ['workloads', index, 'probe', 'command']) }]
        : [],
    );
  }
  return (cib === undefined ? [] : servingPrimitives(cib)).flatMap(({ id, parameters }) =>
    ['probe', 'monitor_hook', 'monitor_cmd'].flatMap((name) => {
      const setting = parameters.get(name);
      return setting === undefined || cib === undefined
        ? []
        : [{ owner: id, command: setting.value, where: cib.place(setting.element) }];
    }),
  );
}

function takesEmpty(command: string): string | undefined {
  const reasons = [
    /\|\s*grep\s+(-\w*\s+)*-\w*v/.test(command) && !/grep\s+-\w*v[^|]*\|\s*grep\s+-\w*q/.test(command)
      ? 'looks for what must not be there'
      : '',
    /(^|[;&|]\s*)!\s*.*\|\s*grep\b/.test(command) || /\[\s+-z\s|\btest\s+-z\s/.test(command)
      ? 'is content with silence'
      : '',
    /\bcurl\b/.test(command) && !/(\s-\w*f|--fail|--write-out|\s-w\b|\|\s*(grep|jq))/.test(command)
      ? 'takes every answer of the server, errors and an empty one included'
      : '',
  ].filter((reason) => reason !== '');
  return reasons.length === 0 ? undefined : list(reasons);
}

/** Short, and without what may be a password. */
function shown(command: string): string {
  const hidden = command.replace(
    /(-u\s+|--user[= ]|(?:pass\w*|token|secret|key|authorization)["']?\s*[:= ]\s*)(\S+)/gi,
    '$1…',
  );
  return hidden.length > 80 ? `${hidden.slice(0, 79)}…` : hidden;
}
