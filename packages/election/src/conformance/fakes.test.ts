import { expect, test } from 'vitest';
import { election } from '../index.ts';
import type { LeaseStore } from '../store.ts';
import { azureBlobStore } from '../stores/azure-blob.ts';
import { consulStore } from '../stores/consul.ts';
import { dynamodbStore } from '../stores/dynamodb.ts';
import { kubernetesStore } from '../stores/kubernetes.ts';
import { s3Store } from '../stores/s3.ts';
import { conforms } from './conformance.ts';
import { fakeConsul } from './fakes/consul.ts';
import { fakeDynamodb } from './fakes/dynamodb.ts';
import { fakeKubernetes } from './fakes/kubernetes.ts';
import { azureBlob, fakeObjects, s3 } from './fakes/objects.ts';
import type { Fake } from './fakes/serve.ts';

const region = 'eu-central-1';
const aws = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'secret' });

interface Kind {
  readonly name: string;
  start(): Promise<Fake>;
  open(url: string, key: string, credential?: string): LeaseStore;
}

const kinds: readonly Kind[] = [
  {
    name: 'Consul',
    start: () => fakeConsul('token'),
    open: (endpoint, key, token = 'token') => consulStore({ endpoint, key, token }),
  },
  {
    name: 'Kubernetes Lease',
    start: () => fakeKubernetes('token'),
    open: (endpoint, name, token = 'token') =>
      kubernetesStore({ endpoint, namespace: 'default', name, token: () => token }),
  },
  {
    name: 'S3',
    start: () => fakeObjects(s3),
    open: (endpoint, key, id = 'AKIDEXAMPLE') =>
      s3Store({ bucket: 'elections', key, region, endpoint, credentials: aws(id) }),
  },
  {
    name: 'Azure Blob',
    start: () => fakeObjects(azureBlob),
    open: (url, key, signature = 'signature') =>
      azureBlobStore({ container: `${url}/elections`, key, sas: `sv=1&sig=${signature}` }),
  },
  {
    name: 'DynamoDB',
    start: fakeDynamodb,
    open: (endpoint, key, id = 'AKIDEXAMPLE') =>
      dynamodbStore({ table: 'elections', key, region, endpoint, credentials: aws(id) }),
  },
];

for (const { name, start, open } of kinds) {
  conforms(`${name}, a fake that enforces its documented conditions`, async () => {
    const fake = await start();
    return { open: (key) => open(fake.url, key), silence: fake.silence, resume: fake.resume, stop: fake.stop };
  });

  test(`${name} with wrong credentials ends the candidacy at once`, async () => {
    const fake = await start();
    try {
      const store = open(fake.url, 'led', 'wrong');
      await expect(election({ store }).next()).rejects.toMatchObject({ code: 'HF-ELECT-STORE-DENIED' });
      store.close?.();
    } finally {
      await fake.stop();
    }
  });
}

test('a Lease that client-go writes is refused as somebody else’s', async () => {
  const fake = await fakeKubernetes('token');
  const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  const headers = { authorization: 'Bearer token' };
  const body = JSON.stringify({ metadata: { name: 'led' }, spec: { holderIdentity: 'pod-a', leaseTransitions: 3 } });
  await fetch(`${fake.url}${path}`, { method: 'POST', headers, body });
  const store = kubernetesStore({ endpoint: fake.url, namespace: 'default', name: 'led', token: () => 'token' });
  await expect(election({ store }).next()).rejects.toMatchObject({
    code: 'HF-ELECT-FOREIGN-KEY',
    message: expect.stringContaining('pod-a'),
  });
  store.close?.();
  await fake.stop();
});
