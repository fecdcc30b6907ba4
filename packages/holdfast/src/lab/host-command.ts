import { execa } from 'execa';
import { HoldfastError } from '../core/index.ts';

export interface HostCommandOptions {
  readonly input?: string;
  /** Default 30 000. */
  readonly timeoutMs?: number;
}

/**
 * Runs a program of this computer and gives its standard output.
 * Throws HF-LAB-COMMAND-FAILED, with what the program said, when it ends with anything but 0.
 */
export async function hostCommand(
  program: string,
  args: readonly string[],
  options: HostCommandOptions = {},
): Promise<string> {
  const result = await execa(program, args, {
    reject: false,
    stripFinalNewline: true,
    timeout: options.timeoutMs ?? 30_000,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  if (result.failed) {
    const said = (result.stderr || result.stdout || result.shortMessage || '').trim();
    throw new HoldfastError(
      {
        code: 'HF-LAB-COMMAND-FAILED',
        message: `\`${program} ${args.join(' ')}\` failed on this computer: ${said}`,
        remedy:
          'Run `holdfast lab down` and `holdfast lab up` again; if it stays, the message above names what this computer refuses.',
        source: 'tool',
      },
      { cause: result },
    );
  }
  return result.stdout;
}
