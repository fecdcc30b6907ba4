import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

// Everything here talks to the real process over HTTP and leaves it a real file.

const program = join(import.meta.dirname, 'server.ts');
let folder = '';
let running: ChildProcess[] = [];

// A busy machine may take a second to start a process.
vi.setConfig({ testTimeout: 30_000 });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
});

afterEach(async () => {
  await Promise.all(running.map((child) => killed(child)));
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

describe('payments', () => {
  test('the first payment of a key is recorded, the same again is answered, another amount is refused', async () => {
    const { url } = await start();
    const first = await pay(url, 'k', '{"amount":5}');
    expect(first).toEqual({ status: 201, body: { key: 'k', sequence: 1, node: 'alpha', start: 1 } });
    expect(await pay(url, 'k', '{ "amount": 5 }')).toEqual({ ...first, status: 200 });
    expect((await pay(url, 'k', '{"amount":6}')).status).toBe(409);
    expect(await list(url)).toEqual([{ sequence: 1, key: 'k', amount: 5, node: 'alpha', start: 1 }]);
  });

  test('any other body is refused', async () => {
    const { url } = await start();
    for (const body of [
      '{"amount":-1}',
      '{"amount":1.5}',
      '{"amount":"1"}',
      '{"amount":1,"to":"x"}',
      '{}',
      'null',
      '',
    ]) {
      expect([body, (await pay(url, 'k', body)).status]).toEqual([body, 400]);
    }
    expect((await pay(url, 'k', `{"amount":1}${' '.repeat(5000)}`)).status).toBe(413);
    expect(await list(url)).toEqual([]);
  });

  test('a key is required and bounded', async () => {
    const { url } = await start();
    const without = await fetch(`${url}/payments`, { method: 'POST', body: '{"amount":1}' });
    expect(without.status).toBe(400);
    expect((await pay(url, 'x'.repeat(201), '{"amount":1}')).status).toBe(400);
    expect((await pay(url, 'two words', '{"amount":1}')).status).toBe(400);
  });

  test('pages follow one another completely, and a prefix keeps other keys out', async () => {
    const { url } = await start();
    for (const key of ['a-1', 'b-1', 'a-2', 'a~', 'a-3', 'A-1']) await pay(url, key, '{"amount":1}');
    const first = await json(`${url}/payments?limit=2&prefix=a-`);
    expect(first).toMatchObject({ payments: [{ key: 'a-1' }, { key: 'a-2' }], next: 3 });
    const second = await json(`${url}/payments?limit=2&prefix=a-&after=3`);
    expect(second).toMatchObject({ payments: [{ key: 'a-3' }], next: null });
    expect((await list(url)).map((each) => each.key)).toEqual(['a-1', 'b-1', 'a-2', 'a~', 'a-3', 'A-1']);
    for (const query of ['limit=0', 'limit=10001', 'after=x', 'after=-1']) {
      expect((await fetch(`${url}/payments?${query}`)).status).toBe(400);
    }
  });

  test('the identity is in every answer as headers, and the start number rises with each start', async () => {
    const first = await start();
    await pay(first.url, 'k1', '{"amount":1}');
    await stopped(first.child);
    const second = await start({ LEDGER_NODE: 'bravo' });
    const repeated = await fetch(`${second.url}/payments`, {
      method: 'POST',
      headers: { 'idempotency-key': 'k1' },
      body: '{"amount":1}',
    });
    expect(repeated.status).toBe(200);
    expect(await repeated.json()).toMatchObject({ node: 'bravo', start: 2 });
    const missing = await fetch(`${second.url}/nothing`);
    expect([missing.status, missing.headers.get('ledger-node'), missing.headers.get('ledger-start')]).toEqual([
      404,
      'bravo',
      '2',
    ]);
    expect(await list(second.url)).toMatchObject([{ key: 'k1', node: 'alpha', start: 1 }]);
  });
});

describe('health and faults of the disk', () => {
  test('a healthy ledger says who it is', async () => {
    const { url } = await start();
    expect(await json(`${url}/health`)).toEqual({ status: 'ok', node: 'alpha', start: 1 });
  });

  test('a full disk turns payments and health to 503, and what was acknowledged is still there afterwards', async () => {
    // A limit on the size of files fails the write as a full disk does.
    const { url, child } = await start({}, 'ulimit -f 256; ');
    const acknowledged: string[] = [];
    let status = 0;
    for (let n = 0; n < 2000 && status !== 503; n += 1) {
      ({ status } = await pay(url, `key-${n}-${'x'.repeat(150)}`, '{"amount":1}'));
      if (status === 201) acknowledged.push(`key-${n}-${'x'.repeat(150)}`);
    }
    expect(status).toBe(503);
    await expect.poll(async () => (await fetch(`${url}/health`)).status, { timeout: 3000 }).toBe(503);
    await killed(child);
    const again = await start();
    expect((await list(again.url)).map((each) => each.key)).toEqual(acknowledged);
    expect((await fetch(`${again.url}/health`)).status).toBe(200);
  });

  test('a database that vanished turns payments and health to 503', async () => {
    const { url } = await start();
    expect((await pay(url, 'before', '{"amount":1}')).status).toBe(201);
    rmSync(join(folder, 'ledger.db'));
    expect((await pay(url, 'after', '{"amount":1}')).status).toBe(503);
    await expect.poll(async () => (await fetch(`${url}/health`)).status, { timeout: 3000 }).toBe(503);
  });

  test('a second process on the same database refuses to start', async () => {
    await start();
    await expect(start()).rejects.toThrow(/exit code 2.*database is locked/s);
  });

  test('a database that cannot be created is refused in a sentence', async () => {
    await expect(start({ LEDGER_DATABASE: join(folder, 'none', 'ledger.db') })).rejects.toThrow(/ledger: cannot open/);
    await expect(start({ LEDGER_DATABASE: '' })).rejects.toThrow(/LEDGER_DATABASE must name/);
    await expect(start({ LEDGER_PORT: '80x' })).rejects.toThrow(/LEDGER_PORT must be/);
  });
});

describe('ends', () => {
  test('SIGTERM under load ends it cleanly: exit code 0, no journal left, nothing acknowledged missing', async () => {
    const { url, child } = await start();
    const load = writers(url, 'stop', 8);
    await load.acknowledged(50);
    const code = await stopped(child);
    const keys = await load.end();
    expect(code).toBe(0);
    expect(existsSync(join(folder, 'ledger.db-wal'))).toBe(false);
    const again = await start();
    expect((await list(again.url)).map((each) => each.key)).toEqual(expect.arrayContaining([...keys.keys()]));
  });

  test('kill -9 under load, again and again: nothing acknowledged is missing and nothing is there twice', async () => {
    const acknowledged = new Map<string, number>();
    const unanswered = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const { url, child } = await start();
      const load = writers(url, `round-${round}`, 16);
      await load.acknowledged(20 + 37 * round);
      child.kill('SIGKILL');
      for (const [key, sequence] of await load.end()) acknowledged.set(key, sequence);
      for (const key of load.unanswered) unanswered.add(key);
    }
    const { url } = await start();
    const before = await list(url);
    // What got no answer is sent again with its key, as a client must.
    for (const key of unanswered) expect((await pay(url, key, '{"amount":7}')).status).toBeOneOf([200, 201]);
    const all = await list(url);

    expect(acknowledged.size).toBeGreaterThan(12 * 20);
    const found = new Map(all.map((each) => [each.key, each.sequence]));
    expect(found.size).toBe(all.length);
    for (const [key, sequence] of acknowledged) expect([key, found.get(key)]).toEqual([key, sequence]);
    expect([...found.keys()].sort()).toEqual([...acknowledged.keys(), ...unanswered].sort());
    expect(all.slice(0, before.length)).toEqual(before);
    expect(new Set(before.map((each) => each.start)).size).toBe(12);
  }, 120_000);
});

interface Started {
  readonly url: string;
  readonly child: ChildProcess;
}

/** Starts a ledger on a free port and resolves when it listens; rejects with what it said when it ends before. */
function start(env: Record<string, string> = {}, shellPrefix = ''): Promise<Started> {
  const child = spawn('sh', ['-c', `${shellPrefix}exec "$0" "$1"`, process.execPath, program], {
    env: {
      LEDGER_DATABASE: join(folder, 'ledger.db'),
      LEDGER_PORT: '0',
      LEDGER_HOST: '127.0.0.1',
      LEDGER_NODE: 'alpha',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`exit code ${code}: ${said}`)));
    createInterface(child.stdout).once('line', (line) => {
      const port = /port (\d+)/.exec(line)?.[1];
      resolve({ url: `http://127.0.0.1:${port}`, child });
    });
  });
}

