import { HoldfastError } from '../../core/index.ts';
import type { Scenario, SimulatedEvent } from './scenarios.ts';
import { type SimulationStep, simulationSteps } from './simulation-steps.ts';

/**
 * A POSIX sh script that takes a whole CIB on standard input, brings it to rest in Pacemaker's own scheduler, and plays every
 * scenario from there, as many at once as the machine has processors. Needs crm_simulate (Debian: pacemaker-cli-utils), not a
 * running cluster, and leaves no file behind. `readSimulation` reads what it prints.
 *
 * A CIB that knows no node's state (before the cluster first runs) is taken as one whose `members` have all just come up, with
 * every copy of the `promotable` resources fit to be promoted: an agent would say so (crm_attribute(8), --promotion).
 * Source: tools/crm_simulate.c and crm_simulate(8) of Pacemaker 2.1.
 */
export function simulationScript(
  scenarios: readonly Scenario[],
  members: readonly string[],
  promotable: readonly string[] = [],
): string {
  const comeUp = members.map((member) => `--node-up ${word(member)}`).join(' ');
  const { steps } = simulationSteps(scenarios);
  const stages = [...Map.groupBy(steps.keys(), (index) => steps[index]?.depth).values()];
  return `set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cat >"$work/given.xml"
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null) || jobs=2
# One instant for all steps: on a slow machine failures would expire (failure-timeout) between the rounds of one scenario.
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
# $1 step, $2 input, then events: what the scheduler does, in a file, and that it failed, where it did.
step() {
  step=$1 input=$2
  shift 2
  crm_simulate --set-datetime "$now" --xml-file "$input" --save-input "$work/$step.in" --simulate --output-as xml \
    --save-output "$work/$step.xml" "$@" >"$work/$step.out" || echo "${failedMark}$?" >>"$work/$step.out"
}
# $1 step, then the actions that fail in it. After an event Pacemaker 3.0.0 prints nothing more, though it does everything: then
# once more, from what the events made of the input.
told() {
  if grep -q '<revised_cluster_status>|^${failedMark}' "$work/$1.out"; then return; fi
  step=$1
  shift
  crm_simulate --set-datetime "$now" --xml-file "$work/$step.in" --simulate --output-as xml "$@" >"$work/$step.out" ||
    echo "${failedMark}$?" >>"$work/$step.out"
}
# The same, but only planned: prints the graph of the plan behind it.
plan() {
  step=$1 input=$2
  shift 2
  { crm_simulate --set-datetime "$now" --xml-file "$input" --output-as xml --save-graph "$work/$step.graph" "$@" || echo "${failedMark}$?"
    echo '${graphMark}'
    cat "$work/$step.graph"; } >"$work/$step.out"
}
# $1 step, $2 the one before it, $3 input: nothing can happen in it.
pass_over() {
  cp "$3" "$work/$1.xml"
  if [ -e "$work/$2.where" ]; then cp "$work/$2.where" "$work/$1.where"; else cp "$work/$2.out" "$work/$1.where"; fi
  echo '${passedMark}' >"$work/$1.out"
}
# $1 step, $2 resource: the node it runs on when the step has ended; fails where there is none.
where() {
  if [ -e "$work/$1.where" ]; then set -- "$1.where" "$2"; else set -- "$1.out" "$2"; fi
  awk -v begin="<resource id=\\"$2\\"" '
    /<revised_cluster_status>/ { last = 1 }
    last && index($0, begin) && !/\\/>$/ { getline; split($0, part, "\\""); print part[2]; found = 1; exit }
    END { exit !found }' "$work/$1"
}
# Steps that need not wait for each other, shared out among as many workers as there are processors.
at_once() {
  worker=0
  while [ "$worker" -lt "$jobs" ]; do
    {
      turn=0
      for each in "$@"; do
        [ "$((turn % jobs))" -ne "$worker" ] || "step_$each"
        turn=$((turn + 1))
      done
    } &
    worker=$((worker + 1))
  done
  wait
}
if grep -q '<node_state' "$work/given.xml"; then
  step up "$work/given.xml"
else
  step up "$work/given.xml" ${comeUp} --quorum true
  told up
${promotable.map(fitToBePromoted).join('')}fi
step rest "$work/up.xml"
${steps.map(stepFunction).join('')}${stages.map((stage) => `at_once ${stage.join(' ')}\n`).join('')}for each in up rest${steps.map((_, index) => ` ${index}`).join('')}; do
  echo "${stepMark}$each"
  cat "$work/$each.out"
done
`;
}

/** Lines of our own between the documents that crm_simulate prints. */
export const stepMark = '=== step ';
export const graphMark = '=== graph';
export const passedMark = '=== passed over';
export const failedMark = '=== failed ';

/** Written into the state of each node, where the agent would have put it. */
function fitToBePromoted(resource: string): string {
  const name = `master-${word(resource)}`;
  const pair = `<nvpair id="status-\\1-${name}" name="${name}" value="10000"/>`;
  const set = `<instance_attributes id="status-\\1">${pair}</instance_attributes>`;
  const attributes = `<transient_attributes id="\\1">${set}</transient_attributes>`;
  return `  sed 's|^ *<node_state id="\\([^"]*\\)".*[^/]>$|&${attributes}|' "$work/up.xml" >"$work/fit.xml"
  mv "$work/fit.xml" "$work/up.xml"
`;
}

function stepFunction({ after, events }: SimulationStep, index: number): string {
  const previous = after === undefined ? 'rest' : String(after);
  const losesQuorum = events.some((event) => event.kind === 'quorum-lost');
  const input = `"$work/${losesQuorum ? `${index}-in` : previous}.xml"`;
  // The option --quorum does not change a CIB that already has the attribute.
  const prepare = losesQuorum
    ? `  sed 's/have-quorum="[^"]*"/have-quorum="0"/' "$work/${previous}.xml" >${input}\n`
    : '';
  const runs = events.some((event) => event.kind === 'fencing-fails') ? 'plan' : 'step';
  const resources = [...new Set(events.flatMap((event) => ('resource' in event ? [event.resource] : [])))];
  const flags = events.flatMap((event) => eventFlags(event, resources));
  const failing = flags.filter((flag) => flag.startsWith('--op-fail'));
  const run = [
    [runs, index, input, ...flags].join(' '),
    ...(runs === 'step' && flags.length > failing.length ? [['told', index, ...failing].join(' ')] : []),
  ];
  // A resource fails where it runs; where it runs nowhere, nothing can happen to it.
  const lookUps = resources.map((resource, number) => `at${number}=$(where ${previous} ${word(resource)})`);
  const body =
    resources.length === 0
      ? `  ${run.join('\n  ')}\n`
      : `  if ${lookUps.join(' && ')}; then\n    ${run.join('\n    ')}\n  else\n    pass_over ${index} ${previous} ${input}\n  fi\n`;
  return `step_${index}() {\n${prepare}${body}}\n`;
}

function eventFlags(event: SimulatedEvent, resources: readonly string[]): string[] {
  const place = (resource: string) => `$at${resources.indexOf(resource)}`;
  switch (event.kind) {
    case 'node-fails':
      return [`--node-fail ${word(event.node)}`];
    case 'node-returns':
      return [`--node-up ${word(event.node)}`];
    case 'quorum-lost':
    case 'fencing-fails':
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
