import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sqliteStore } from '../stores/sqlite.ts';

const main = new URL('./main.ts', import.meta.url).href;
const entry = `const { main } = await import('${main}'); process.exitCode = await main(process.argv.slice(1), process.env);`;

let directory: string;
let running: Started[];

interface Started {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number>;
}

/** holdfast-elect in a process of its own, with the sources as they are. */
function elect(...args: readonly string[]): Started {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', entry, '--', ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  const started = { process: child, output: () => text, ended };
  running.push(started);
  return started;
}

const store = () => `sqlite:${join(directory, 'lease.db')}`;
/** What nearly every candidate here is given. */
const press = () => ['--store', store(), '--key', 'press'];
const sleeper = ['sh', '-c', 'echo pid=$$; exec sleep 60'];
const stored = async () => {
  const opened = sqliteStore({ path: join(directory, 'lease.db'), key: 'press' });
  const found = await opened.read(new AbortController().signal);
  opened.close?.();
  return found?.value;
};

async function until<T>(probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadlineMs = performance.now() + 15_000;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (performance.now() > deadlineMs)
      throw new Error(`in vain: ${running.map((each) => each.output()).join('\n---\n')}`);
    await sleep(10);
  }
}

const said = (started: Started, pattern: RegExp) => until(() => pattern.exec(started.output()) ?? undefined);
const isAlive = (pid: number) => {
  try {
    // A process that has died but was not yet waited for is not alive.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** A process that is stopped in the middle of a write holds the file's lock, and nobody can follow. */
async function stopBetweenWrites({ process }: Started): Promise<void> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(directory, 'lease.db'));
  const stopped = async () => {
    process.kill('SIGSTOP');
    await sleep(10);
    try {
      database.exec('BEGIN IMMEDIATE; ROLLBACK');
      return true;
    } catch {
      process.kill('SIGCONT');
      return undefined;
    }
  };
  await until(stopped);
  database.close();
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-elect-'));
  running = [];
});

afterEach(async () => {
  for (const { process, ended } of running) {
    process.kill('SIGCONT');
    process.kill('SIGKILL');
    await ended;
  }
  rmSync(directory, { recursive: true });
});

