import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { HoldfastError, nearest, systemClock } from '../core/index.ts';
import { type CliContext, type CliIo, createContext, takesColour } from './context.ts';
import { exitCodeOf } from './exit-codes.ts';
import { nameSiteIn } from './name-site.ts';
import { errorAsJson, renderError, toHoldfastError } from './render-error.ts';
import * as apply from './verbs/apply.ts';
import * as budget from './verbs/budget.ts';
import * as clear from './verbs/clear.ts';
import * as drill from './verbs/drill.ts';
import * as fencing from './verbs/fencing.ts';
import * as lab from './verbs/lab.ts';
import * as lint from './verbs/lint.ts';
import * as maintenance from './verbs/maintenance.ts';
import * as move from './verbs/move.ts';
import * as plan from './verbs/plan.ts';
import * as remove from './verbs/remove.ts';
import * as schema from './verbs/schema.ts';
import * as secrets from './verbs/secrets.ts';
import * as startAlone from './verbs/start-alone.ts';
import * as state from './verbs/state.ts';
import * as status from './verbs/status.ts';

/** In the order of the help. Each loads what it needs only when it runs, so that `--help` answers at once. */
const verbs = [
  plan,
  budget,
  lint,
  apply,
  status,
  move,
  maintenance,
  startAlone,
  clear,
  remove,
  state,
  drill,
  fencing,
  lab,
  secrets,
  schema,
];

/** Runs the command line `args` in this process and leaves the exit code in `process.exitCode`. */
export async function main(args: readonly string[]): Promise<void> {
  // A reader that goes away (`holdfast status | head -1`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const { stdout, stderr, env } = process;
  const io: CliIo = {
    // Opened only where a verb reads it.
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    env,
    clock: systemClock,
  };
  const inside = await runInRootlessLab(args);
  if (inside !== undefined) {
    process.exitCode = inside;
    return;
  }
  process.exitCode = await runCli(args, io, (interrupt) => {
    let interrupted = false;
    const onSignal = () => {
      if (interrupted) process.exit(130);
      interrupted = true;
      interrupt();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

/** An ordinary user's lab lives in namespaces of his own; what concerns it runs there. Gives its exit code, or undefined. */
async function runInRootlessLab(args: readonly string[]): Promise<number | undefined> {
  if (process.geteuid?.() === 0 || args.length < 2) return undefined;
  const { concernsRootlessLab, runInside } = await import('../lab/index.ts');
  if (!concernsRootlessLab(args)) return undefined;
  try {
    return await runInside(process.argv[1] ?? '', args, systemClock);
  } catch (thrown) {
    const error = toHoldfastError(thrown);
    process.stderr.write(`${renderError(error, takesColour(process.stderr, process.env), process.stderr.columns)}\n`);
    return exitCodeOf(error.source);
  }
}

/** The whole CLI without its process. `onInterrupt` is given what Ctrl-C shall call. */
export async function runCli(
  args: readonly string[],
  io: CliIo,
  onInterrupt: (interrupt: () => void) => void = () => {},
): Promise<number> {
  const wantsColour = !args.includes('--no-color');
  const owned = createContext(io, wantsColour);
  onInterrupt(owned.interrupt);
  let complaint = '';
  const program = buildProgram(owned.context, io, (text) => {
    complaint += text;
  });
  program.hook('preAction', (_program, command) => {
    if (command.opts().json === true) owned.useJson();
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return owned.context.signal.aborted ? 130 : (owned.exitCode ?? 0);
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') {
      io.stderr.write(complaint);
      return 2;
    }
    owned.close();
    const { signal } = owned.context;
    const caught = signal.aborted ? toHoldfastError(signal.reason) : asError(thrown);
    const error = owned.siteFile === undefined ? caught : nameSiteIn(caught, owned.siteFile);
    const json = owned.context.json || (error.code === 'HF-CLI-USAGE' && args.includes('--json'));
    if (json) io.stdout.write(`${JSON.stringify(errorAsJson(error))}\n`);
    else io.stderr.write(`${renderError(error, wantsColour && takesColour(io.stderr, io.env), io.stderr.columns)}\n`);
    return error.code === 'HF-CLI-INTERRUPTED' ? 130 : exitCodeOf(error.source);
  } finally {
    owned.close();
  }
}

/** The whole command line, with nothing run yet. `complain` is given what commander says of a wrong one. */
export function buildProgram(context: CliContext, io: CliIo, complain: (text: string) => void): Command {
  const program = new Command('holdfast')
    .description('Keeps an edge workload running when the box under it dies, and proves it.')
    .version(version(), '-V, --version', 'print the version')
    .option('--no-color', 'no colours, as with NO_COLOR in the environment')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: complain,
      getOutHelpWidth: () => context.columns,
      getErrHelpWidth: () => context.columns,
    })
    .exitOverride()
    .addHelpText(
      'after',
      '\nStart with a site file: docs/site-file.md. Exit codes: docs/cli.md. Errors: docs/errors.md.\nWhen a site fails: docs/at-3-am.md.',
    );
  for (const verb of verbs) verb.register(program, context);
  for (const group of [program, ...program.commands]) {
    if (group.commands.length > 0) group.on('command:*', ([word]: string[]) => refuse(word ?? '', group));
  }
  return program;
}

function refuse(word: string, group: Command): never {
  const names = group.commands.map((command) => command.name());
  const meant = nearest(word, names);
  throw new HoldfastError({
    code: 'HF-CLI-USAGE',
    message: `\`${word}\` is no command of ${group.parent === null ? '' : `${group.parent.name()} `}${group.name()}.`,
    remedy: meant === undefined ? `The commands are ${names.join(', ')}.` : `Did you mean \`${meant}\`?`,
    source: 'user',
  });
}

function asError(thrown: unknown): HoldfastError {
  if (!(thrown instanceof CommanderError)) return toHoldfastError(thrown);
  return new HoldfastError({
    code: 'HF-CLI-USAGE',
    message: thrown.message.replace(/^error: /, '').replaceAll('\n', ' '),
    remedy: 'Run the same command with --help to see what it takes.',
    source: 'user',
  });
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? 'unknown';
}
