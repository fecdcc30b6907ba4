import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { ElectionError } from '../errors.ts';

/** Certificates and keys as PEM text. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: string;
}

/** Connections that are kept open between requests. Node's fetch is not used: it takes neither a CA nor a client certificate. */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpResponse>;
  /** The body as it comes. The caller checks the status. */
  stream(request: HttpRequest): Promise<IncomingMessage>;
  close(): void;
}

export function httpClient(tls: Tls = {}): HttpClient {
  const plain = new HttpAgent({ keepAlive: true });
  const secure = new HttpsAgent({ keepAlive: true, ...tls });

  function stream({ method, url, headers, body, signal }: HttpRequest): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options = { method, headers: { ...headers, ...length }, signal };
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, agent: secure }, resolve)
        : httpRequest(url, { ...options, agent: plain }, resolve);
    request.on('error', (error) => reject(unreachable(url, error)));
    request.end(body);
    return promise;
  }

  return {
    stream,
    async send(request) {
      const response = await stream(request);
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of response) chunks.push(chunk);
      } catch (error) {
        throw unreachable(request.url, error);
      }
      return {
        status: response.statusCode ?? 0,
        header: (name) => headerOf(response, name),
        body: Buffer.concat(chunks).toString('utf8'),
      };
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** An answer that is neither success nor a lost comparison. 401 and 403 mean that trying again is in vain. */
export function refused(storeName: string, response: HttpResponse): ElectionError {
  const detail = `HTTP ${response.status} ${response.body.replaceAll(/\s+/g, ' ').slice(0, 200)}`;
  return response.status === 401 || response.status === 403 ? denied(storeName, detail) : failed(storeName, detail);
}

export function denied(storeName: string, detail: string): ElectionError {
  return new ElectionError(
    'HF-ELECT-STORE-DENIED',
    `${storeName} refuses these credentials: ${detail}`,
    'Check user, password or key, and that they may read and write this key.',
  );
}

export function failed(storeName: string, detail: string): ElectionError {
  return new ElectionError(
    'HF-ELECT-STORE-FAILED',
    `${storeName} answered ${detail}`,
    'Check that the address is that of such a store, and look at the store itself.',
  );
}

function unreachable(url: URL, error: unknown): ElectionError {
  const reason = error instanceof Error ? error.message || error.name : String(error);
  return new ElectionError(
    'HF-ELECT-STORE-UNREACHABLE',
    `${url.host} could not be reached: ${reason}`,
    'Check that the store runs and that its address is right.',
    { cause: error },
  );
}

function headerOf(response: IncomingMessage, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
