import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { HoldfastError } from '../../core/index.ts';

/** A connection to QEMU's monitor. Source: QEMU, docs/interop/qmp-spec.rst and the QAPI schemas qapi/*.json. */
export interface Qmp {
  /** Puts the cable of a network into its socket, or pulls it: the guest's card loses its carrier. */
  setLink(network: string, up: boolean): Promise<void>;
  /** The reset button: the guest's memory means nothing any more. */
  reset(): Promise<void>;
  /** The power button, pressed shortly: the guest's own shutdown begins, if it listens. */
  pressPowerButton(): Promise<void>;
  /** The guest's processors stand still. */
  stop(): Promise<void>;
  cont(): Promise<void>;
  /** Ends QEMU. */
  quit(): Promise<void>;
  /** `running`, `paused`, `inmigrate`, … */
  status(): Promise<string>;
  /** Writes the state of the machine into a stream: `exec:COMMAND`. It is done when `migration` says so. */
  migrate(uri: string): Promise<void>;
  /** `completed`, `failed`, …; undefined: none was begun. */
  migration(): Promise<string | undefined>;
  close(): void;
}

const answerLimitMs = 30_000;
const answer = z.union([
  z.object({ return: z.unknown() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }) }),
]);
const statusAnswer = z.object({ status: z.string() });
const migrationAnswer = z.object({ status: z.string().optional() });

/** Connects to the monitor at the UNIX socket. QEMU serves one at a time. Throws HF-LAB-COMMAND-FAILED. */
export async function openQmp(socketPath: string): Promise<Qmp> {
  const socket = connect(socketPath);
  await once(socket, 'connect').catch((cause) => {
    throw monitorFailed(socketPath, cause instanceof Error ? cause.message : String(cause));
  });
  socket.on('error', () => {});
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();

  async function nextMessage(command: string): Promise<unknown> {
    const overdue = setTimeout(() => socket.destroy(), answerLimitMs);
    try {
      const line = await lines.next();
      if (!line.done) {
        return JSON.parse(line.value);
      }
    } finally {
      clearTimeout(overdue);
    }
    throw monitorFailed(socketPath, `${command}: no answer, or none within ${answerLimitMs / 1000} s`);
  }

  /** Events stand between a command and its answer; nobody here waits for them. */
  async function execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    socket.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }) })}\n`);
    for (;;) {
      const parsed = answer.safeParse(await nextMessage(command));
      if (!parsed.success) {
        continue;
      }
      if ('error' in parsed.data) {
        throw monitorFailed(socketPath, `${command}: ${parsed.data.error.desc}`);
      }
      return parsed.data.return;
    }
  }

  await nextMessage('greeting');
  await execute('qmp_capabilities');
  return {
    async setLink(network, up) {
      await execute('set_link', { name: network, up });
    },
    async reset() {
      await execute('system_reset');
    },
    async pressPowerButton() {
      await execute('system_powerdown');
    },
    async stop() {
      await execute('stop');
    },
    async cont() {
      await execute('cont');
    },
    async quit() {
      await execute('quit');
    },
    status: async () => statusAnswer.parse(await execute('query-status')).status,
    async migrate(uri) {
      await execute('migrate', { uri });
    },
    migration: async () => migrationAnswer.parse(await execute('query-migrate')).status,
    close: () => socket.destroy(),
  };
}

/** Opens the monitor for one piece of work. */
export async function withQmp<T>(socketPath: string, work: (qmp: Qmp) => Promise<T>): Promise<T> {
  const qmp = await openQmp(socketPath);
  try {
    return await work(qmp);
  } finally {
    qmp.close();
  }
}

function monitorFailed(socketPath: string, said: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-LAB-COMMAND-FAILED',
    message: `The monitor of QEMU at ${socketPath} failed: ${said}`,
    remedy: 'Read qemu.log beside it; `holdfast lab down` and `holdfast lab up` make the machine anew.',
    source: 'tool',
  });
}
