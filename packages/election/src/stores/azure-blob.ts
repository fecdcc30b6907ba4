import type { LeaseStore } from '../store.ts';
import { type HttpRequest, type HttpResponse, httpClient, refused } from './http.ts';

export interface AzureBlobOptions {
  /** Address of the container: `https://account.blob.core.windows.net/elections`. */
  readonly container: string;
  readonly key: string;
  /** A shared access signature with read, create and write, as Azure gives it: `sv=…&sig=…`. */
  readonly sas?: string;
  /** Or a token of Microsoft Entra ID, asked for before each request. */
  readonly token?: () => Promise<string>;
}

/**
 * A block blob, by conditional headers
 * (https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations).
 * Azure's own blob leases are not used: they last 15 seconds and more, and carry no token.
 */
export function azureBlobStore(options: AzureBlobOptions): LeaseStore {
  const { key, sas, token } = options;
  const url = new URL(`${options.container.replace(/\/$/, '')}/${key.split('/').map(encodeURIComponent).join('/')}`);
  const name = `Azure Blob at ${url.host}, blob ${key}`;
  if (sas !== undefined) url.search = sas.replace(/^\?/, '');
  const client = httpClient();

  async function send(
    method: HttpRequest['method'],
    headers: Record<string, string>,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${await token()}` };
    return client.send({
      method,
      url,
      headers: { 'x-ms-version': '2023-11-03', ...authorization, ...headers },
      ...(body === undefined ? {} : { body }),
      signal,
    });
  }

  return {
    name,
    async read(signal) {
      const response = await send('GET', {}, undefined, signal);
      if (response.status === 404 && !response.body.includes('ContainerNotFound')) return undefined;
      const revision = response.header('etag');
      if (response.status !== 200 || revision === undefined) throw refused(name, response);
      return { revision, value: response.body };
    },
    async write(value, ifRevision, signal) {
      const condition = ifRevision === undefined ? { 'if-none-match': '*' } : { 'if-match': ifRevision };
      const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/json', ...condition };
      const response = await send('PUT', headers, value, signal);
      // 412 ConditionNotMet; 409 BlobAlreadyExists where it should have been absent.
      const exists = response.status === 409 && (response.header('x-ms-error-code') ?? '') === 'BlobAlreadyExists';
      if (response.status === 412 || exists) return { ok: false };
      const revision = response.header('etag');
      if (response.status !== 201 || revision === undefined) throw refused(name, response);
      return { ok: true, revision };
    },
    close: () => client.close(),
  };
}
