import { styleText } from 'node:util';
import type { Command } from 'commander';
import { type Clock, HoldfastError, type ProgressSink } from '../core/index.ts';
import type { Site } from '../site/index.ts';
import type { ExitCode } from './exit-codes.ts';
import { createProgressRenderer } from './progress-renderer.ts';
import type { SecretSource } from './secret-input.ts';

/** Everything a verb may touch of the world around it. */
export interface CliContext {
  /** Writes text for people to standard output, with a line end; nothing with `--json`. */
  print(text: string): void;
  /** Writes one JSON value to standard output; nothing without `--json`. Off a terminal a value takes one line. */
  printJson(value: unknown): void;
  /** Shows progress on standard error; nothing with `--json`. */
  readonly progress: ProgressSink;
  /** Aborted by Ctrl-C and SIGTERM; its reason is a HoldfastError. */
  readonly signal: AbortSignal;
  /** Whether `--json` was given, as a flag without a value. Known once the action runs. */
  readonly json: boolean;
  /** Whether standard output takes colours. */
  readonly colour: boolean;
  /** Whether standard output is a terminal. */
  readonly terminal: boolean;
  /** Characters in a line of standard output. */
  readonly columns: number;
  /** Lines of the terminal now; absent where standard output is none. */
  readonly rows: number | undefined;
  /** `text` in that style where standard output takes colours, otherwise as it is. */
  style(format: TextStyle, text: string): string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Without a call, and without an error, it is 0. */
  setExitCode(code: ExitCode): void;
  /** Ends with the exit code of another program, whatever that means there. */
  passOnExitCode(code: number): void;
  /** A secret from standard input: typed without an echo after `prompt` on a terminal, otherwise everything that comes. */
  readSecret(prompt: string): Promise<string>;
  /** Reads and checks a site file. Throws a HoldfastError with every mistake in it. */
  loadSite(path: string): Promise<Site>;
}

export type TextStyle = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** The part of a stream that the CLI writes to. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface CliIo {
  readonly stdin: SecretSource;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** The context and what only main.ts may do with it. */
export interface OwnedContext {
  readonly context: CliContext;
  useJson(): void;
  interrupt(): void;
  /** Leaves the terminal as it was. */
  close(): void;
  readonly exitCode: number | undefined;
  /** The site file that the verb has read. */
  readonly siteFile: string | undefined;
}

/** How a verb declares its site file: `command.argument(...siteArgument)`. */
export const siteArgument = ['<site>', 'the site file, such as site.yaml'] as const;

/** Shows in the verb's help, and so in docs/cli.md, how it is called: a comment before or behind a line explains it. */
export function addExamples(command: Command, ...lines: readonly [string, ...string[]]): Command {
  const title = lines.length === 1 ? 'Example' : 'Examples';
  return command.addHelpText('after', `\n${title}:\n  ${lines.join('\n  ')}`);
}

/** Gives a verb `--json`, and says in its help what that prints. `shape` is written as a TypeScript type. */
export function describeJson(command: Command, shape: string): Command {
  // One that means something else by it (a file) has declared its own.
  if (!command.options.some((option) => option.long === '--json')) {
    command.option('--json', 'print one JSON value instead of text');
  }
  return command.addHelpText('after', `\nWith --json:\n  ${shape.replaceAll('\n', '\n  ')}`);
}

export function createContext(io: CliIo, wantsColour: boolean): OwnedContext {
  const { stdout, stderr, env, clock } = io;
  const colour = wantsColour && takesColour(stdout, env);
  const interruption = new AbortController();
  const renderer = createProgressRenderer({
    stream: stderr,
    clock,
    colour: wantsColour && takesColour(stderr, env),
  });
  let json = false;
  let exitCode: number | undefined;
  let siteFile: string | undefined;

  const context: CliContext = {
    print(text) {
      if (!json) renderer.around(() => stdout.write(`${text}\n`));
    },
    printJson(value) {
      if (json) stdout.write(`${JSON.stringify(value, null, stdout.isTTY ? 2 : 0)}\n`);
    },
    progress(event) {
      if (!json) renderer.show(event);
    },
    signal: interruption.signal,
    get json() {
      return json;
    },
    colour,
    terminal: stdout.isTTY === true,
    columns: stdout.columns ?? 100,
    get rows() {
      return stdout.rows;
    },
    style: (format, text) => paint(colour, format, text),
    env,
    clock,
    setExitCode(code) {
      exitCode = code;
    },
    passOnExitCode(code) {
      exitCode = code;
    },
    async readSecret(prompt) {
      const { readSecretValue } = await import('./secret-input.ts');
      return readSecretValue(io.stdin, stderr, prompt, interruption.signal);
    },
    async loadSite(path) {
      const { readSite } = await import('../site/index.ts');
      siteFile = path;
      return readSite(path);
    },
  };

  return {
    context,
    useJson() {
      json = true;
    },
    interrupt() {
      interruption.abort(interrupted());
    },
    close: () => renderer.close(),
    get exitCode() {
      return exitCode;
    },
    get siteFile() {
      return siteFile;
    },
  };
}

/** What a command throws that was interrupted; main.ts makes exit code 130 of it. */
export function interrupted(): HoldfastError {
  return new HoldfastError({
    code: 'HF-CLI-INTERRUPTED',
    message: 'Interrupted.',
    remedy: 'Run the same command again: it goes on from what is already done.',
    source: 'user',
  });
}

/** Colours go to terminals only, and not where NO_COLOR (no-color.org) is set. */
export function takesColour(stream: TextStream, env: CliIo['env']): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

export function paint(colour: boolean, format: TextStyle, text: string): string {
  return colour ? styleText(format, text, { validateStream: false }) : text;
}
