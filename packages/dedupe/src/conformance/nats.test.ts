import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { describe, expect, test } from 'vitest';
import { freePort, missing, type Server, startServer } from '../../../election/src/conformance/servers.ts';
import { dedupe } from '../index.ts';
import { natsStore, publishOnce } from '../stores/nats.ts';
import { conforms } from './conformance.ts';

const absent = missing('nats-server');

if (absent !== undefined) {
  test.skip(`NATS: ${absent}`, () => undefined);
} else {
  conforms('NATS JetStream, a real server', async () => {
    const server = await startNats();
    const servers = [`127.0.0.1:${server.port}`];
    return {
      store: (stream) => natsStore({ servers, stream, answerMs: 1500 }),
      // The server looks for ids whose time is over only now and then.
      slackMs: 600,
      boundsCount: false,
      isShared: true,
      looks: false,
      async occupy(stream) {
        const connection = await connect({ servers });
        const manager = await jetstreamManager(connection);
        await manager.streams.add({ name: stream, subjects: [`recipes.${stream}`] });
        await connection.close();
      },
      silence: () => server.process.kill('SIGSTOP'),
      resume: () => server.process.kill('SIGCONT'),
      stop: () => server.stop(),
    };
  });

  describe('NATS', () => {
    const open = (port: number, login: { readonly user?: string; readonly password?: string } = {}) =>
      dedupe<string>({
        key: (message) => message,
        window: { ms: 60_000, count: 10_000 },
        store: natsStore({ servers: [`127.0.0.1:${port}`], answerMs: 1500, ...login }),
      });

    test('a server that is down is said to be unreachable', async () => {
      await expect(open(await freePort())).rejects.toMatchObject({ code: 'HF-DEDUPE-STORE-UNREACHABLE' });
    });

    test('a wrong password is refused, the right one works', async () => {
      const server = await startNats('--user', 'press', '--pass', 'secret');
      try {
        await expect(open(server.port, { user: 'press', password: 'wrong' })).rejects.toMatchObject({
          code: 'HF-DEDUPE-STORE-DENIED',
        });
        const unique = await open(server.port, { user: 'press', password: 'secret' });
        expect(await unique.admit('x')).toBe('first');
        await unique.close();
      } finally {
        await server.stop();
      }
    });

    test('after the server was killed and started again, the ids of what its stream holds are known', async () => {
      const kept = mkdtempSync(join(tmpdir(), 'dedupe-nats-'));
      try {
        const first = await startNats('--store_dir', kept);
        const before = await open(first.port);
        expect(await before.admitAll(['x', 'y'])).toEqual(['first', 'first']);
        await first.stop();
        await before.close();
        const second = await startNats('--store_dir', kept);
        const after = await open(second.port);
        expect(await after.admitAll(['x', 'y', 'z'])).toEqual(['duplicate', 'duplicate', 'first']);
        await after.close();
        await second.stop();
      } finally {
        rmSync(kept, { recursive: true });
      }
    });

    test('two hosts that publish each message once under its key leave one of each in the stream', async () => {
      const server = await startNats();
      const connection = await connect({ servers: [`127.0.0.1:${server.port}`] });
      try {
        const manager = await jetstreamManager(connection);
        await manager.streams.add({ name: 'READINGS', subjects: ['readings'], duplicate_window: 60_000_000_000 });
        const publisher = jetstream(connection);
        const publish = (key: string) => publishOnce(publisher, { subject: 'readings', payload: key, key });
        for (const key of ['x', 'y', 'ein Schlüssel']) {
          expect(await Promise.all([publish(key), publish(key)])).toEqual(['first', 'duplicate']);
        }
        expect((await manager.streams.info('READINGS')).state.messages).toBe(3);
      } finally {
        await connection.close();
        await server.stop();
      }
    });
  });
}

function startNats(...more: readonly string[]): Promise<Server> {
  return startServer('nats-server', (port, directory) => [
    ...['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', directory],
    ...more,
  ]);
}
