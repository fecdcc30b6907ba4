import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Fake {
  readonly url: string;
  /** Requests wait unanswered until resumed. */
  silence(): void;
  resume(): void;
  stop(): Promise<void>;
}

export interface Asked {
  readonly method: string;
  readonly url: URL;
  header(name: string): string | undefined;
  readonly body: string;
  readonly response: ServerResponse;
}

/** An HTTP server on a free port of 127.0.0.1 that hands each request, read to its end, to `answer`. */
export async function serve(answer: (asked: Asked) => void): Promise<Fake> {
  let held: (() => void)[] | undefined;
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const go = () =>
      answer({
        method: request.method ?? '',
        url: new URL(request.url ?? '/', 'http://fake'),
        header: (name) => String(request.headers[name] ?? '') || undefined,
        body: Buffer.concat(chunks).toString('utf8'),
        response,
      });
    if (held === undefined) go();
    else held.push(go);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    silence() {
      held = [];
    },
    resume() {
      const waiting = held ?? [];
      held = undefined;
      for (const go of waiting) go();
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function reply(asked: Asked, status: number, body: unknown, headers: Record<string, string> = {}): void {
  asked.response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
}
