import { HoldfastError } from '../../core/index.ts';
import type { Scenario, SimulatedEvent } from './scenarios.ts';

/**
 * A POSIX sh script that takes a whole CIB on standard input, brings it to rest in Pacemaker's own scheduler, and plays every
 * scenario from there. Needs crm_simulate and crm_resource (Debian: pacemaker-cli-utils), not a running cluster, and leaves no
 * file behind. `readSimulation` reads what it prints.
 *
 * A CIB that knows no node's state (before the cluster first runs) is taken as one whose `members` have all just come up.
 * Source: tools/crm_simulate.c and crm_simulate(8) of Pacemaker 2.1.
 */
export function simulationScript(scenarios: readonly Scenario[], members: readonly string[]): string {
  const comeUp = members.map((member) => `--node-up ${word(member)}`).join(' ');
  return `set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cat >"$work/given.xml"
# $1 input, $2 output, then events: prints what the scheduler does, and says so when it fails.
step() {
  input=$1 output=$2
  shift 2
  crm_simulate --xml-file "$input" --simulate --output-as xml --save-output "$output" "$@" || echo "${failedMark}$?"
}
# $1 CIB, $2 resource: the node it runs on; fails where there is none.
where() { CIB_file=$1 crm_resource --resource "$2" --locate --quiet 2>/dev/null | head -n 1 | grep .; }
if grep -q '<node_state' "$work/given.xml"; then set --; else set -- ${comeUp} --quorum true; fi
echo '${scenarioMark}rest'
step "$work/given.xml" "$work/up.xml" "$@"
echo '${roundMark}'
step "$work/up.xml" "$work/rest.xml"
${scenarios.map(scenarioScript).join('')}wait
cat ${scenarios.map((_, index) => `"$work/${index}.out"`).join(' ') || '/dev/null'}
`;
}

/** Lines of our own between the documents that crm_simulate prints. */
export const scenarioMark = '=== scenario ';
export const roundMark = '=== round';
export const failedMark = '=== failed ';

/** In the background: each is a chain of processes of its own. */
function scenarioScript(scenario: Scenario, index: number): string {
  const rounds = scenario.rounds.map((events, round) => {
    const previous = round === 0 ? '"$work/rest.xml"' : `"$work/${index}-${round - 1}.xml"`;
    const input = events.some((event) => event.kind === 'quorum-lost') ? `"$work/${index}-${round}-in.xml"` : previous;
    // The option --quorum does not change a CIB that already has the attribute.
    const prepare = input === previous ? '' : `  sed 's/have-quorum="[^"]*"/have-quorum="0"/' ${previous} >${input}\n`;
    return `  echo '${roundMark}'\n${prepare}${roundScript(events, input, `"$work/${index}-${round}.xml"`)}`;
  });
  return `{\n  echo '${scenarioMark}${index}'\n${rounds.join('')}} >"$work/${index}.out" &\n`;
}

/** A resource fails where it runs; when it runs nowhere by then, the round is passed over. */
function roundScript(events: readonly SimulatedEvent[], input: string, output: string): string {
  const resources = [...new Set(events.flatMap((event) => ('resource' in event ? [event.resource] : [])))];
  const step = `step ${[input, output, ...events.flatMap((event) => eventFlags(event, resources))].join(' ')}`;
  if (resources.length === 0) return `  ${step}\n`;
  const lookUps = resources.map((resource, number) => `at${number}=$(where ${input} ${word(resource)})`);
  return `  if ${lookUps.join(' && ')}; then\n    ${step}\n  else\n    cp ${input} ${output}\n  fi\n`;
}

function eventFlags(event: SimulatedEvent, resources: readonly string[]): string[] {
  const place = (resource: string) => `$at${resources.indexOf(resource)}`;
  switch (event.kind) {
    case 'node-fails':
      return [`--node-fail ${word(event.node)}`];
    case 'node-returns':
      return [`--node-up ${word(event.node)}`];
    case 'quorum-lost':
      return [];
    case 'check-fails':
      return [`--op-inject "${word(event.resource)}_monitor_${event.intervalMs}@${place(event.resource)}=1"`];
    case 'action-fails': {
      const node = event.node === undefined ? place(event.resource) : word(event.node);
      return [`--op-fail "${word(event.resource)}_${event.action}_0@${node}=1"`];
    }
  }
}

/** Names stand unquoted in the script and inside operation specifications: nothing but plain ones may come here. */
function word(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new HoldfastError({
    code: 'HF-CIB-NAME',
    message: `The name ${JSON.stringify(name)} cannot be given to crm_simulate.`,
    remedy: 'Use letters, digits, `.`, `_` and `-` only.',
    source: 'user',
  });
}
