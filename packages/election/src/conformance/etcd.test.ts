import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { election } from '../index.ts';
import { etcdStore } from '../stores/etcd.ts';
import { conforms } from './conformance.ts';
import { missing, type Server, startEtcd } from './servers.ts';

const absent = missing('etcd');

if (absent !== undefined) {
  test.skip(`etcd: ${absent}`, () => undefined);
} else {
  conforms('etcd, a real server', async () => {
    const server = await startEtcd();
    return {
      open: (key) => etcdStore({ endpoints: [`http://127.0.0.1:${server.port}`], key }),
      silence: () => server.process.kill('SIGSTOP'),
      resume: () => server.process.kill('SIGCONT'),
      stop: () => server.stop(),
    };
  });

  describe('etcd with users', () => {
    let server: Server;
    const never = new AbortController().signal;

    beforeAll(async () => {
      server = await startEtcd();
      const call = (path: string, body: unknown) =>
        fetch(`http://127.0.0.1:${server.port}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
      await call('auth/user/add', { name: 'root', password: 'secret' });
      await call('auth/role/add', { name: 'root' });
      await call('auth/user/grant', { user: 'root', role: 'root' });
      await call('auth/user/add', { name: 'stranger', password: 'strange' });
      await call('auth/enable', {});
    }, 60_000);
    afterAll(() => server.stop());

    const open = (user: string, password: string) =>
      etcdStore({ endpoints: [`http://127.0.0.1:${server.port}`], key: 'led', user, password });

    test('the right password reads and writes', async () => {
      const store = open('root', 'secret');
      expect((await store.write('a', undefined, never)).ok).toBe(true);
      expect((await store.read(never))?.value).toBe('a');
      store.close?.();
    });

    test.each([
      ['a wrong password', 'root', 'wrong'],
      ['a user without the right to the key', 'stranger', 'strange'],
    ])('%s ends the candidacy at once', async (_what, user, password) => {
      const startedMs = performance.now();
      await expect(election({ store: open(user, password) }).next()).rejects.toMatchObject({
        code: 'HF-ELECT-STORE-DENIED',
      });
      expect(performance.now() - startedMs).toBeLessThan(5000);
    });

    test('no password where one is wanted ends the candidacy at once', async () => {
      const store = etcdStore({ endpoints: [`http://127.0.0.1:${server.port}`], key: 'led' });
      await expect(election({ store }).next()).rejects.toMatchObject({ code: 'HF-ELECT-STORE-DENIED' });
    });
  });

  test('with two endpoints of which one is dead the other is used', async () => {
    const server = await startEtcd();
    try {
      const store = etcdStore({ endpoints: ['http://127.0.0.1:1', `http://127.0.0.1:${server.port}`], key: 'led' });
      for await (const change of election({ store, leaseMs: 300 })) {
        if (change.kind !== 'leading') continue;
        expect(change.term.token).toBeGreaterThan(0);
        break;
      }
    } finally {
      await server.stop();
    }
  }, 30_000);
}
