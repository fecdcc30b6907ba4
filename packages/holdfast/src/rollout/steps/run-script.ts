import { HoldfastError } from '../../core/index.ts';
import type { Host, RunOptions, RunResult } from '../../hosts/index.ts';
import { stepScript } from '../lock.ts';

/**
 * Runs one step's script. Throws HF-APPLY-STEP with what the script printed when it ends other than with zero or one of
 * `expected`.
 */
export async function runScript(
  host: Host,
  what: string,
  script: string,
  options: RunOptions & { readonly expected?: readonly number[] } = {},
): Promise<RunResult> {
  const result = await host.run(stepScript(what, script), options);
  if (result.exitCode === 0 || options.expected?.includes(result.exitCode) === true) return result;
  throw new HoldfastError({
    code: 'HF-APPLY-STEP',
    message: `Could not ${what}: ${lastLines(result)} (exit code ${result.exitCode}).`,
    remedy: `Mend it on ${host.name} and run the same command again; it goes on from there.`,
    source: 'site',
  });
}

function lastLines({ stdout, stderr }: RunResult): string {
  const printed = stderr.trim() === '' ? stdout : stderr;
  const lines = printed.trim().split('\n').slice(-4);
  return lines.join(' / ').slice(-600) || 'nothing was printed';
}
