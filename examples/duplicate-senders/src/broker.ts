import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Program, program } from './processes.ts';

export interface Broker {
  readonly port: number;
  /** Where it stores sessions and their messages. */
  readonly storedIn: string;
  readonly program: Program;
  /** Starts it, on the same port and with what it had stored; resolves when it accepts connections. */
  start(): Promise<void>;
}

/** Where Debian and others install Mosquitto; undefined if it is not there. */
export function mosquitto(): string | undefined {
  return [
    '/usr/sbin/mosquitto',
    '/usr/local/sbin/mosquitto',
    '/usr/bin/mosquitto',
    '/opt/homebrew/sbin/mosquitto',
  ].find((each) => existsSync(each));
}

/**
 * A Mosquitto of its own: a free port of 127.0.0.1, its files in `directory`. Not yet started.
 *
 * @param more further lines of mosquitto.conf(5)
 */
export async function prepareBroker(executable: string, directory: string, more = ''): Promise<Broker> {
  const port = await freePort();
  const storedIn = join(directory, 'stored');
  mkdirSync(storedIn, { recursive: true });
  const file = join(directory, 'mosquitto.conf');
  writeFileSync(file, configuration(port, storedIn) + more);
  const started = program([executable, '-c', file]);
  return {
    port,
    storedIn,
    program: started,
    async start() {
      started.start();
      const deadlineMs = performance.now() + 10_000;
      while (!(await accepts(port))) {
        if (!started.running() || performance.now() > deadlineMs)
          throw new Error(`Mosquitto did not start: ${started.output()}`);
        await sleep(10);
      }
    },
  };
}

/** mosquitto.conf(5). What is not said here is Debian's default. */
function configuration(port: number, storedIn: string): string {
  return `# Persistence keeps sessions and their messages over a restart. With its own limits Mosquitto would drop what it queues for
# a receiver beyond 1000 messages, and let 20 be on their way at once.
listener ${port} 127.0.0.1
allow_anonymous true
user ${userInfo().username}
persistence true
persistence_location ${storedIn}/
autosave_interval 30
max_queued_messages 0
max_inflight_messages 200
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
`;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
