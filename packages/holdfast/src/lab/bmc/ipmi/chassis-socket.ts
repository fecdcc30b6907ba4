import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { machineNames } from '../../layout.ts';
import type { PowerControl } from '../power-control.ts';
import { answerChassis } from './chassis.ts';

export interface ChassisRequest {
  /** Such as `alpha set power 0`. */
  readonly chassis: string;
  /** What the program prints, or why it fails. */
  readonly said: string;
  readonly tookMs: number;
}

/** Answers the chassis programs of the simulators on a socket in the file system; whoever may open the file may switch. */
export async function listenForChassis(
  socketFile: string,
  power: PowerControl,
  report: (request: ChassisRequest) => void,
): Promise<void> {
  // One that was killed leaves it behind.
  await rm(socketFile, { force: true });
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    const startedAt = performance.now();
    // Whoever asked may be gone before the answer.
    socket.on('error', () => {});
    let chassis = '';
    let outcome = 'failed';
    let said: string;
    try {
      chassis = (await text(socket)).trim();
      const [name, ...words] = chassis.split(' ');
      const machine = machineNames.find((known) => known === name);
      if (!machine) throw new Error(`There is no machine "${name}".`);
      said = await answerChassis(machine, words, power);
      outcome = 'done';
    } catch (error) {
      said = error instanceof Error ? error.message : String(error);
    }
    socket.end(`${outcome}\n${said}`);
    report({ chassis, said, tookMs: Math.round(performance.now() - startedAt) });
  });
  server.listen(socketFile);
  await once(server, 'listening');
}