async function stopped(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill(signal);
  return exited;
}

function killed(child: ChildProcess): Promise<number | null> {
  return stopped(child, 'SIGKILL');
}

async function pay(url: string, key: string, body: string): Promise<{ status: number; body: unknown }> {
  const headers = { 'idempotency-key': key };
  const response = await fetch(`${url}/payments`, { method: 'POST', headers, body });
  return { status: response.status, body: await response.json() };
}

async function json(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}

interface Listed {
  readonly sequence: number;
  readonly key: string;
  readonly start: number;
}

async function list(url: string): Promise<Listed[]> {
  const found: Listed[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: unknown = await json(`${url}/payments?limit=500&after=${after}`);
    if (!isPage(page)) throw new Error(`no page: ${JSON.stringify(page)}`);
    found.push(...page.payments);
    after = page.next;
  }
  return found;
}

function isPage(value: unknown): value is { payments: Listed[]; next: number | null } {
  return typeof value === 'object' && value !== null && 'payments' in value && 'next' in value;
}

/** Clients that write one payment after the other until the ledger answers no more. */
function writers(url: string, name: string, count: number) {
  const answered = new Map<string, number>();
  const unanswered = new Set<string>();
  const ended = Promise.all(
    Array.from({ length: count }, async (_, writer) => {
      for (let n = 0; ; n += 1) {
        const key = `${name}-${writer}-${n}`;
        try {
          const { status, body } = await pay(url, key, '{"amount":7}');
          if (status !== 201) throw new Error(`status ${status}`);
          if (typeof body !== 'object' || body === null || !('sequence' in body)) throw new Error('no receipt');
          answered.set(key, Number(body.sequence));
        } catch {
          unanswered.add(key);
          return;
        }
      }
    }),
  );
  return {
    unanswered,
    acknowledged: (atLeast: number) => expect.poll(() => answered.size, { timeout: 10_000 }).toBeGreaterThan(atLeast),
    end: async () => {
      await ended;
      return answered;
    },
  };
}
