import { readFileSync } from 'node:fs';
import { decodeRecord } from '../core/record.ts';
import { ElectionError } from '../errors.ts';
import type { LeaseStore, Versioned } from '../store.ts';
import { failed, type HttpRequest, type HttpResponse, httpClient, refused, type Tls } from './http.ts';
import { at, parseJson, textAt } from './json.ts';

export interface KubernetesOptions {
  /** Address of the API server. */
  readonly endpoint: string;
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  /** Asked before each request: the kubelet replaces tokens now and then. */
  readonly token: () => string;
  readonly tls?: Tls;
}

/** What a pod knows by itself (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/). Throws HF-ELECT-OPTION elsewhere. */
export function inCluster(
  env: NodeJS.ProcessEnv,
  directory = '/var/run/secrets/kubernetes.io/serviceaccount',
): Omit<KubernetesOptions, 'name'> {
  const host = env.KUBERNETES_SERVICE_HOST;
  if (!host) {
    throw new ElectionError(
      'HF-ELECT-OPTION',
      'this is no pod of Kubernetes: KUBERNETES_SERVICE_HOST is not set',
      'Choose another store here.',
    );
  }
  const file = (name: string) => readFileSync(`${directory}/${name}`, 'utf8');
  return {
    endpoint: `https://${host.includes(':') ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT ?? '443'}`,
    namespace: file('namespace').trim(),
    token: () => file('token').trim(),
    tls: { ca: file('ca.crt') },
  };
}

/**
 * A Lease of coordination.k8s.io/v1, compared by resourceVersion. The record is kept in an annotation; holderIdentity,
 * leaseDurationSeconds and renewTime are written for people and tools that look at it. A Lease that client-go writes is
 * refused as somebody else's. The service account needs get, create, update and watch on leases.
 */
export function kubernetesStore(options: KubernetesOptions): LeaseStore {
  const { namespace, name: lease } = options;
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(lease)) {
    throw new ElectionError(
      'HF-ELECT-OPTION',
      `"${lease}" cannot be the name of a Lease`,
      'Use small letters, digits, dots and hyphens.',
    );
  }
  const name = `Kubernetes at ${new URL(options.endpoint).host}, Lease ${namespace}/${lease}`;
  const client = httpClient(options.tls);
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
  const path = `${leases}/${encodeURIComponent(lease)}`;

  function request(method: HttpRequest['method'], at: string, signal: AbortSignal, body?: unknown): HttpRequest {
    return {
      method,
      url: new URL(at, options.endpoint),
      headers: { authorization: `Bearer ${options.token()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    };
  }

  async function get(signal: AbortSignal): Promise<HttpResponse> {
    const response = await client.send(request('GET', path, signal));
    if (response.status !== 200 && response.status !== 404) throw refused(name, response);
    return response;
  }

  return {
    name,
    async read(signal) {
      const response = await get(signal);
      return response.status === 404 ? undefined : versionedIn(parseJson(response.body));
    },
    async write(value, ifRevision, signal) {
      const body = leaseWith(value, namespace, lease, ifRevision);
      const sent =
        ifRevision === undefined ? request('POST', leases, signal, body) : request('PUT', path, signal, body);
      const response = await client.send(sent);
      // 409 is both AlreadyExists and Conflict; 404 on a PUT is a Lease that was deleted.
      if (response.status === 409 || (response.status === 404 && ifRevision !== undefined)) return { ok: false };
      const revision = textAt(parseJson(response.body), 'metadata', 'resourceVersion');
      if ((response.status !== 200 && response.status !== 201) || revision === undefined) throw refused(name, response);
      return { ok: true, revision };
    },
    async *watch(signal) {
      const response = await get(signal);
      const read = response.status === 404 ? undefined : parseJson(response.body);
      yield read === undefined ? undefined : versionedIn(read);
      const after = textAt(read, 'metadata', 'resourceVersion');
      const query = `watch=1&fieldSelector=metadata.name%3D${encodeURIComponent(lease)}${after === undefined ? '' : `&resourceVersion=${after}`}`;
      const stream = await client.stream(request('GET', `${leases}?${query}`, signal));
      if (stream.statusCode !== 200) throw failed(name, `HTTP ${stream.statusCode}`);
      let rest = '';
      for await (const chunk of stream.setEncoding('utf8')) {
        const lines = `${rest}${chunk}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const event = parseJson(line);
          const type = textAt(event, 'type');
          // ERROR with status 410: the watch is too old, begin again.
          if (type === 'ERROR' || type === undefined) throw failed(name, line.slice(0, 200));
          if (type !== 'BOOKMARK') yield type === 'DELETED' ? undefined : versionedIn(at(event, 'object'));
        }
      }
    },
    close: () => client.close(),
  };
}

const ANNOTATION = 'holdfast-election';

function versionedIn(lease: unknown): Versioned | undefined {
  const revision = textAt(lease, 'metadata', 'resourceVersion');
  if (revision === undefined) return undefined;
  const value = textAt(lease, 'metadata', 'annotations', ANNOTATION);
  const spec = at(lease, 'spec');
  // Another writer leaves our annotation as it was and changes the holder.
  const ours = value !== undefined && at(specFor(value), 'holderIdentity') === at(spec, 'holderIdentity');
  return { revision, value: ours ? value : String(JSON.stringify(spec)) };
}

function leaseWith(value: string, namespace: string, name: string, resourceVersion: string | undefined): unknown {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      annotations: { [ANNOTATION]: value },
    },
    spec: { ...specFor(value), renewTime: new Date().toISOString().replace('Z', '000Z') },
  };
}

function specFor(value: string): { holderIdentity?: string; leaseDurationSeconds?: number } {
  const record = decodeRecord(value);
  if (record === undefined) return {};
  return {
    // An empty holder is not valid; whoever released it is named in the annotation.
    ...(record.state === 'held' ? { holderIdentity: record.holder } : {}),
    leaseDurationSeconds: Math.max(1, Math.ceil(record.leaseMs / 1000)),
  };
}
