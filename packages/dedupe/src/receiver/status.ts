import { createServer, type Server } from 'node:http';
import { wrong } from './address.ts';
import type { Relay, RelayStatus } from './relay.ts';

/** Serves GET / and GET /metrics. Throws HF-DEDUPE-OPTION if the address cannot be listened on. */
export async function serveStatus(
  address: { readonly host: string; readonly port: number },
  relay: Pick<Relay, 'status' | 'metrics'>,
): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET') {
      response.writeHead(405).end();
    } else if (request.url === '/metrics') {
      response
        .writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
        .end(relay.metrics() + metrics(relay.status()));
    } else if (request.url === '/') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(relay.status()));
    } else {
      response.writeHead(404).end();
    }
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', (error) => {
    reject(
      wrong(
        `--status ${address.host}:${address.port} cannot be listened on: ${error.message}`,
        'Choose a free port of an address of this machine.',
      ),
    );
  });
  server.listen(address.port, address.host, resolve);
  await promise;
  return server;
}

/** Prometheus's text format, https://prometheus.io/docs/instrumenting/exposition_formats/; beside the library's own. */
export function metrics({ brokers, unacknowledged, qos0, output }: RelayStatus): string {
  const lines: string[] = [];
  function metric(name: string, help: string, samples: readonly (readonly [string, number])[]): void {
    const type = name.endsWith('_total') ? 'counter' : 'gauge';
    lines.push(`# HELP holdfast_dedupe_${name} ${help}`, `# TYPE holdfast_dedupe_${name} ${type}`);
    for (const [labels, value] of samples) lines.push(`holdfast_dedupe_${name}${labels} ${value}`);
  }
  metric(
    'broker_connected',
    'Whether there is a connection to this broker.',
    brokers.map((each) => [`{side="${each.side}",broker=${JSON.stringify(each.broker)}}`, each.connected ? 1 : 0]),
  );
  metric('unacknowledged', 'Copies received and not yet acknowledged to their broker.', [['', unacknowledged]]);
  metric('qos0_total', 'Copies that came with QoS 0, which a broker does not repeat.', [['', qos0]]);
  metric('in_flight', 'Messages published and not yet confirmed.', [['', output.inFlight]]);
  metric('waiting', 'Messages not yet published.', [['', output.waiting]]);
  metric('published_total', 'Messages that the broker of the output has confirmed.', [['', output.published]]);
  metric('in_doubt_total', 'Messages published again because the broker had lost its session.', [['', output.inDoubt]]);
  return `${lines.join('\n')}\n`;
}
