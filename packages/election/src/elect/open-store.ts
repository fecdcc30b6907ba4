import { readFileSync } from 'node:fs';
import { ElectionError } from '../errors.ts';
import type { LeaseStore } from '../store.ts';
import type { Tls } from '../stores/http.ts';

/** Opens the store that an address names; only that store's code is loaded. Throws HF-ELECT-OPTION. */
export async function openStore(address: string, key: string, env: NodeJS.ProcessEnv): Promise<LeaseStore> {
  const { scheme, user, password, hosts, path, query } = readAddress(address);
  const login = { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) };
  const endpoint = query.get('endpoint');
  switch (scheme) {
    case 'etcd':
    case 'etcds': {
      const { etcdStore } = await import('../stores/etcd.ts');
      const protocol = scheme === 'etcd' ? 'http' : 'https';
      return etcdStore({
        endpoints: needHosts(hosts, address).map((host) => `${protocol}://${withPort(host, 2379)}`),
        key,
        tls: tlsIn(query),
        ...login,
      });
    }
    case 'redis':
    case 'rediss': {
      const { redisStore } = await import('../stores/redis.ts');
      const [host = ''] = needHosts(hosts, address);
      const at = new URL(`redis://${withPort(host, 6379)}`);
      const tls = scheme === 'rediss' ? { tls: tlsIn(query) } : {};
      const database = path === '' ? {} : { database: Number(path) };
      return redisStore({
        host: at.hostname.replaceAll(/[[\]]/g, ''),
        port: Number(at.port),
        key,
        ...database,
        ...tls,
        ...login,
      });
    }
    case 'nats': {
      const { connectNatsStore } = await import('../stores/nats.ts');
      return connectNatsStore({ servers: needHosts(hosts, address), bucket: path || 'holdfast', key, ...login });
    }
    case 'consul':
    case 'consuls': {
      const { consulStore } = await import('../stores/consul.ts');
      const [host = ''] = needHosts(hosts, address);
      const token = env.CONSUL_HTTP_TOKEN;
      const protocol = scheme === 'consul' ? 'http' : 'https';
      return consulStore({
        endpoint: `${protocol}://${withPort(host, 8500)}`,
        key,
        tls: tlsIn(query),
        ...(token ? { token } : {}),
      });
    }
    case 'kubernetes': {
      const { inCluster, kubernetesStore } = await import('../stores/kubernetes.ts');
      const [namespace] = hosts;
      return kubernetesStore({ ...inCluster(env), ...(namespace ? { namespace } : {}), name: key });
    }
    case 's3': {
      const { s3Store } = await import('../stores/s3.ts');
      const [bucket = ''] = needHosts(hosts, address);
      return s3Store({
        bucket,
        key,
        region: regionIn(query, env),
        credentials: awsCredentials(env),
        ...(endpoint ? { endpoint } : {}),
      });
    }
    case 'dynamodb': {
      const { dynamodbStore } = await import('../stores/dynamodb.ts');
      const [table = ''] = needHosts(hosts, address);
      return dynamodbStore({
        table,
        key,
        region: regionIn(query, env),
        credentials: awsCredentials(env),
        ...(endpoint ? { endpoint } : {}),
      });
    }
    case 'azure-blob': {
      const { azureBlobStore } = await import('../stores/azure-blob.ts');
      const [account = ''] = needHosts(hosts, address);
      const container = endpoint ?? `https://${account}.blob.core.windows.net/${path}`;
      return azureBlobStore({ container, key, sas: need(env, 'AZURE_STORAGE_SAS_TOKEN') });
    }
    case 'sqlite': {
      const { sqliteStore } = await import('../stores/sqlite.ts');
      return sqliteStore({ path: address.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, ''), key });
    }
    default:
      throw wrong(`there is no store "${scheme}"`, 'Choose one of those in holdfast-elect --help.');
  }
}

interface Address {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly hosts: readonly string[];
  readonly path: string;
  readonly query: URLSearchParams;
}

/** `scheme://user:password@host,host/path?query`. Not a URL: those have one host. */
function readAddress(address: string): Address {
  const match = /^([a-z0-9-]+):(?:\/\/)?(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(address);
  if (match === null)
    throw wrong('the store is no address', 'Write it as in etcd://10.0.0.1:2379; see holdfast-elect --help.');
  const [, scheme = '', login, hosts = '', path = '', query = ''] = match;
  const colon = login?.indexOf(':') ?? -1;
  const name = login === undefined ? '' : decodeURIComponent(colon === -1 ? login : login.slice(0, colon));
  return {
    scheme,
    user: name === '' ? undefined : name,
    password: login === undefined || colon === -1 ? undefined : decodeURIComponent(login.slice(colon + 1)),
    hosts: hosts.split(',').filter((host) => host !== ''),
    path,
    query: new URLSearchParams(query),
  };
}

function withPort(host: string, port: number): string {
  return /:\d+$/.test(host) ? host : `${host}:${port}`;
}

function needHosts(hosts: readonly string[], address: string): readonly string[] {
  if (hosts.length > 0) return hosts;
  throw wrong(
    `${address.split(':')[0]}:// names no host`,
    'Write it as in etcd://10.0.0.1:2379; see holdfast-elect --help.',
  );
}

function tlsIn(query: URLSearchParams): Tls {
  const tls: { ca?: string; cert?: string; key?: string } = {};
  for (const part of ['ca', 'cert', 'key'] as const) {
    const path = query.get(part);
    if (path !== null) tls[part] = pemIn(path, part);
  }
  return tls;
}

function pemIn(path: string, part: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw wrong(
      `?${part}=${path} cannot be read: ${error instanceof Error ? error.message : error}`,
      'Name a PEM file.',
    );
  }
}

function regionIn(query: URLSearchParams, env: NodeJS.ProcessEnv): string {
  return query.get('region') ?? need(env, 'AWS_REGION');
}

function awsCredentials(env: NodeJS.ProcessEnv) {
  const sessionToken = env.AWS_SESSION_TOKEN;
  return {
    accessKeyId: need(env, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: need(env, 'AWS_SECRET_ACCESS_KEY'),
    ...(sessionToken ? { sessionToken } : {}),
  };
}

function need(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value) return value;
  throw wrong(`${name} is not set`, `Set ${name}, or give it in the store's address where that allows it.`);
}

function wrong(message: string, remedy: string): ElectionError {
  return new ElectionError('HF-ELECT-OPTION', message, remedy);
}
