import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { SiteMachines } from './open-hosts.ts';

/** A real sshd on the loopback interface, with keys of its own, that logs in the user of this process. */
export interface LoopbackSshd {
  /** A site whose two nodes are this sshd. */
  readonly site: SiteMachines;
  readonly directory: string;
  configure(lines: readonly string[]): SiteMachines;
  /** Puts a program where the machine finds it. */
  install(name: string, script: string): void;
  stop(): Promise<void>;
}

/** Why no sshd can be started here; undefined: it can. */
export const noSshdBecause =
  findSshd() === undefined
    ? 'no sshd is installed (Debian: openssh-server)'
    : userInfo().uid !== 0
      ? 'not root'
      : undefined;

export async function startLoopbackSshd(): Promise<LoopbackSshd> {
  const program = findSshd();
  if (program === undefined) throw new Error('no sshd');
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-sshd-'));
  mkdirSync('/run/sshd', { recursive: true });
  mkdirSync(join(directory, 'bin'));
  const port = await freePort();
  for (const name of ['host', 'user', 'stranger']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(directory, name)]);
  }
  const server = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${directory}/host`,
    `AuthorizedKeysFile ${directory}/user.pub`,
    'StrictModes no',
    'PermitRootLogin yes',
    `SetEnv PATH=${directory}/bin:/usr/bin:/bin`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    `PidFile ${directory}/pid`,
  ];
  writeFileSync(join(directory, 'sshd_config'), `${server.join('\n')}\n`);
  writeFileSync(join(directory, 'known_hosts'), knownHost(port, execFileSync('cat', [`${directory}/host.pub`])));
  const child = spawn(program, ['-D', '-e', '-f', join(directory, 'sshd_config')], { stdio: 'ignore' });
  await untilListening(port, child);
  const configure = (lines: readonly string[]): SiteMachines => {
    const configFile = join(directory, 'ssh_config');
    const common = [
      'HostName 127.0.0.1',
      `Port ${port}`,
      'User root',
      'IdentitiesOnly yes',
      'StrictHostKeyChecking yes',
    ];
    const keyword = (line: string) => line.split(' ')[0];
    const standard = [`IdentityFile ${directory}/user`, `UserKnownHostsFile ${directory}/known_hosts`].filter(
      (line) => !lines.some((each) => keyword(each) === keyword(line)),
    );
    writeFileSync(configFile, `Host *\n${[...lines, ...common, ...standard].map((line) => `  ${line}`).join('\n')}\n`);
    const node = (name: string) => ({ name, ssh: name, sudo: false, links: ['127.0.0.1'] as const });
    return { nodes: [node('alpha'), node('bravo')], ssh: { configFile } };
  };
  return {
    site: configure([]),
    directory,
    configure,
    install(name, script) {
      writeFileSync(join(directory, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    },
    async stop() {
      child.kill('SIGTERM');
      await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(undefined)));
      rmSync(directory, { recursive: true });
    },
  };
}

function knownHost(port: number, publicKey: Buffer): string {
  return `[127.0.0.1]:${port} ${publicKey.toString()}`;
}

function findSshd(): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/sbin'];
  return directories.map((each) => join(each, 'sshd')).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) throw new Error(`sshd ended with ${child.exitCode}`);
    const connected = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('sshd does not listen');
}