describe('holdfast-elect', { timeout: 40_000 }, () => {
  test('runs the command with its token and name, releases when it ends, and passes on its exit code', async () => {
    const one = elect(
      ...press(),
      '--name',
      'alpha',
      '--lease',
      '200ms',
      '--',
      'sh',
      '-c',
      'echo token=$HOLDFAST_TOKEN of $HOLDFAST_HOLDER; exit 7',
    );
    expect(await one.ended).toBe(7);
    expect(one.output()).toMatch(/token=\d{13} of alpha/);
    expect(await stored()).toContain('"state":"released"');
  });

  test('when the command is killed another node takes over without waiting for the lease', async () => {
    const args = [...press(), '--lease', '3s', '--', ...sleeper];
    const one = elect('--name', 'alpha', ...args);
    const [, pid] = await said(one, /pid=(\d+)/);
    const two = elect('--name', 'bravo', ...args);
    await said(two, /alpha leads press/);
    const killedMs = performance.now();
    process.kill(Number(pid), 'SIGKILL');
    await said(two, /pid=(\d+)/);
    expect(performance.now() - killedMs).toBeLessThan(1000);
    expect(await one.ended).toBe(128 + 9);
    two.process.kill('SIGTERM');
    expect(await two.ended).toBe(0);
  });

  test('when holdfast-elect itself is killed the command dies with it', async () => {
    const one = elect(...press(), '--lease', '200ms', '--', ...sleeper);
    const [, pid] = await said(one, /pid=(\d+)/);
    one.process.kill('SIGKILL');
    await until(() => (isAlive(Number(pid)) ? undefined : true));
  });

  test('when holdfast-elect itself is killed what the command has started dies too', async () => {
    const script = 'trap "" TERM; sleep 60 & echo pid=$!; wait';
    const one = elect(...press(), '--lease', '200ms', '--', 'sh', '-c', script);
    const [, pid] = await said(one, /pid=(\d+)/);
    one.process.kill('SIGKILL');
    await until(() => (isAlive(Number(pid)) ? undefined : true));
    expect(one.output()).not.toContain('will live on');
  });

  test('a stopped leader kills its command when it awakes, and another leads meanwhile', async () => {
    const args = [...press(), '--lease', '300ms', '--', ...sleeper];
    const one = elect('--name', 'alpha', ...args);
    const [, pid] = await said(one, /pid=(\d+)/);
    const two = elect('--name', 'bravo', ...args);
    await said(two, /alpha leads press/);
    await stopBetweenWrites(one);
    await said(two, /leads press with token \d+\n.*pid=/s);
    one.process.kill('SIGCONT');
    await said(one, /no longer leads press: (not renewed in time|replaced)/);
    await until(() => (isAlive(Number(pid)) ? undefined : true));
    await said(one, /bravo leads press/);
  });

  test('a command that ignores TERM is killed before another node can lead', async () => {
    const args = [
      ...press(),
      '--lease',
      '1s',
      '--stop',
      '250ms',
      '--',
      'sh',
      '-c',
      'trap "" TERM; echo pid=$$; while :; do sleep 0.01; done',
    ];
    const one = elect('--name', 'alpha', ...args);
    const [, pid] = await said(one, /pid=(\d+)/);
    // Somebody holds the file's lock: no renewal comes through, and nothing can be read.
    const { DatabaseSync } = await import('node:sqlite');
    const locker = new DatabaseSync(join(directory, 'lease.db'));
    locker.exec('BEGIN IMMEDIATE');
    const lockedMs = performance.now();
    await until(() => (isAlive(Number(pid)) ? undefined : true));
    expect(performance.now() - lockedMs).toBeLessThan(1000);
    locker.exec('ROLLBACK');
    locker.close();
    await said(one, /no longer leads press: not renewed in time/);
  });

  test('on TERM it stops the command in its own time, keeps the lease until then, and ends with 0', async () => {
    const one = elect(
      ...press(),
      '--lease',
      '200ms',
      '--',
      'sh',
      '-c',
      'trap "sleep 1; echo bye; exit 3" TERM; echo up; while :; do sleep 0.01; done',
    );
    await said(one, /up/);
    one.process.kill('SIGTERM');
    await sleep(700);
    expect(await stored()).toContain('"state":"held"');
    expect(await one.ended).toBe(0);
    expect(one.output()).toContain('bye');
    expect(one.output()).toContain('stopped by TERM; press is released\n');
    expect(await stored()).toContain('"state":"released"');
  });

  test('a standby that is stopped says so, and speaks of no release', async () => {
    const args = [...press(), '--lease', '1s', '--', 'sleep', '60'];
    const one = elect('--name', 'alpha', ...args);
    await said(one, /leads press with token/);
    const two = elect('--name', 'bravo', ...args);
    await said(two, /alpha leads press/);
    two.process.kill('SIGINT');
    expect(await two.ended).toBe(0);
    expect(two.output()).toMatch(/stopped by INT\n$/);
  });

  test('a leader that cannot release its lease when it is stopped does not claim that it has', async () => {
    const one = elect(...press(), '--lease', '1s', '--', ...sleeper);
    await said(one, /pid=/);
    const { DatabaseSync } = await import('node:sqlite');
    const locker = new DatabaseSync(join(directory, 'lease.db'));
    locker.exec('BEGIN IMMEDIATE');
    one.process.kill('SIGTERM');
    expect(await one.ended).toBe(0);
    expect(one.output()).toMatch(/stopped by TERM; press could not be released/);
    locker.exec('ROLLBACK');
    locker.close();
  });

  test('tells its state as JSON and as metrics', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const address = probe.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => probe.close(resolve));
    const one = elect(...press(), '--name', 'alpha', '--lease', '200ms', '--status', String(port), '--', 'sleep', '60');
    await said(one, /leads press with token/);
    const status = await (await fetch(`http://127.0.0.1:${port}/`)).json();
    expect(status).toMatchObject({ key: 'press', holder: 'alpha', leading: true, leader: { holder: 'alpha' } });
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toContain('holdfast_election_leading{key="press"} 1\n');
    expect(text).toMatch(/holdfast_election_token\{key="press"\} \d{13}\n/);
    expect(text).toMatch(/holdfast_election_store_requests_total\{key="press",kind="write",outcome="ok"\} \d+\n/);
    one.process.kill('SIGTERM');
    expect(await one.ended).toBe(0);
  });

  test.each([
    ['no store', ['--key', 'press', '--', 'true'], 64, /HF-ELECT-OPTION: there is no --store/],
    ['no key', ['--store', 'etcd://127.0.0.1', '--', 'true'], 64, /there is no --key/],
    ['no command', ['--store', 'etcd://127.0.0.1', '--key', 'press'], 64, /there is no command to run/],
    ['an unknown option', ['--lesae', '2s'], 64, /--lesae/],
    [
      'an unknown store',
      ['--store', 'zookeeper://x', '--key', 'press', '--', 'true'],
      64,
      /there is no store "zookeeper"/,
    ],
    [
      'a store that is no address',
      ['--store', 'foo', '--key', 'press', '--', 'true'],
      64,
      /--store \(or HOLDFAST_STORE\) is no address.*\n.*one of etcd, .* sqlite;/,
    ],
    [
      'a command without -- before it',
      ['--store', 'etcd://127.0.0.1', '--key', 'press', 'sleep', '60'],
      64,
      /"sleep" belongs to no option\n.*must come after --, as in -- sleep 60\n/,
    ],
    [
      'a command with options and without -- before it',
      ['--store', 'etcd://127.0.0.1', '--key', 'press', 'sh', '-c', 'true'],
      64,
      /'-c'.*\n.*the command and its own options must come after --\.\n/,
    ],
    [
      'a word too many before --',
      ['--store', 'etcd://127.0.0.1', '--key', 'press', 'oven', '--', 'true'],
      64,
      /"oven" belongs to no option\n.*Take it out/,
    ],
    [
      'an address without --store, which may hold a password,',
      ['etcd://root:S3crt@127.0.0.1', '--key', 'press', '--', 'true'],
      64,
      /^(?!.*S3c).*an address belongs to no option\n.*--store/s,
    ],
    ['a file without a name', ['--store', 'sqlite:', '--key', 'press', '--', 'true'], 64, /sqlite: names no file/],
    [
      'a file that is no database',
      ['--store', 'sqlite:/etc/passwd', '--key', 'press', '--', 'true'],
      77,
      /\/etc\/passwd cannot be opened as an SQLite database: .*\n.*Give another path: this file is something else/,
    ],
    [
      'a duration without a unit',
      ['--store', 'x://', '--key', 'press', '--lease', '200', '--', 'true'],
      64,
      /--lease 200 is no duration\n.*500ms/,
    ],
    [
      'a store that is down',
      ['--store', 'etcd://127.0.0.1:1', '--key', 'press', '--connect', '200ms', '--', 'true'],
      69,
      /HF-ELECT-STORE-UNREACHABLE: etcd at 127.0.0.1:1, key press gave no answer within 200 ms.*ECONNREFUSED/,
    ],
    [
      'a directory that is not there',
      ['--store', 'sqlite:/nowhere/lease.db', '--key', 'press', '--', 'true'],
      77,
      /\/nowhere\/lease.db cannot be opened/,
    ],
    [
      'AWS without credentials',
      ['--store', 's3://bucket?region=eu-central-1', '--key', 'press', '--', 'true'],
      64,
      /AWS_ACCESS_KEY_ID is not set/,
    ],
    [
      'a password among the arguments, which ps shows,',
      ['--store', 'etcd://root:S3cr/t@127.0.0.1', '--key', 'press', '--', 'true'],
      64,
      /^(?!.*S3c).*--store has a user or password in it.*HOLDFAST_STORE_PASSWORD_FILE/s,
    ],
    ['Kubernetes outside of a pod', ['--store', 'kubernetes://', '--key', 'press', '--', 'true'], 64, /this is no pod/],
  ])('%s is said clearly, with an exit code of its own', async (_what, args, code, message) => {
    const one = elect(...args);
    expect(await one.ended).toBe(code);
    expect(one.output()).toMatch(message);
  });

  test('the command is not given the address of the store, nor its password', async () => {
    vi.stubEnv('HOLDFAST_STORE', store());
    vi.stubEnv('HOLDFAST_STORE_PASSWORD', 'S3crt');
    const one = elect('--key', 'press', '--lease', '200ms', '--', 'sh', '-c', 'env; echo ended');
    vi.unstubAllEnvs();
    expect(await one.ended).toBe(0);
    expect(one.output()).toMatch(/HOLDFAST_TOKEN=.*ended/s);
    expect(one.output()).not.toMatch(/HOLDFAST_STORE|S3crt/);
  });

  test('a port for --status that is taken is said before the store is connected to', async () => {
    const busy = createServer().listen(0, '127.0.0.1');
    let connections = 0;
    const nats = createTcpServer(() => (connections += 1)).listen(0, '127.0.0.1');
    const ports = [busy, nats].map(async (server) => {
      if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    });
    const [status, port] = await Promise.all(ports);
    const one = elect('--store', `nats://127.0.0.1:${port}`, '--key', 'press', '--status', `${status}`, '--', 'true');
    expect(await one.ended).toBe(64);
    expect(one.output()).toMatch(/--status 127\.0\.0\.1:\d+ cannot be listened on/);
    expect(connections).toBe(0);
    for (const server of [busy, nats]) server.close();
  });

  test('a second candidate of one name is refused, and the first goes on', async () => {
    const args = [...press(), '--name', 'alpha', '--lease', '1s', '--', 'sleep', '60'];
    const one = elect(...args);
    await said(one, /leads press with token/);
    const two = elect(...args);
    expect(await two.ended).toBe(78);
    expect(two.output()).toMatch(/HF-ELECT-TWIN: .*this candidate's name, alpha\n.*a name of its own/);
    one.process.kill('SIGTERM');
    expect(await one.ended).toBe(0);
    expect(one.output()).not.toContain('no longer leads');
  });

  test('a key that holds something else is refused, with what it holds', async () => {
    const opened = sqliteStore({ path: join(directory, 'lease.db'), key: 'press' });
    await opened.write('speed=120', undefined, new AbortController().signal);
    opened.close?.();
    const one = elect(...press(), '--', 'true');
    expect(await one.ended).toBe(78);
    expect(one.output()).toMatch(/HF-ELECT-FOREIGN-KEY: .*"speed=120"/);
  });

  test('a command that does not exist ends with 127', async () => {
    const one = elect(...press(), '--lease', '100ms', '--', './no-such-program');
    expect(await one.ended).toBe(127);
    expect(await stored()).toContain('"state":"released"');
  });

  test('--help shows how it is used', async () => {
    const one = elect('--help');
    expect(await one.ended).toBe(0);
    expect(one.output()).toContain('holdfast-elect --store etcd://');
  });
});
