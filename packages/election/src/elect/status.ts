import { createServer, type Server } from 'node:http';
import { ElectionError } from '../errors.ts';
import type { Tally } from './tally.ts';

/** Serves GET / and GET /metrics. Throws HF-ELECT-OPTION if the address cannot be listened on. */
export async function serveStatus(
  address: { readonly host: string; readonly port: number },
  tally: Tally,
): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET') {
      response.writeHead(405).end();
    } else if (request.url === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics(tally));
    } else if (request.url === '/') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(status(tally)));
    } else {
      response.writeHead(404).end();
    }
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', (error) => {
    reject(
      new ElectionError(
        'HF-ELECT-OPTION',
        `--status ${address.host}:${address.port} cannot be listened on: ${error.message}`,
        'Choose a free port of an address of this machine.',
        { cause: error },
      ),
    );
  });
  server.listen(address.port, address.host, resolve);
  await promise;
  return server;
}

function status(tally: Tally): unknown {
  const { key, holder, term, leader, trouble } = tally;
  return {
    key,
    holder,
    leading: leads(tally),
    token: term?.token,
    remainingMs: term === undefined ? undefined : Math.round(term.remainingMs),
    leader,
    trouble,
  };
}

/** Prometheus's text format, https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function metrics(tally: Tally): string {
  const lines: string[] = [];
  const key = quoted(tally.key);
  function metric(
    name: string,
    type: 'gauge' | 'counter',
    help: string,
    samples: readonly (readonly [string, number])[],
  ): void {
    lines.push(`# HELP holdfast_election_${name} ${help}`, `# TYPE holdfast_election_${name} ${type}`);
    for (const [labels, value] of samples) lines.push(`holdfast_election_${name}{key=${key}${labels}} ${value}`);
  }
  const requests = [...tally.requests].map(([name, entry]) => {
    const [kind = '', outcome = ''] = name.split(' ');
    return { labels: `,kind="${kind}",outcome="${outcome}"`, ...entry };
  });
  metric('leading', 'gauge', 'Whether this candidate leads.', [['', leads(tally) ? 1 : 0]]);
  metric('token', 'gauge', 'Token of the leader this candidate knows of, 0 if none.', [['', tally.leader?.token ?? 0]]);
  metric('remaining_seconds', 'gauge', 'Until this leader must stop unless it renews.', [
    ['', (tally.term?.remainingMs ?? 0) / 1000],
  ]);
  metric('terms_total', 'counter', 'Times this candidate began to lead.', [['', tally.terms]]);
  metric(
    'lost_total',
    'counter',
    'Terms that ended against its will.',
    [...tally.lost].map(([because, times]) => [`,because=${quoted(because)}`, times]),
  );
  metric(
    'store_requests_total',
    'counter',
    'Requests to the store.',
    requests.map((each) => [each.labels, each.count]),
  );
  metric(
    'store_request_seconds_total',
    'counter',
    'Time those took.',
    requests.map((each) => [each.labels, each.seconds]),
  );
  return `${lines.join('\n')}\n`;
}

function leads(tally: Tally): boolean {
  return tally.term !== undefined && !tally.term.signal.aborted;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
