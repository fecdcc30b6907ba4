import { readFileSync } from 'node:fs';
import type { ElectionError } from '../errors.ts';
import type { LeaseStore } from '../store.ts';
import type { Tls } from '../stores/http.ts';
import { ADDRESS_REMEDY, type Address, readAddress, wrong } from './address.ts';
import { loginIn } from './login.ts';

export interface StoreOptions {
  /** `scheme://…`; see holdfast-elect --help. */
  readonly address: string;
  readonly key: string;
  readonly env: NodeJS.ProcessEnv;
  /** How long a store may take that has to be connected to before it can be asked. */
  readonly connectMs?: number;
  readonly signal?: AbortSignal;
}

/** Opens the store that an address names; only that store's code is loaded. Throws HF-ELECT-OPTION, without any secret. */
export async function openStore(options: StoreOptions): Promise<LeaseStore> {
  try {
    return await storeAt(readAddress(options.address), options);
  } catch (error) {
    // The error of a URL repeats the text, and with it what may be a password.
    if (error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_URL') throw noAddress();
    throw error;
  }
}

async function storeAt(at: Address, { address, key, env, ...connecting }: StoreOptions): Promise<LeaseStore> {
  const { scheme, hosts, path, query } = at;
  const login = loginIn(at, env);
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
      const { hostname, port } = new URL(`redis://${withPort(host, 6379)}`);
      const tls = scheme === 'rediss' ? { tls: tlsIn(query) } : {};
      if (!/^\d*$/.test(path)) throw wrong('the database of redis:// is no number', ADDRESS_REMEDY);
      const database = path === '' ? {} : { database: Number(path) };
      return redisStore({
        host: hostname.replaceAll(/[[\]]/g, ''),
        port: Number(port),
        key,
        ...database,
        ...tls,
        ...login,
      });
    }
    case 'nats': {
      const { connectNatsStore } = await import('../stores/nats.ts');
      const servers = needHosts(hosts, address);
      if (!servers.every((server) => URL.canParse(`nats://${server}`))) throw noAddress();
      return connectNatsStore({ servers, bucket: path || 'holdfast', key, ...connecting, ...login });
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
      const file = address.slice('sqlite:'.length).replace(/^\/\/(?=\/|$)/, '');
      if (file === '') throw wrong('sqlite: names no file', 'Give a path, as in sqlite:/var/lib/app/lease.db.');
      return sqliteStore({ path: file, key });
    }
    default:
      throw wrong(`--store (or HOLDFAST_STORE): there is no store "${scheme}"`, ADDRESS_REMEDY);
  }
}

function noAddress(): ElectionError {
  return wrong("a host or an endpoint in the store's address cannot be one", ADDRESS_REMEDY);
}

function withPort(host: string, port: number): string {
  return /:\d+$/.test(host) ? host : `${host}:${port}`;
}

function needHosts(hosts: readonly string[], address: string): readonly string[] {
  if (hosts.length > 0) return hosts;
  throw wrong(`${address.split(':')[0]}:// names no host`, ADDRESS_REMEDY);
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
