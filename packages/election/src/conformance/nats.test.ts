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
