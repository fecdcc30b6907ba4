import { hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { HoldfastError } from '../core/index.ts';

/** Asks a question on the terminal and returns the answer, trimmed. Where there is no terminal, throws HF-APPLY-NOT-CONFIRMED. */
export async function ask(question: string, otherwise: string, signal: AbortSignal): Promise<string> {
  if (process.stdin.isTTY !== true) {
    throw new HoldfastError({
      code: 'HF-APPLY-NOT-CONFIRMED',
      message: 'This needs to be confirmed, and there is no terminal to ask on.',
      remedy: otherwise,
      source: 'user',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question, { signal })).trim();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    terminal.close();
  }
}

/** Who runs this command, from where. */
export function operatorName(command: string): string {
  return `${userInfo().username} on ${hostname()}, holdfast ${command}, process ${process.pid}`;
}
