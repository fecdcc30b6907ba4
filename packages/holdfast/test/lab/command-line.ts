import type { z } from 'zod';
import { runCli } from '../../src/cli/main.ts';
import { systemClock } from '../../src/core/index.ts';

/** Runs a command line in this process with `--json`, and reads what it printed. */
export async function runJson<Shape extends z.ZodType>(
  shape: Shape,
  ...args: readonly string[]
): Promise<{ readonly exitCode: number; readonly json: z.infer<Shape> }> {
  let printed = '';
  const stdout = {
    write: (text: string) => {
      printed += text;
    },
  };
  const io = { stdout, stderr: { write: () => {} }, env: {}, clock: systemClock, stdin: process.stdin };
  const exitCode = await runCli([...args, '--json'], io);
  return { exitCode, json: shape.parse(JSON.parse(printed)) };
}
