import type { Server } from 'node:http';
import { type DedupeCode, DedupeError } from '../errors.ts';
import type { DedupeEvent } from '../events.ts';
import { type ReceiverArguments, readArguments } from './arguments.ts';
import { HELP } from './help.ts';
import type { Relay } from './relay.ts';
import { serveStatus } from './status.ts';

/** Runs holdfast-dedupe until TERM or INT and returns its exit code. */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  try {
    const asked = readArguments(args, env);
    if (asked.kind === 'run') await receive(asked.arguments, env);
    else process.stdout.write(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof DedupeError)) throw error;
    say(`${error.code}: ${error.message}\n  ${error.remedy}`);
    return EXIT_CODES[error.code];
  }
}

async function receive(asked: ReceiverArguments, env: NodeJS.ProcessEnv): Promise<void> {
  const stopping = Promise.withResolvers<void>();
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const signal of signals) process.on(signal, stopping.resolve);
  const relay = await started(asked, env);
  let server: Server | undefined;
  try {
    if (asked.status !== undefined) server = await serveStatus(asked.status, relay);
    const topics = asked.from.map((each) => each.topic).join(', ');
    say(`receives from ${topics}, delivers ${relay.status().deliver} to ${asked.to.topic}`);
    void tellEvents(relay);
    await Promise.race([stopping.promise, relay.failed]);
  } finally {
    server?.close();
    server?.closeAllConnections();
    await relay.stop();
    for (const signal of signals) process.off(signal, stopping.resolve);
  }
}

async function started(asked: ReceiverArguments, env: NodeJS.ProcessEnv): Promise<Relay> {
  try {
    const { startRelay } = await import('./relay.ts');
    return await startRelay(asked, env, say);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    if (!error.message.includes("'mqtt'")) throw error;
    throw new DedupeError('HF-DEDUPE-MQTT-MISSING', 'the package mqtt is not installed', 'Run npm install mqtt.', {
      cause: error,
    });
  }
}

async function tellEvents(relay: Relay): Promise<void> {
  for await (const event of relay.events()) {
    const line = sentence(event);
    if (line !== undefined) say(line);
  }
}

/** Undefined for what comes too often for a log; the status has it. */
export function sentence(event: DedupeEvent): string | undefined {
  switch (event.kind) {
    case 'silent':
      return `${event.source} has been silent for ${Math.round(event.forMs)} ms${event.alone ? ': there is no redundancy' : ''}`;
    case 'heard-again':
      return `${event.source} is heard again after ${Math.round(event.afterMs)} ms`;
    case 'gap':
      return `${event.source} left out ${event.from} to ${event.to}`;
    case 'restarted':
      return `${event.source} counts from ${event.sequence} again, after ${event.before}`;
    case 'unknown-source':
      return `a message came from "${event.source}", which is not in --sources`;
    case 'overflow':
      return `keys are forgotten before their time (${event.total} so far): --count is too small for --window`;
    case 'no-key':
      return 'a message came without what --key names; it passes, and so does its copy; further ones are only counted (withoutKey)';
    case 'missed':
      return undefined;
  }
}

/** As in sysexits.h where it has a name for it. */
const EXIT_CODES: Readonly<Record<DedupeCode, number>> = {
  'HF-DEDUPE-OPTION': 64,
  'HF-DEDUPE-MEMORY': 64,
  'HF-DEDUPE-STORE-UNREACHABLE': 69,
  'HF-DEDUPE-STORE-FAILED': 69,
  'HF-DEDUPE-STORE-DENIED': 77,
  'HF-DEDUPE-FOREIGN-STORE': 78,
  'HF-DEDUPE-CLOSED': 70,
  'HF-DEDUPE-BROKER-UNREACHABLE': 69,
  'HF-DEDUPE-BROKER-DENIED': 77,
  'HF-DEDUPE-BROKER-UNFIT': 78,
  'HF-DEDUPE-MESSAGE-REFUSED': 78,
  'HF-DEDUPE-TWIN': 78,
  'HF-DEDUPE-MQTT-MISSING': 69,
};

function say(line: string): void {
  process.stderr.write(`holdfast-dedupe: ${line}\n`);
}
