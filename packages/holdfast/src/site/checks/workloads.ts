import { nearest } from '../../core/index.ts';
import type { Draft } from '../draft.ts';
import { type Finding, showPath } from '../finding.ts';
import type { Path } from '../yaml.ts';

/** Units that can be started, stopped and seen to be active. systemd.unit(5) knows more; those belong to the kernel or hold processes. */
const unitSuffixes = ['service', 'socket', 'target', 'timer', 'path', 'mount'];
const questions = ['http', 'tcp', 'command'];

/** The units and probes of the workloads. */
export function checkWorkloads(draft: Draft): readonly Finding[] {
  return draft
    .entries(['workloads'])
    .flatMap((path) => [...checkUnit(draft, [...path, 'unit']), ...checkProbe(draft, [...path, 'probe'])]);
}

function checkUnit(draft: Draft, path: Path): Finding[] {
  const unit = draft.text(path);
  if (unit === undefined) return [];
  const [, name = '', suffix = ''] = /^(.*?)(?:\.([^.]*))?$/s.exec(unit) ?? [];
  if (!unitSuffixes.includes(suffix)) {
    const meant = nearest(suffix, unitSuffixes);
    return [
      {
        code: 'HF-SITE-UNIT-SUFFIX',
        path,
        message:
          suffix === ''
            ? `\`${unit.slice(0, 60)}\` has no suffix.`
            : `\`.${suffix.slice(0, 60)}\` is no kind of unit that can be a workload.`,
        remedy: suffix === '' ? `Write \`${unit.slice(0, 60)}.service\` if it is a service.` : meantSuffix(meant),
      },
    ];
  }
  if (name !== '' && !name.endsWith('@')) return [];
  return [
    {
      code: 'HF-SITE-UNIT-NAME',
      path,
      message: name === '' ? `\`${unit}\` has no name before its suffix.` : `\`${unit}\` is a template, not a unit.`,
      remedy:
        name === '' ? 'Write a name, such as ledger.service.' : `Name an instance, such as ${name}main.${suffix}.`,
    },
  ];
}

function meantSuffix(meant: string | undefined): string {
  return meant === undefined ? `Use one of .${unitSuffixes.join(', .')}.` : `Did you mean \`.${meant}\`?`;
}

function checkProbe(draft: Draft, path: Path): Finding[] {
  if (!draft.has(path)) return [];
  const asked = questions.filter((question) => !draft.lacks([...path, question]));
  const findings: Finding[] = [];
  if (asked.length !== 1) {
    findings.push({
      code: 'HF-SITE-PROBE-QUESTION',
      path,
      onKey: true,
      message: `\`${showPath(path)}\` asks ${asked.length === 0 ? 'nothing' : `with ${asked.join(' and ')}`}.`,
      remedy: 'Write exactly one of `http`, `tcp` and `command`.',
    });
  }
  const url = draft.text([...path, 'http']);
  if (url !== undefined && !URL.canParse(url)) {
    findings.push({
      code: 'HF-SITE-URL',
      path: [...path, 'http'],
      message: `\`${url.slice(0, 60)}\` is not a URL.`,
      remedy: 'Write an http or https URL such as http://127.0.0.1:8080/health.',
    });
  }
  return findings;
}
