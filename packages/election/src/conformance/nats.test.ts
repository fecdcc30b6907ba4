import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { election } from '../index.ts';
import { connectNatsStore } from '../stores/nats.ts';
import { conforms } from './conformance.ts';
import { missing, type Server, startServer } from './servers.ts';

const absent = missing('nats-server') ?? (await missingPeer());

if (absent !== undefined) {
  test.skip(`NATS: ${absent}`, () => undefined);
} else {
  conforms('NATS KV, a real server', async () => {
    const server = await startNats();
    return {
      open: (key) => connectNatsStore({ servers: [`127.0.0.1:${server.port}`], bucket: 'elections', key }),
      silence: () => server.process.kill('SIGSTOP'),
      resume: () => server.process.kill('SIGCONT'),
      stop: () => server.stop(),
    };
  });

  test('a server that does not run, or says nothing, is waited for as long as connectMs and not longer', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    for (const server of ['127.0.0.1:1', `127.0.0.1:${port}`]) {
      const startedMs = performance.now();
      const connecting = connectNatsStore({ servers: [server], bucket: 'elections', key: 'led', connectMs: 700 });
      await expect(connecting).rejects.toMatchObject({
        code: 'HF-ELECT-STORE-UNREACHABLE',
        message: expect.stringContaining('gave no answer within 700 ms'),
      });
      const tookMs = performance.now() - startedMs;
      expect(tookMs).toBeGreaterThan(500);
      expect(tookMs).toBeLessThan(3000);
    }
    silent.close();
  }, 30_000);

  test('waiting for a server ends with the signal', async () => {
    const signal = AbortSignal.timeout(300);
    const connecting = connectNatsStore({ servers: ['127.0.0.1:1'], bucket: 'elections', key: 'led', signal });
    await expect(connecting).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('a wrong password ends the candidacy at once', async () => {
    const server = await startNats('--user', 'press', '--pass', 'secret');
    const servers = [`127.0.0.1:${server.port}`];
    const options = { servers, bucket: 'elections', key: 'led', user: 'press' };
    await expect(connectNatsStore({ ...options, password: 'wrong' })).rejects.toMatchObject({
      code: 'HF-ELECT-STORE-DENIED',
    });
    const store = await connectNatsStore({ ...options, password: 'secret' });
    for await (const change of election({ store, leaseMs: 200 })) if (change.kind === 'leading') break;
    store.close?.();
    await server.stop();
  }, 30_000);
}

function startNats(...more: readonly string[]): Promise<Server> {
  return startServer('nats-server', (port, directory) => [
    ...['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', directory],
    ...more,
  ]);
}

async function missingPeer(): Promise<string | undefined> {
  const name: string = '@nats-io/kv';
  return import(name).then(
    () => undefined,
    () => `${name} is not installed`,
  );
}
