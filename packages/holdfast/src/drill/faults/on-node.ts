import { HoldfastError, shellQuote } from '../../core/index.ts';
import type { Host } from '../../hosts/index.ts';
import { readNanoseconds } from '../evidence/clock-offset.ts';
import type { FaultContext } from './fault.ts';

/**
 * A timer on the node itself that runs `script` after `afterMs`. One of that name replaces the former. It ends at the first step that
 * fails, so that it does not forget what it could not undo.
 */
export async function armOnNode(host: Host, name: string, afterMs: number, script: string): Promise<void> {
  const unit = `holdfast-drill-${name}`;
  const timer = `systemd-run --quiet --collect --unit=${unit} --on-active=${Math.ceil(afterMs / 1000)}s --timer-property=AccuracySec=100ms`;
  await runOnNode(
    host,
    `${stopTimer(unit)}\n${timer} /bin/sh -c ${shellQuote(`set -eu\n${script}`)}`,
    `arm the dead-man ${unit}`,
  );
}

/** Runs `script` now and calls the timer of that name off. */
export async function healOnNode(host: Host, name: string, script: string): Promise<void> {
  await runOnNode(host, `${script}\n${stopTimer(`holdfast-drill-${name}`)}`, `heal ${name}`);
}

/** Calls the timer of that name off, and ends what it has begun. */
export async function disarmOnNode(host: Host, name: string): Promise<void> {
  await runOnNode(host, stopTimer(`holdfast-drill-${name}`), `disarm ${name}`);
}

/** Whether the timer of that name waits, or what it has begun still runs. */
export async function isArmedOnNode(host: Host, name: string): Promise<boolean> {
  const unit = `holdfast-drill-${name}`;
  const states = await runOnNode(host, `systemctl is-active ${unit}.timer ${unit}.service || :`, `look for ${name}`);
  return /^(?:active|activating)$/m.test(states);
}

function stopTimer(unit: string): string {
  return `systemctl stop ${unit}.timer ${unit}.service 2>/dev/null || :`;
}

/** Runs a script whose last line is the node's time (`date +%s%N`) just before the fault, and gives it in the drill's clock. */
export async function injectOnNode({ victim }: FaultContext, script: string, what: string): Promise<number> {
  const { host, offset } = victim;
  const printed = await runOnNode(host, script, what);
  const theirsMs = readNanoseconds(printed.trim().split('\n').at(-1) ?? '');
  if (theirsMs === undefined) throw failed(host, what, printed);
  return theirsMs - offset.aheadMs;
}

/**
 * Takes the failures that we caused out of the cluster's memory: after a few of them it would avoid the node. Only those that
 * failed are looked at again (crm_resource(8), --cleanup), so that healing costs no more than it must.
 */
export async function forgetFailures({ victim, workloadResource }: FaultContext): Promise<void> {
  const script = `crm_resource --cleanup --resource ${shellQuote(workloadResource)} >/dev/null`;
  await runOnNode(victim.host, script, `forget the failures of ${workloadResource}`);
}

/** Runs a script that must succeed; `what` says for whom, as in "could not … on alpha". Throws HF-DRILL-FAULT. */
export async function runOnNode(host: Host, script: string, what: string): Promise<string> {
  const { exitCode, stdout, stderr } = await host.run(`set -eu\n${script}`, { timeoutMs: 20_000 });
  if (exitCode !== 0) throw failed(host, what, stderr);
  return stdout;
}

/** `what`, where `script` fails on the machine; undefined also where it does not answer. See `Fault.lacking`. */
export async function lackingUnless(host: Host, script: string, what: string): Promise<string | undefined> {
  const answer = await host.run(script, { timeoutMs: 10_000 }).catch(() => undefined);
  return answer === undefined || answer.exitCode === 0 ? undefined : what;
}

export function lackingFilter(host: Host): Promise<string | undefined> {
  return lackingUnless(host, 'command -v nft', 'the package nftables');
}

function failed(host: Host, what: string, printed: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-DRILL-FAULT',
    message: `The drill could not ${what} on ${host.name}: ${printed.trim().split('\n').at(-1) ?? ''}.`,
    remedy: `Look at ${host.name}; \`holdfast drill <site> --heal\` undoes whatever the drill did there.`,
    source: 'site',
  });
}
