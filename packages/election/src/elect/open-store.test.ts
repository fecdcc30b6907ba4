import { expect, test } from 'vitest';
import { kubernetesStore } from '../stores/kubernetes.ts';
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
  const store = await openStore(address, 'press', env);
  expect(store.name).toBe(name);
  store.close?.();
});

test.each([
  ['etcd://', /names no host/],
  ['s3://bucket', /AWS_REGION is not set/],
  ['zookeeper://x', /no store "zookeeper"/],
  ['!', /no address/],
  ['etcds://host?ca=/no/such.pem', /ca=\/no\/such.pem cannot be read/],
])('%s is refused', async (address, message) => {
  await expect(openStore(address, 'press', env)).rejects.toMatchObject({
    code: 'HF-ELECT-OPTION',
    message: expect.stringMatching(message),
  });
});

test('a key that cannot be the name of a Lease is refused', () => {
  const open = () => kubernetesStore({ endpoint: 'https://k', namespace: 'n', name: 'cell-7/press', token: () => '' });
  expect(open).toThrow(expect.objectContaining({ code: 'HF-ELECT-OPTION' }));
});
