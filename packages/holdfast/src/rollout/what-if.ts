import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  allFaults,
  type FaultScenario,
  promotableIn,
  readSimulation,
  type ScenarioOutcome,
  simulationScript,
} from '../engines/pacemaker/index.ts';
import type { Hosts } from '../hosts/index.ts';
import type { Blueprint } from '../patterns/index.ts';
import { patience, type Site } from '../site/index.ts';
import type { Facts } from './facts.ts';
import type { Plan } from './plan.ts';
import { whatCanFail } from './what-can-fail.ts';

/** What Pacemaker's own scheduler would do about each single fault and each pair of faults, once the plan is applied. */
export type WhatIf =
  | { readonly kind: 'simulated'; readonly outcomes: readonly FaultOutcome[] }
  | { readonly kind: 'not-possible'; readonly because: string };

/** Of one fault, or of two that come one after the other. */
export type FaultOutcome = ScenarioOutcome & Pick<FaultScenario, 'faults'>;

/** About forty runs of the scheduler for two nodes and a witness: three seconds on a server, two minutes on an emulated machine. */
const simulationTimeoutMs = 120_000;

/**
 * Runs the scheduler over the proposed configuration: on a machine of the site that has it, otherwise on this computer.
 * Throws HF-SIMULATION-FAILED when the scheduler refuses the configuration.
 */
export async function whatIf(options: {
  readonly site: Site;
  readonly plan: Plan;
  readonly blueprint: Blueprint;
  readonly facts: Facts;
  readonly hosts: Hosts;
  readonly signal?: AbortSignal;
}): Promise<WhatIf> {
  const { site, plan, blueprint, facts, hosts, signal } = options;
  const { cib, members } = blueprint.cluster;
  const scenarios = allFaults(cib, whatCanFail(blueprint.cluster));
  const script = simulationScript(scenarios, members, promotableIn(cib));
  const stdin = `${script}${cibMark}\n${plan.proposedCib}`;
  const able = facts.hosts.find(({ hasScheduler }) => hasScheduler);
  if (able !== undefined) {
    const limits = { timeoutMs: simulationTimeoutMs * patience(site), ...(signal === undefined ? {} : { signal }) };
    const { stdout } = await hosts.get(able.name).run(runFromInput, { stdin, ...limits });
    return { kind: 'simulated', outcomes: read(stdout, scenarios) };
  }
  const local = await runHere(
    `PATH=$PATH:/usr/sbin:/sbin\ncommand -v crm_simulate >/dev/null || exit 127\n${runFromInput}`,
    stdin,
  );
  if (local.exitCode === 127) {
    return {
      kind: 'not-possible',
      because:
        'it needs crm_simulate, which no machine has yet. apply installs it on the nodes; ' +
        'on this computer it comes with the package pacemaker-cli-utils',
    };
  }
  return { kind: 'simulated', outcomes: read(local.stdout, scenarios) };
}

/** The script comes on standard input, in front of the CIB: for many workloads it is longer than an argument may be (execve(2)). */
const cibMark = '=== cib';
const runFromInput = `folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cat >"$folder/both"
sed '/^${cibMark}$/,$d' "$folder/both" >"$folder/script"
sed '1,/^${cibMark}$/d' "$folder/both" | sh "$folder/script"
`;

function read(output: string, scenarios: readonly FaultScenario[]): FaultOutcome[] {
  const outcomes = readSimulation(output, scenarios);
  return scenarios.flatMap(({ faults }, index) => {
    const outcome = outcomes[index];
    return outcome === undefined ? [] : [{ ...outcome, faults }];
  });
}

async function runHere(script: string, stdin: string): Promise<{ readonly exitCode: number; readonly stdout: string }> {
  const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'], timeout: simulationTimeoutMs });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const [exitCode] = await once(child, 'close');
  return { exitCode: typeof exitCode === 'number' ? exitCode : 1, stdout };
}
