import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { election } from '../index.ts';
import { redisStore } from '../stores/redis.ts';
import { conforms } from './conformance.ts';
import { missing, type Server, startEtcd, startServer } from './servers.ts';

const absent = missing('redis-server');
const host = '127.0.0.1';
const never = new AbortController().signal;

if (absent !== undefined) {
  test.skip(`Redis: ${absent}`, () => undefined);
} else {
  conforms('Redis, a real server', async () => {
    const server = await startRedis();
    return {
      open: (key) => redisStore({ host, port: server.port, key, database: 2 }),
      silence: () => server.process.kill('SIGSTOP'),
      resume: () => server.process.kill('SIGCONT'),
      stop: () => server.stop(),
    };
  });

  describe('Redis with a password', () => {
    let server: Server;
    beforeAll(async () => {
      server = await startRedis('--requirepass', 'secret');
    }, 60_000);
    afterAll(() => server.stop());

    test('the right one reads and writes', async () => {
      const store = redisStore({ host, port: server.port, key: 'led', password: 'secret' });
      expect((await store.write('a', undefined, never)).ok).toBe(true);
      expect((await store.read(never))?.value).toBe('a');
      store.close?.();
    });

    test.each([
      ['a wrong one', { password: 'wrong' }],
      ['none', {}],
    ])('%s ends the candidacy at once', async (_what, login) => {
      const store = redisStore({ host, port: server.port, key: 'led', ...login });
      await expect(election({ store }).next()).rejects.toMatchObject({ code: 'HF-ELECT-STORE-DENIED' });
      store.close?.();
    });
  });

  test('something that is not Redis is said to be unreachable, and harms nothing', async () => {
    const server = await startEtcd();
    const store = redisStore({ host, port: server.port, key: 'led' });
    await expect(election({ store, connectMs: 300 }).next()).rejects.toMatchObject({
      code: 'HF-ELECT-STORE-UNREACHABLE',
    });
    await server.stop();
  }, 30_000);
}

function startRedis(...more: readonly string[]): Promise<Server> {
  return startServer('redis-server', (port, directory) => [
    ...['--port', String(port), '--bind', host, '--dir', directory],
    ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
    ...more,
  ]);
}
