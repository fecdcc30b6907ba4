import { type Clock, HoldfastError, type ProgressSink } from '../core/index.ts';
import type { Hosts } from '../hosts/index.ts';

/** What each step of ending a split brain works with. */
export interface StepOptions {
  readonly hosts: Pick<Hosts, 'get'>;
  readonly clock: Clock;
  readonly progress: ProgressSink;
  readonly signal: AbortSignal;
}

/** Has a node do one step of ending a split brain. Throws HF-STATE-RESOLVE with what it said last. */
export async function order(
  hosts: Pick<Hosts, 'get'>,
  node: string,
  script: string,
  timeoutMs = 120_000,
): Promise<void> {
  const { exitCode, stdout, stderr } = await hosts.get(node).run(script, { timeoutMs });
  if (exitCode !== 0) throw failed(node, (stderr.trim() || stdout.trim()).split('\n').slice(-2).join(' / '));
}

/** The error of a step that was not done. */
export function failed(
  node: string,
  said: string,
  remedy = 'See `holdfast state status <site>`, and give the same command again.',
): HoldfastError {
  return new HoldfastError({
    code: 'HF-STATE-RESOLVE',
    message: `${node} did not do it: ${said}. A copy that was made is kept.`,
    remedy,
    source: 'site',
  });
}
