import { fileURLToPath } from 'node:url';
import { type Child, startChild } from './child.ts';
import { freeze } from './freeze.ts';
import { type Press, startPress } from './press.ts';
import { newRecord, type Record, type Takeover } from './record.ts';
import type { Screen } from './screen.ts';
import type { StoreAddress } from './store-address.ts';
import { type Deed, summarise } from './summary.ts';
import { openTransport } from './transport.ts';
import { until } from './until.ts';

export interface Wanted {
  readonly store: StoreAddress;
  readonly leaseMs: number;
  /** `mqtt` only where Mosquitto is installed. */
  readonly transport: 'mqtt' | 'http';
  /** An empty directory that is removed afterwards. */
  readonly directory: string;
}

/** Runs the demonstration and gives what was not as promised, in words; empty: all was. Nothing runs on afterwards. */
export async function demonstrate(wanted: Wanted, screen: Screen, signal: AbortSignal): Promise<readonly string[]> {
  const record = newRecord();
  const failing = new AbortController();
  const modules = new Map<string, Child>();
  const stopped = new Set<string>();
  const press = await startPress(STROKE_MS);
  const transport = await openTransport(wanted.transport, wanted.directory, {
    accepted: (token, message) => record.accept(token, message, performance.now()),
    refused: (token) => record.refuse(token),
  }).catch((error: unknown) => {
    press.close();
    throw error;
  });
  screen.text(`Press:    a stroke every ${STROKE_MS} ms; of ${NAMES.length} modules the one that leads publishes each`);
  screen.text(`Lease:    ${wanted.leaseMs} ms, in ${wanted.store.text}`);
  screen.text(`Messages: ${transport.description}\n`);
  const shown = setInterval(() => screen.status(standing(record, press)), 100);

  function start(name: string): void {
    const { store, leaseMs } = wanted;
    const options = { name, store: store.text, press: press.url, publish: transport.url, 'lease-ms': String(leaseMs) };
    const args = Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]);
    const child = startChild(process.execPath, ['--disable-warning=ExperimentalWarning', MODULE, ...args], (line) => {
      if (line.startsWith('stopped itself')) stopped.add(name);
      screen.quote(name, line);
    });
    child.ended.then(
      (end) => end === 0 || end === 'SIGKILL' || failing.abort(new Error(`${name} ended with ${end}`)),
      (error: unknown) => failing.abort(error),
    );
    modules.set(name, child);
  }

  async function played(): Promise<Played> {
    try {
      for (const name of NAMES) start(name);
      const either = AbortSignal.any([signal, failing.signal]);
      return await play({ wanted, record, press, modules, stopped, screen, signal: either, start });
    } finally {
      clearInterval(shown);
      screen.close();
      await Promise.all([...modules.values()].map((child) => child.end()));
      await transport.close();
      press.close();
    }
  }

  const { deeds, broken } = await played();
  return [...summarise(record, press.strokes, deeds, screen), ...broken];
}

const STROKE_MS = 20;
const NAMES = ['module-1', 'module-2', 'module-3'];
const MODULE = fileURLToPath(import.meta.url.replace(/demonstration(\.[jt]s)$/, 'module$1'));
/** What a busy computer may add to a takeover. */
const BUSY_MS = 500;

interface Scene {
  readonly wanted: Wanted;
  readonly record: Record;
  readonly press: Press;
  readonly modules: ReadonlyMap<string, Child>;
  /** Modules that said that they stopped themselves. */
  readonly stopped: Set<string>;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  start(name: string): void;
}

interface Played {
  readonly deeds: readonly Deed[];
  /** What was not as promised, beside what the counts show. */
  readonly broken: readonly string[];
}

async function play(scene: Scene): Promise<Played> {
  const { wanted, record, press, screen, signal } = scene;
  // What the README of the election promises, and what a busy computer may add.
  const limitMs = 3 * wanted.leaseMs + BUSY_MS;
  await until('a first leader', () => record.leader, signal);
  await messages(scene, 60);

  const killed = await leaderAtWork(scene);
  screen.event(`SIGKILL to ${killed}, the leader`);
  childOf(scene, killed).process.kill('SIGKILL');
  const crash = await takeover(scene, killed);
  // As a service manager does.
  scene.start(killed);
  await messages(scene, 50);

  // It has looked at its signal and waits for the press: what it reads, it will publish.
  let frozen = await leaderAtWork(scene);
  while (!(await freeze(childOf(scene, frozen), wanted.store))) frozen = await leaderAtWork(scene);
  const oldToken = record.leader?.token;
  screen.event(`SIGSTOP to ${frozen}, the leader, in the middle of reading the press`);
  const pause = await takeover(scene, frozen);
  await messages(scene, 25);
  scene.stopped.delete(frozen);
  screen.event(`SIGCONT to ${frozen}: it goes on where it stood, with its old token ${oldToken}`);
  childOf(scene, frozen).process.kill('SIGCONT');
  await until(`${frozen} to stop itself`, () => scene.stopped.has(frozen), signal);
  await messages(scene, 25);
  const refused = record.refused.filter((token) => token === oldToken).length;
  screen.event(`${refused === 1 ? '1 message' : `${refused} messages`} of ${frozen} refused by the receiver`);

  const ended = await leaderAtWork(scene);
  screen.event(`SIGTERM to ${ended}, the leader: it releases the lease`);
  childOf(scene, ended).process.kill('SIGTERM');
  const end = await takeover(scene, ended);
  await messages(scene, 25);

  press.halt();
  await until('the last stroke', () => record.lastStroke === press.strokes, signal);
  return {
    deeds: [
      { what: 'leader killed', ...crash, limitMs },
      { what: 'leader stopped, and awakened later', ...pause, limitMs },
      { what: 'leader asked to end', ...end, limitMs: wanted.leaseMs + BUSY_MS },
    ],
    broken: refused > 0 ? [] : [`no message of ${frozen} was refused, though it published with an old token`],
  };
}

/** The module whose messages are accepted now, at an instant at which it reads the press. */
function leaderAtWork({ record, press, signal }: Scene): Promise<string> {
  const atWork = () => [record.leader?.module ?? ''].find((leader) => press.isReadBy(leader));
  return until('the leader to read the press', atWork, signal);
}

/** The first message of another leader, from now on. */
async function takeover({ record, screen, signal }: Scene, from: string): Promise<Takeover> {
  const before = record.takeovers.length;
  const isAway = (each: Takeover) => each.from === from && each.to !== from;
  const found = await until(`another leader than ${from}`, () => record.takeovers.slice(before).find(isAway), signal);
  const { to, silentMs, missed } = found;
  screen.event(`${to} goes on after ${silentMs.toFixed(0)} ms without a message; ${missed} strokes missed`);
  return found;
}

function childOf({ modules }: Scene, name: string): Child {
  const child = modules.get(name);
  if (child === undefined) throw new Error(`there is no ${name}`);
  return child;
}

async function messages({ record, signal }: Scene, count: number): Promise<void> {
  const goal = record.accepted + count;
  await until(`${count} more messages`, () => record.accepted >= goal, signal);
}

function standing({ leader, accepted, missed, refused }: Record, press: Press): string {
  const who = leader === undefined ? 'nobody has led yet' : `last from ${leader.module}`;
  return `press ${press.strokes} · accepted ${accepted} · missed ${missed} · refused ${refused.length} · ${who}`;
}
