import type { Draft } from '../draft.ts';
import type { Finding } from '../finding.ts';
import { speaksOfPassword } from '../secrecy.ts';
import type { Path } from '../yaml.ts';

/** Fence agents named by the file: what may stand there before any machine is asked. */
export function checkAgents(draft: Draft, devices: readonly Path[]): readonly Finding[] {
  return devices
    .filter((device) => draft.text([...device, 'type']) === 'agent')
    .flatMap((device) => [
      ...refusedAgent(draft, [...device, 'agent']),
      ...draft.keys([...device, 'parameters']).flatMap((path) => refusedParameter(path)),
    ]);
}

/** Agents that Holdfast runs itself, and those that confirm a death that nobody caused. */
const refusedAgents: Readonly<Record<string, { readonly why: string; readonly remedy: string }>> = {
  ...Object.fromEntries(
    // One program: fence_ipmilan and its links (agents/ipmilan/fence_ipmilan.py). It gives ipmitool the password as an argument.
    ['ipmilan', 'ipmilanplus', 'idrac', 'ilo3', 'ilo4', 'ilo5', 'imm'].map((name) => [
      `fence_${name}`,
      {
        why: 'shows the password to every user of the machine, on the command line of ipmitool',
        remedy: 'Write `type: ipmi`, which keeps it in a file.',
      },
    ]),
  ),
  fence_vmware: {
    why: 'shows the password to every user of the machine, on the command line of its helper',
    remedy: 'Name fence_vmware_rest or fence_vmware_soap.',
  },
  fence_watchdog: { why: 'is no program that switches anything', remedy: 'Write `type: watchdog`.' },
  fence_sbd: { why: 'needs a shared disk, which Holdfast does not set up', remedy: 'Write `type: watchdog`.' },
  fence_dummy: falseConfirmation(),
  fence_manual: falseConfirmation(),
  fence_ack_manual: falseConfirmation(),
  fence_holdfast_witness: falseConfirmation(),
};

function falseConfirmation() {
  return {
    why: 'says that a node is off without switching anything: two nodes would write',
    remedy: 'Name the agent of a device that switches power.',
  };
}

function refusedAgent(draft: Draft, path: Path): Finding[] {
  const agent = draft.text(path) ?? '';
  const refused = Object.hasOwn(refusedAgents, agent) ? refusedAgents[agent] : undefined;
  if (refused === undefined) return [];
  return [{ code: 'HF-SITE-FENCE-AGENT', path, message: `${agent} ${refused.why}.`, remedy: refused.remedy }];
}

/** Parameters of the agents' common library (lib/fencing.py.py) that Pacemaker or Holdfast gives, or that lie about a death. */
const refusedParameters: Readonly<Record<string, string>> = {
  action: 'Pacemaker says what is to be done',
  option: 'Pacemaker says what is to be done',
  nodename: 'Pacemaker says who is meant',
  delay: 'Holdfast decides who shoots first',
  missing_as_off: 'a device that does not know the machine would count as a dead machine',
  method: 'with `cycle` the agent does not look whether the machine went off',
  debug: 'passwords would stand in the file',
  debug_file: 'passwords would stand in the file',
};

function refusedParameter(path: Path): Finding[] {
  const name = String(path.at(-1));
  const plain = name.replaceAll('-', '_');
  const because = Object.hasOwn(refusedParameters, plain) ? refusedParameters[plain] : undefined;
  if (because !== undefined || plain.startsWith('pcmk_')) {
    return [
      {
        code: 'HF-SITE-FENCE-PARAMETER',
        path,
        onKey: true,
        message: `The parameter \`${name}\` cannot be given here: ${because ?? 'it is one of Pacemaker, and Holdfast sets it'}.`,
        remedy: 'Take it out.',
      },
    ];
  }
  if (!speaksOfPassword(plain) && plain !== 'community') return [];
  return [
    {
      code: 'HF-SITE-FENCE-PARAMETER',
      path,
      onKey: true,
      message: 'A password cannot stand in `parameters`: every member and every copy of the file would show it.',
      remedy: 'Write the parameter in `secrets`, with the name of a secret. If this was the real password, change it.',
    },
  ];
}
