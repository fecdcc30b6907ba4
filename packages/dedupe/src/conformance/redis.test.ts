import { createClient } from 'redis';
import { describe, expect, test } from 'vitest';
import { freePort, missing, type Server, startServer } from '../../../election/src/conformance/servers.ts';
import { dedupe } from '../index.ts';
import { redisStore } from '../stores/redis.ts';
import { conforms } from './conformance.ts';

const absent = missing('redis-server');

if (absent !== undefined) {
  test.skip(`Redis: ${absent}`, () => undefined);
} else {
  conforms('Redis, a real server', async () => {
    const server = await startRedis();
    const url = `redis://127.0.0.1:${server.port}/3`;
    return {
      store: (key) => redisStore({ url, key, answerMs: 1500 }),
      slackMs: 50,
      boundsCount: true,
      isShared: true,
      looks: true,
      async occupy(key) {
        const client = createClient({ url });
        await client.connect();
        await client.set(key, 'a recipe');
        client.destroy();
      },
      silence: () => server.process.kill('SIGSTOP'),
      resume: () => server.process.kill('SIGCONT'),
      stop: () => server.stop(),
    };
  });

  describe('Redis at the start', () => {
    const open = (url: string, key = 'marks') =>
      dedupe<string>({
        key: (message) => message,
        window: { ms: 60_000, count: 10_000 },
        store: redisStore({ url, key, answerMs: 1000 }),
      });

    test('a server that is down is said to be unreachable, with its address and without its password', async () => {
      const port = await freePort();
      const opening = open(`redis://press:secret@127.0.0.1:${port}`);
      await expect(opening).rejects.toMatchObject({
        code: 'HF-DEDUPE-STORE-UNREACHABLE',
        message: expect.stringMatching(new RegExp(`^(?!.*secret).*127.0.0.1:${port}`)),
      });
    });

    test('a wrong password and none are refused, the right one works', async () => {
      const server = await startRedis('--requirepass', 'secret');
      try {
        for (const login of [':wrong@', '']) {
          await expect(open(`redis://${login}127.0.0.1:${server.port}`)).rejects.toMatchObject({
            code: 'HF-DEDUPE-STORE-DENIED',
          });
        }
        const unique = await open(`redis://:secret@127.0.0.1:${server.port}`);
        expect(await unique.admit('x')).toBe('first');
        await unique.close();
      } finally {
        await server.stop();
      }
    });

    test('a sorted set of other members is somebody else’s', async () => {
      const server = await startRedis();
      const client = createClient({ url: `redis://127.0.0.1:${server.port}` });
      try {
        await client.connect();
        await client.zAdd('scores', { score: 3, value: 'operator' });
        await expect(open(`redis://127.0.0.1:${server.port}`, 'scores')).rejects.toMatchObject({
          code: 'HF-DEDUPE-FOREIGN-STORE',
        });
        expect(await client.zScore('scores', 'operator')).toBe(3);
      } finally {
        client.destroy();
        await server.stop();
      }
    });

    test('a client of the caller’s is used and left open, and a batch larger than one script works', async () => {
      const server = await startRedis();
      const client = createClient({ url: `redis://127.0.0.1:${server.port}` });
      try {
        await client.connect();
        const unique = await dedupe<string>({
          key: (message) => message,
          window: { ms: 60_000, count: 10_000 },
          store: redisStore({ client: { sendCommand: (words) => client.sendCommand([...words]) } }),
        });
        const messages = Array.from({ length: 2500 }, (_, n) => `n${n}`);
        expect(new Set(await unique.admitAll(messages))).toEqual(new Set(['first']));
        await client.sendCommand(['SCRIPT', 'FLUSH']);
        expect(new Set(await unique.admitAll(messages))).toEqual(new Set(['duplicate']));
        await unique.close();
        expect(await client.ping()).toBe('PONG');
      } finally {
        client.destroy();
        await server.stop();
      }
    });
  });
}

function startRedis(...more: readonly string[]): Promise<Server> {
  return startServer('redis-server', (port, directory) => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''],
    ...more,
  ]);
}
