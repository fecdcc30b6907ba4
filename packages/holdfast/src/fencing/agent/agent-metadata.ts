import { nearest, type Problem } from '../../core/index.ts';
import { child, descendants, parseXml } from '../../engines/pacemaker/index.ts';
import type { AgentDevice } from '../../site/index.ts';
import { agentFencing } from './fence-agent.ts';
import { snmpAgents } from './snmp-wrapper.ts';

/** What a fence agent says of itself with `-o metadata` (the fence agent API, and the OCF resource agent schema). */
export interface AgentMetadata {
  /** `formerly`: an older name of it, which the agent still takes. */
  readonly parameters: readonly { readonly name: string; readonly formerly?: string; readonly isRequired: boolean }[];
  readonly actions: readonly string[];
}

/** Throws HF-XML-MALFORMED where it is no XML. */
export function readAgentMetadata(xml: string): AgentMetadata {
  const root = parseXml(xml);
  const named = (parent: string, name: string) => {
    const holder = child(root, parent);
    if (holder === undefined) return [];
    return [...descendants(holder)].filter((each) => each.name === name).map(({ attributes }) => attributes);
  };
  return {
    parameters: named('parameters', 'parameter').flatMap(({ name, required, deprecated, obsoletes }) =>
      name === undefined
        ? []
        : [
            {
              name,
              isRequired: required === '1' && deprecated !== '1',
              ...(obsoletes === undefined ? {} : { formerly: obsoletes }),
            },
          ],
    ),
    actions: named('actions', 'action').flatMap(({ name }) => name ?? []),
  };
}

/** Given by Pacemaker itself with each call. */
const givenByPacemaker = ['action', 'plug', 'port', 'nodename'];

/** Where a device of the site file does not fit the agent that is on a machine. `at`: the machine. Pure. */
export function checkAgent(
  device: AgentDevice,
  { parameters, actions }: AgentMetadata,
  { node, at, comesBack }: { readonly node: string; readonly at: string; readonly comesBack: boolean },
): readonly Problem[] {
  const names = parameters.map(({ name }) => name);
  const given = Object.keys(agentFencing(device).parameters);
  const problem = (message: string, remedy: string): Problem => ({
    code: 'HF-PLAN-FENCE-AGENT',
    message: `${device.agent} on ${at}, which shall fence ${node}, ${message}.`,
    remedy,
    source: 'user',
  });
  const unknown = given.filter((name) => !names.includes(name) && !names.includes(name.replaceAll('-', '_')));
  const missing = parameters.filter(
    ({ name, formerly, isRequired }) =>
      isRequired && !givenByPacemaker.includes(name) && !given.includes(name) && !given.includes(formerly ?? name),
  );
  // It belongs to the family that calls snmpget, and is not known to: a password would stand on a command line.
  const leaks =
    names.includes('snmpget_path') && Object.keys(device.secrets).length > 0 && !snmpAgents.includes(device.agent);
  const lacking = ['off', ...(comesBack ? ['on'] : [])].filter((action) => !actions.includes(action));
  return [
    ...unknown.map((name) => {
      const meant = nearest(name, names);
      return problem(
        `has no parameter \`${name}\``,
        meant === undefined
          ? `\`${device.agent} -o metadata\` there lists those it has.`
          : `Did you mean \`${meant}\`?`,
      );
    }),
    ...missing.map(({ name }) => problem(`needs the parameter \`${name}\``, `Add \`${name}\` to \`parameters\`.`)),
    ...(leaks
      ? [
          problem(
            'would give its passwords to snmpget on the command line, where every user of the machine can read them',
            `Use one of ${snmpAgents.join(', ')}, for which Holdfast keeps them in files.`,
          ),
        ]
      : []),
    ...lacking.map((action) =>
      problem(
        `cannot do "${action}"`,
        action === 'on'
          ? 'Write `after: stay-off`, or name an agent that can switch on again.'
          : 'Name an agent that switches power.',
      ),
    ),
  ];
}
