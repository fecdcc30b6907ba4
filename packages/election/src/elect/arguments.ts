import { parseArgs } from 'node:util';
import type { ElectionError } from '../errors.ts';
import { refuseLogin, wrong } from './address.ts';

export interface ElectArguments {
  readonly store: string;
  readonly key: string;
  readonly name: string | undefined;
  readonly leaseMs: number | undefined;
  readonly stopMs: number | undefined;
  readonly connectMs: number | undefined;
  readonly status: { readonly host: string; readonly port: number } | undefined;
  readonly command: readonly [string, ...string[]];
}

export type Asked = { readonly kind: 'help' } | { readonly kind: 'run'; readonly arguments: ElectArguments };

/** What the command line asks for; throws HF-ELECT-OPTION. */
export function readArguments(args: readonly string[], env: NodeJS.ProcessEnv): Asked {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  const { values, positionals } = parse(own, end !== -1);
  if (values.help === true) return { kind: 'help' };
  if (positionals.length > 0) throw misplaced(positionals, end !== -1);
  const [program, ...rest] = end === -1 ? [] : args.slice(end + 1);
  if (values.store !== undefined) refuseLogin(values.store);
  const store = values.store ?? env.HOLDFAST_STORE;
  if (store === undefined)
    throw wrong('there is no --store', 'Give one, as in --store etcd://10.0.0.1:2379, or set HOLDFAST_STORE.');
  if (values.key === undefined || values.key === '')
    throw wrong('there is no --key', 'Give the name that all candidates share, as in --key cell-7/press.');
  if (program === undefined)
    throw wrong('there is no command to run', 'Write it after --, as in -- ./press-controller --line 4.');
  return {
    kind: 'run',
    arguments: {
      store,
      key: values.key,
      name: values.name,
      leaseMs: duration('lease', values.lease),
      stopMs: duration('stop', values.stop),
      connectMs: duration('connect', values.connect),
      status: values.status === undefined ? undefined : listenAddress(values.status),
      command: [program, ...rest],
    },
  };
}

function parse(args: readonly string[], hasCommand: boolean) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        store: text,
        key: text,
        name: text,
        lease: text,
        stop: text,
        connect: text,
        status: text,
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw wrong(
      error instanceof Error ? error.message : String(error),
      `See holdfast-elect --help${hasCommand ? '' : '; the command and its own options must come after --'}.`,
    );
  }
}

function misplaced(words: readonly string[], hasCommand: boolean): ElectionError {
  // Not repeated here: it may hold a password.
  if (words.some((word) => word.includes('://'))) {
    return wrong('an address belongs to no option', 'Write --store before it; see holdfast-elect --help.');
  }
  const belongs = `"${words[0]}" belongs to no option`;
  return hasCommand
    ? wrong(belongs, 'Take it out, or write its option before it; see holdfast-elect --help.')
    : wrong(belongs, `The command must come after --, as in -- ${words.join(' ')}`);
}

function duration(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  if (match === null) throw wrong(`--${option} ${text} is no duration`, 'Write a number with its unit: 500ms, 2s, 1m.');
  const unitMs = { ms: 1, s: 1000, m: 60_000 }[match[2] ?? ''] ?? 1;
  return Math.round(Number(match[1]) * unitMs);
}

function listenAddress(text: string): { host: string; port: number } {
  const match = /^(?:(.*):)?(\d+)$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) throw wrong(`--status ${text} is no address`, 'Write a port, or address:port.');
  // Who may know about this process is decided by whoever gives another address.
  return { host: match[1] ?? '127.0.0.1', port };
}
