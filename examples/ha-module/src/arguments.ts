import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './command-line.ts';
import { readStoreAddress, type StoreAddress } from './store-address.ts';

/** What main.ts is asked for. */
export interface DemonstrationArguments {
  /** Undefined: a file of its own. */
  readonly store: StoreAddress | undefined;
  readonly leaseMs: number;
  readonly transport: 'mqtt' | 'http';
}

/** Throws a UsageError. */
export function readDemonstrationArguments(args: readonly string[]): DemonstrationArguments {
  const { store, 'lease-ms': lease, transport = 'mqtt' } = parse(args, ['store', 'lease-ms', 'transport']);
  if (transport !== 'mqtt' && transport !== 'http')
    throw new UsageError(`--transport ${transport} is unknown: write mqtt or http`);
  return { store: store === undefined ? undefined : readStoreAddress(store), leaseMs: readLeaseMs(lease), transport };
}

/** What module.ts is asked for. */
export interface ModuleArguments {
  readonly name: string;
  readonly store: StoreAddress;
  readonly press: string;
  readonly publish: string;
  readonly key: string;
  readonly leaseMs: number;
}

/** Throws a UsageError. */
export function readModuleArguments(args: readonly string[]): ModuleArguments {
  const values = parse(args, [...NEEDED, 'key', 'lease-ms']);
  const missing = NEEDED.filter((option) => values[option] === undefined);
  if (missing.length > 0) {
    const names = missing.map((option) => `--${option}`).join(', ');
    const example = missing.map((option) => `--${option} ${EXAMPLES[option]}`).join(' ');
    throw new UsageError(`there is no ${names}: write it as in ${example}`);
  }
  const { name = '', store = '', press = '', publish = '', key = 'cell-7/press' } = values;
  if (name === '' || name.length > 200) throw new UsageError(`--name "${name}": give it 1 to 200 characters`);
  if (key === '') throw new UsageError('--key "": give the name that all copies share');
  return {
    name,
    store: readStoreAddress(store),
    press: readUrl('press', press, ['http', 'https']),
    publish: readUrl('publish', publish, ['mqtt', 'mqtts', 'http', 'https']),
    key,
    leaseMs: readLeaseMs(values['lease-ms']),
  };
}

const NEEDED = ['name', 'store', 'press', 'publish'] as const;
const EXAMPLES = {
  name: 'a',
  store: 'etcd://10.0.0.1:2379',
  press: 'http://10.0.0.7:8080',
  publish: 'mqtt://10.0.0.9',
} as const;

function parse(args: readonly string[], names: readonly string[]): Readonly<Record<string, string | undefined>> {
  const options: ParseArgsConfig['options'] = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
  try {
    const { values } = parseArgs({ args: [...args], options });
    return Object.fromEntries(
      Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    );
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readUrl(option: keyof typeof EXAMPLES, text: string, schemes: readonly string[]): string {
  const scheme = URL.canParse(text) ? new URL(text) : undefined;
  if (scheme !== undefined && scheme.host !== '' && schemes.includes(scheme.protocol.slice(0, -1))) return text;
  throw new UsageError(
    `--${option} ${text} is no address of it: begin with ${schemes.map((each) => `${each}://`).join(' or ')}, as in ${EXAMPLES[option]}`,
  );
}

/** The limits are those of @holdfast/election. */
function readLeaseMs(text = '500'): number {
  const leaseMs = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (leaseMs >= 100 && leaseMs <= 3_600_000) return leaseMs;
  throw new UsageError(`--lease-ms ${text} is no lease: write a whole number of milliseconds from 100 to 3600000`);
}
