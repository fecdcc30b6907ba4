import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { HoldfastError } from '../core/index.ts';

/** A path of a Unix socket holds 107 bytes; ours are `<pid>-<4 hex>-<40 hex>`, and ssh adds 17 while it makes one. */
const longestDirectory = 107 - '/1234567-0000-'.length - 40 - 17;

/**
 * The private directory for control sockets: one for each user, short enough for a socket, nobody else may look in.
 * Made where it is missing; sockets of processes that are no more are removed. Throws when another user's directory stands in its place.
 */
export function controlDirectory(): string {
  const uid = userInfo().uid;
  const preferred = join(tmpdir(), `holdfast-${uid}`);
  const path = preferred.length <= longestDirectory ? preferred : `/tmp/holdfast-${uid}`;
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== uid) {
    throw new HoldfastError({
      code: 'HF-HOST-CONTROL-DIRECTORY',
      message: `${path}, where Holdfast keeps its SSH control sockets, belongs to another user or is no directory.`,
      remedy: `Find out who made ${path} and remove it.`,
      source: 'tool',
    });
  }
  chmodSync(path, 0o700);
  removeStaleSockets(path);
  return path;
}

function removeStaleSockets(directory: string): void {
  for (const name of readdirSync(directory)) {
    const pid = /^(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(directory, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
