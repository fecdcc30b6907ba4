import type { LeaseStore } from '../store.ts';
import { type HttpRequest, type HttpResponse, httpClient, refused } from './http.ts';
import { type AwsCredentialSource, current, sha256, signed } from './sigv4.ts';

export interface S3Options {
  readonly bucket: string;
  readonly key: string;
  readonly region: string;
  readonly credentials: AwsCredentialSource;
  /** For stores that speak S3; it must honour If-Match and If-None-Match on PUT. Default: Amazon's own of the region. */
  readonly endpoint?: string;
}

/**
 * An object in S3, by conditional writes (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
 * Each renewal is a PUT request that is paid for. The credentials need s3:GetObject, s3:PutObject and s3:ListBucket,
 * without which an absent object reads as forbidden.
 */
export function s3Store(options: S3Options): LeaseStore {
  const { bucket, key, region } = options;
  const endpoint = options.endpoint ?? `https://s3.${region}.amazonaws.com`;
  const url = new URL(`/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`, endpoint);
  const name = `S3 at ${url.host}, object ${bucket}/${key}`;
  const client = httpClient();

  async function send(
    method: HttpRequest['method'],
    condition: Record<string, string>,
    body: string,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const credentials = await current(options.credentials);
    const headers = { ...condition, 'x-amz-content-sha256': sha256(body) };
    return client.send({
      method,
      url,
      headers: signed({ method, url, headers, body, region, service: 's3', credentials, now: new Date() }),
      ...(method === 'PUT' ? { body } : {}),
      signal,
    });
  }

  return {
    name,
    async read(signal) {
      const response = await send('GET', {}, '', signal);
      if (response.status === 404 && !response.body.includes('NoSuchBucket')) return undefined;
      const revision = response.header('etag');
      if (response.status !== 200 || revision === undefined) throw refused(name, response);
      return { revision, value: response.body };
    },
    async write(value, ifRevision, signal) {
      const condition = ifRevision === undefined ? { 'if-none-match': '*' } : { 'if-match': ifRevision };
      const response = await send('PUT', condition, value, signal);
      // 412: it has another revision. 409: another conditional write came in between. 404: it was deleted.
      if (response.status === 412 || response.status === 409) return { ok: false };
      if (response.status === 404 && !response.body.includes('NoSuchBucket')) return { ok: false };
      const revision = response.header('etag');
      if (response.status !== 200 || revision === undefined) throw refused(name, response);
      return { ok: true, revision };
    },
    close: () => client.close(),
  };
}
