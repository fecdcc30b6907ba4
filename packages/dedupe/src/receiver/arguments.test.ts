import { describe, expect, test } from 'vitest';
import { DedupeError } from '../errors.ts';
import { readArguments } from './arguments.ts';

const ENOUGH = {
  '--from': 'mqtt://10.0.0.5/cell-7/+/raw',
  '--to': 'cell-7/events',
  '--key': 'json:id',
  '--store': 'sqlite:/var/lib/marks.db',
};

/** The command line that is enough, with these options in the place of its own; undefined leaves one out. */
function line(changes: Record<string, string | undefined> = {}): string[] {
  return Object.entries({ ...ENOUGH, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [name, value],
  );
}

function read(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const asked = readArguments(args, env);
  if (asked.kind !== 'run') throw new Error('this asks for help');
  return asked.arguments;
}

function refusal(args: readonly string[], env: NodeJS.ProcessEnv = {}): DedupeError {
  try {
    readArguments(args, env);
  } catch (error) {
    if (error instanceof DedupeError) return error;
    throw error;
  }
  throw new Error(`accepted: ${args.join(' ')}`);
}

describe('the arguments of holdfast-dedupe', () => {
  test('say where copies come from, where the first one goes, and what makes them copies', () => {
    expect(read(line())).toMatchObject({
      from: [{ protocol: 'mqtt', host: '10.0.0.5', port: 1883, topic: 'cell-7/+/raw' }],
      to: { protocol: 'mqtt', host: '10.0.0.5', port: 1883, topic: 'cell-7/events' },
      key: [{ kind: 'json', path: ['id'] }],
      windowMs: 600_000,
      windowCount: 1_000_000,
      store: 'sqlite:/var/lib/marks.db',
      deliver: undefined,
    });
  });

  test('take more than one broker, another one for the output, and a key of parts', () => {
    const asked = read([
      ...line({ '--to': 'mqtts://[2001:db8::1]:8884/plant/{2}' }),
      ...['--from', 'mqtts://bravo/cell-7/+/raw', '--key', 'level:2'],
    ]);
    expect(asked.from.map(({ protocol, host, port }) => [protocol, host, port])).toEqual([
      ['mqtt', '10.0.0.5', 1883],
      ['mqtts', 'bravo', 8883],
    ]);
    expect(asked.to).toMatchObject({ protocol: 'mqtts', host: '2001:db8::1', port: 8884, topic: 'plant/{2}' });
    expect(asked.key).toHaveLength(2);
  });

  test('name the client the same after each start, and another for another task', () => {
    expect(read(line()).name).toBe(read(line({ '--window': '1m' })).name);
    expect(read(line()).name).not.toBe(read(line({ '--to': 'cell-8/events' })).name);
    expect(read(line({ '--name': 'cell-7' })).name).toBe('cell-7');
  });

  test('take the store from the environment, where a password is allowed', () => {
    const env = { HOLDFAST_STORE: 'redis://:secret@10.0.0.9' };
    expect(read(line({ '--store': undefined }), env).store).toBe('redis://:secret@10.0.0.9');
  });

  test.each([
    ['--from', 'mqtt://joe:hunter2@10.0.0.5/cell-7/+/raw'],
    ['--to', 'mqtts://joe:hunter2@10.0.0.5/cell-7/events'],
    ['--store', 'redis://:hunter2@10.0.0.9'],
    ['--from', 'mqtt://joe@10.0.0.5/cell-7/+/raw'],
  ])('refuse a user or password in %s, and do not repeat it', (option, value) => {
    const error = refusal(line({ [option]: value }));
    expect(error.message).toContain(`${option} has a user or password in it`);
    expect(`${error.message} ${error.remedy}`).not.toMatch(/hunter2|joe/);
  });

  test.each([
    ['no --from', { '--from': undefined }, /there is no --from/],
    ['no --to', { '--to': undefined }, /there is no --to/],
    ['no --key', { '--key': undefined }, /there is no --key/],
    ['no --store', { '--store': undefined }, /there is no --store/],
    ['another protocol', { '--from': 'http://10.0.0.5/cell-7' }, /--from http:\/\/10.0.0.5\/cell-7 is no address/],
    ['no topic', { '--from': 'mqtt://10.0.0.5' }, /is no address of topics/],
    ['no such port', { '--from': 'mqtt://10.0.0.5:70000/a' }, /is no address of topics/],
    ['a + within a level', { '--from': 'mqtt://10.0.0.5/cell+/raw' }, /cell\+\/raw is no topic filter/],
    ['a # before the end', { '--from': 'mqtt://10.0.0.5/#/raw' }, /#\/raw is no topic filter/],
    ['a shared subscription', { '--from': 'mqtt://10.0.0.5/$share/g/raw' }, /is a shared subscription/],
    ['a wildcard to publish to', { '--to': 'cell-7/+' }, /--to: cell-7\/\+ is no topic/],
    ['a level that is not there', { '--to': 'events/{4}' }, /\{4\} is not a level of every topic of cell-7\/\+\/raw/],
    ['an output that comes in again', { '--to': 'cell-7/{2}/raw' }, /what leaves would come in again/],
    ['a field of nothing', { '--key': 'id' }, /--key id names nothing of a message/],
    ['level zero', { '--key': 'level:0' }, /--key level:0/],
    ['a digest for a source', { '--source': 'sha256' }, /--source sha256/],
    ['a window without a unit', { '--window': '10' }, /--window 10 is no duration/],
    ['no count', { '--count': '0' }, /--count 0 is no number of messages/],
    ['an unknown guarantee', { '--deliver': 'at-most-once' }, /--deliver at-most-once is no guarantee/],
    ['an unknown option', { '--form': 'x' }, /--form/],
    ['a status that is no address', { '--status': 'here' }, /--status here is no address/],
  ])('refuse %s', (_what, changes, message) => {
    const error = refusal(line(changes));
    expect(error.code).toBe('HF-DEDUPE-OPTION');
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(/^[A-Z].*\.$/);
  });

  test('an output on another broker may have a topic of the input', () => {
    expect(read(line({ '--to': 'mqtt://other/cell-7/{2}/raw' })).to.host).toBe('other');
  });
});
