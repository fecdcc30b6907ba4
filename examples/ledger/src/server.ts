import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { createApi } from './api.ts';
import { type Ledger, openLedger } from './ledger.ts';

/** A clean stop waits this long for answers on their way out; what was not answered stays unknown to its client. */
const lastAnswersMs = 50;

const settings = readSettings(process.env);
const ledger = openOrRefuse(settings);
const server = createServer(
  { maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 5000, keepAliveTimeout: 30_000 },
  createApi(ledger),
);
server.maxHeadersCount = 64;
server.maxConnections = 1024;
server.on('error', (error) => {
  refuse(`cannot listen on port ${settings.port}: ${error.message}`);
});
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
server.listen({ port: settings.port, host: settings.host }, () => {
  const { node, start } = ledger.identity;
  const address = server.address();
  // Port 0 asks for any free one: say which it became.
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  console.log(`ledger: node ${node}, start ${start}, port ${port}, ${settings.database}`);
});

/** Accepts nothing new, commits and answers what has arrived, closes the database, ends. */
function stop(): void {
  server.close(end);
  ledger.commitNow();
  server.closeIdleConnections();
  setTimeout(end, lastAnswersMs).unref();
}

function end(): void {
  ledger.close();
  process.exit(0);
}

function openOrRefuse({ database, node }: Settings): Ledger {
  try {
    return openLedger(database, node);
  } catch (error) {
    refuse(`cannot open ${database}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Settings {
  readonly database: string;
  readonly port: number;
  /** Undefined: every address of the machine, so that a virtual address may come and go. */
  readonly host: string | undefined;
  readonly node: string;
}

function readSettings(env: NodeJS.ProcessEnv): Settings {
  const database = env.LEDGER_DATABASE;
  const port = Number(env.LEDGER_PORT ?? '8080');
  if (database === undefined || database === '') refuse('LEDGER_DATABASE must name the database file');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) refuse('LEDGER_PORT must be a port number');
  return { database, port, host: env.LEDGER_HOST, node: env.LEDGER_NODE ?? hostname() };
}

function refuse(message: string): never {
  console.error(`ledger: ${message}`);
  process.exit(2);
}
