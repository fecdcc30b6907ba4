import { spawnSync } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { type Child, startChild } from './child.ts';

/** Mosquitto on 127.0.0.1, for this demonstration alone. */
export interface Broker {
  readonly url: string;
  readonly version: string;
  stop(): Promise<void>;
}

/** The program, or undefined where Mosquitto is not installed. */
export function findMosquitto(env: NodeJS.ProcessEnv): string | undefined {
  // Debian's /usr/sbin is on nobody's PATH but root's.
  const directories = [...(env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin'];
  return directories.map((directory) => join(directory, 'mosquitto')).find(isExecutable);
}

/** @param directory where its configuration is written; removed by the caller */
export async function startMosquitto(program: string, directory: string): Promise<Broker> {
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  const configuration = join(directory, 'mosquitto.conf');
  writeFileSync(
    configuration,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest stderr\nlog_type error\n`,
  );
  const said: string[] = [];
  const child = startChild(program, ['-c', configuration], (line) => said.push(line));
  try {
    await answering(url, child);
  } catch (error) {
    await child.end();
    throw new Error(`${program} did not start: ${said.join(' ') || error}`);
  }
  return {
    url,
    version: versionOf(program),
    async stop() {
      await child.end();
    },
  };
}

async function answering(url: string, { process }: Child): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      const client = await connectAsync(url, { reconnectPeriod: 0, connectTimeout: 1000 }, false);
      return await client.endAsync();
    } catch (error) {
      if (process.exitCode !== null || tries > 50) throw error;
      await sleep(50);
    }
  }
}

function versionOf(program: string): string {
  const { stdout } = spawnSync(program, ['-h'], { encoding: 'utf8' });
  return /^mosquitto version (\S+)/.exec(stdout)?.[1] ?? '';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
