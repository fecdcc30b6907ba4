import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { etcdStore } from '../stores/etcd.ts';
import { kubernetesStore } from '../stores/kubernetes.ts';
import { SCHEMES } from './address.ts';
import { HELP } from './help.ts';
import { loginIn } from './login.ts';
import { openStore } from './open-store.ts';

const env = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AZURE_STORAGE_SAS_TOKEN: 'sig=secret' };

test.each([
  ['etcd://10.0.0.1:2379,10.0.0.2', 'etcd at 10.0.0.1:2379, 10.0.0.2:2379, key press'],
  ['etcds://user:secret@[fd00::1]', 'etcd at [fd00::1]:2379, key press'],
  ['redis://:secret@10.0.0.9', 'Redis at 10.0.0.9:6379, key press'],
  ['rediss://user:secret@[fd00::9]:6380/2', 'Redis at fd00::9:6380, key press'],
  ['consul://127.0.0.1', 'Consul at 127.0.0.1:8500, key press'],
  ['s3://bucket?region=eu-central-1', 'S3 at s3.eu-central-1.amazonaws.com, object bucket/press'],
  ['s3://bucket?region=x&endpoint=http://minio:9000', 'S3 at minio:9000, object bucket/press'],
  ['dynamodb://table?region=eu-central-1', 'DynamoDB at dynamodb.eu-central-1.amazonaws.com, item press of table'],
  ['azure-blob://account/elections', 'Azure Blob at account.blob.core.windows.net, blob press'],
])('%s is opened under a name that tells where it is and no secret', async (address, name) => {
  const store = await openStore({ address, key: 'press', env });
  expect(store.name).toBe(name);
  store.close?.();
});

test.each(SCHEMES)(
  '%s, which the refusal of another scheme names, is one of the help and can be opened',
  async (scheme) => {
    // Refused for what is missing in it, or opened in vain, but known.
    const opening = openStore({ address: `${scheme}:`, key: 'press', env, connectMs: 1 });
    const message = await opening.then(
      () => '',
      (error: Error) => error.message,
    );
    expect(message).not.toContain('there is no store');
    expect(HELP).toContain(`${scheme}:`);
  },
);

test.each([
  ['etcd://', /names no host/],
  ['sqlite://', /names no file/],
  ['s3://bucket', /AWS_REGION is not set/],
  ['zookeeper://x', /no store "zookeeper"/],
  ['!', /no address/],
  ['redis://host/press', /database of redis:\/\/ is no number/],
  ['s3://bucket?region=x&endpoint=minio', /endpoint in the store's address cannot be one/],
  ['etcds://host?ca=/no/such.pem', /ca=\/no\/such.pem cannot be read/],
])('%s is refused', async (address, message) => {
  await expect(openStore({ address, key: 'press', env })).rejects.toMatchObject({
    code: 'HF-ELECT-OPTION',
    message: expect.stringMatching(message),
  });
});

test.each([
  'etcd://root:S3cr/t@host:2379',
  'etcd://root:S3cr/t?x@host:2379',
  'etcd://root:S3cr@t@host:2379',
  'etcd://root:S3cr%t@host:2379',
  'etcd://root:S3crt@ho st:2379',
  'etcd://root:S3crt@host:2379999',
  'redis://:S3crt@ho st',
  'consul://:S3crt@ho st',
  'nats://root:S3crt@ho st/bucket',
])('%s is refused without a word of its password', async (address) => {
  const opening = openStore({ address, key: 'press', env });
  const error: unknown = await opening.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'HF-ELECT-OPTION' });
  expect(inspect(error, { depth: 9 }).replaceAll(/^ +at .*$/gm, '')).not.toMatch(/S3c/);
});

test('an endpoint of etcd that is no URL is refused without its text', () => {
  const open = () => etcdStore({ endpoints: ['http://root:S3cr/t@host:2379'], key: 'press' });
  expect(open).toThrow(expect.objectContaining({ code: 'HF-ELECT-OPTION', message: 'an endpoint of etcd is no URL' }));
});

test('a password may lie in the environment or in a file, and need not be escaped there', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'election-login-'));
  const file = join(directory, 'password');
  writeFileSync(file, 'S3cr/t@%\n');
  const address = {
    scheme: 'etcd',
    user: undefined,
    password: undefined,
    hosts: [],
    path: '',
    query: new URLSearchParams(),
  };
  const user = { HOLDFAST_STORE_USER: 'root' };
  const login = { user: 'root', password: 'S3cr/t@%' };
  expect(loginIn(address, { ...user, HOLDFAST_STORE_PASSWORD: 'S3cr/t@%' })).toEqual(login);
  expect(loginIn(address, { ...user, HOLDFAST_STORE_PASSWORD_FILE: file })).toEqual(login);
  expect(loginIn({ ...address, user: 'press', password: 'other' }, user)).toEqual({ user: 'press', password: 'other' });
  rmSync(directory, { recursive: true });
  const missing = () => loginIn(address, { HOLDFAST_STORE_PASSWORD_FILE: file });
  expect(missing).toThrow(expect.objectContaining({ code: 'HF-ELECT-OPTION' }));
});

test('a key that cannot be the name of a Lease is refused', () => {
  const open = () => kubernetesStore({ endpoint: 'https://k', namespace: 'n', name: 'cell-7/press', token: () => '' });
  expect(open).toThrow(expect.objectContaining({ code: 'HF-ELECT-OPTION' }));
});
