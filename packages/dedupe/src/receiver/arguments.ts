import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { brokerName, type MqttAddress, mqttAddress, refusePassword, wrong } from './address.ts';
import { type Field, fieldIn } from './fields.ts';
import { checkFilter, mayMatch, outputTopic } from './topics.ts';

export type Guarantee = 'exactly-once' | 'at-least-once';

export interface ReceiverArguments {
  readonly from: readonly MqttAddress[];
  readonly to: MqttAddress;
  readonly key: readonly Field[];
  readonly source: Field | undefined;
  readonly sources: readonly string[];
  readonly sequence: Field | undefined;
  readonly windowMs: number;
  readonly windowCount: number;
  readonly store: string;
  /** Undefined: the most that the store can give. */
  readonly deliver: Guarantee | undefined;
  readonly name: string;
  readonly sessionMs: number;
  readonly silentMs: number | undefined;
  readonly connectMs: number;
  readonly tls: {
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly certKey: string | undefined;
  };
  readonly status: { readonly host: string; readonly port: number } | undefined;
}

export type Asked = { readonly kind: 'help' } | { readonly kind: 'run'; readonly arguments: ReceiverArguments };

/** What the command line asks for; throws HF-DEDUPE-OPTION. */
export function readArguments(args: readonly string[], env: NodeJS.ProcessEnv): Asked {
  const { values } = parse(args);
  if (values.help === true) return { kind: 'help' };
  const from = (values.from ?? []).map((text) => mqttAddress('from', text));
  const [first] = from;
  if (first === undefined)
    throw wrong('there is no --from', 'Give the topics of the copies, as in --from mqtt://10.0.0.1/cell-7/+/raw.');
  if (values.to === undefined)
    throw wrong('there is no --to', 'Give the topic for the first copies, as in --to cell-7/events.');
  // Without a broker of its own the output goes where the copies come from.
  const to = values.to.includes('://') ? mqttAddress('to', values.to) : { ...first, topic: values.to };
  checkTopics(from, to);
  if (values.key === undefined)
    throw wrong('there is no --key', 'Say what makes two messages copies of one, as in --key json:id.');
  if (values.store !== undefined) refusePassword('store', values.store);
  const store = values.store ?? env.HOLDFAST_STORE;
  if (store === undefined)
    throw wrong(
      'there is no --store',
      'Give one, as in --store sqlite:/var/lib/cell-7/marks.db, or set HOLDFAST_STORE.',
    );
  return {
    kind: 'run',
    arguments: {
      from,
      to,
      key: values.key.map((text) => fieldIn('key', text)),
      source: values.source === undefined ? undefined : fieldIn('source', values.source),
      sources: values.sources?.split(',') ?? [],
      sequence: values.sequence === undefined ? undefined : fieldIn('sequence', values.sequence),
      windowMs: duration('window', values.window ?? '10m'),
      windowCount: wholeNumber('count', values.count ?? '1000000'),
      store,
      deliver: values.deliver === undefined ? undefined : guarantee(values.deliver),
      name: values.name ?? defaultName(from, to),
      sessionMs: duration('session', values.session ?? '24h'),
      silentMs: values.silent === undefined ? undefined : duration('silent', values.silent),
      connectMs: duration('connect', values.connect ?? '10s'),
      tls: { ca: values.ca, cert: values.cert, certKey: values['cert-key'] },
      status: values.status === undefined ? undefined : listenAddress(values.status),
    },
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const texts = { type: 'string', multiple: true } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        from: texts,
        to: text,
        key: texts,
        source: text,
        sources: text,
        sequence: text,
        window: text,
        count: text,
        store: text,
        deliver: text,
        name: text,
        session: text,
        silent: text,
        connect: text,
        ca: text,
        cert: text,
        'cert-key': text,
        status: text,
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error), 'See holdfast-dedupe --help.');
  }
}

function checkTopics(from: readonly MqttAddress[], to: MqttAddress): void {
  for (const { topic } of from) checkFilter(topic);
  outputTopic(
    to.topic,
    from.map(({ topic }) => topic),
  );
  const loop = from.find((each) => brokerName(each) === brokerName(to) && mayMatch(to.topic, each.topic));
  if (loop !== undefined) {
    throw wrong(
      `--to ${to.topic} is among the topics of --from ${loop.topic}: what leaves would come in again`,
      'Choose a topic that the filter does not match.',
    );
  }
}

/** The same after every restart, and another one for another task: the broker keeps the session by it. */
function defaultName(from: readonly MqttAddress[], to: MqttAddress): string {
  const task = [...from, to].map((each) => `${brokerName(each)}/${each.topic}`).join(' ');
  return `holdfast-dedupe-${createHash('sha256').update(task).digest('hex').slice(0, 12)}`;
}

function guarantee(text: string): Guarantee {
  if (text === 'exactly-once' || text === 'at-least-once') return text;
  throw wrong(`--deliver ${text} is no guarantee`, 'Write exactly-once or at-least-once.');
}

function duration(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null)
    throw wrong(`--${option} ${text} is no duration`, 'Write a number with its unit: 500ms, 2s, 10m, 24h.');
  const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] ?? ''] ?? 1;
  return Math.round(Number(match[1]) * unitMs);
}

function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw wrong(`--${option} ${text} is no number of messages`, 'Write it in digits, as in --count 1000000.');
}

function listenAddress(text: string): { host: string; port: number } {
  const match = /^(?:(.*):)?(\d+)$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) throw wrong(`--status ${text} is no address`, 'Write a port, or address:port.');
  // Who may know about this process is decided by whoever gives another address.
  return { host: match[1] ?? '127.0.0.1', port };
}
