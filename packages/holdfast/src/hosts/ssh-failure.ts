import { HoldfastError, type Problem } from '../core/index.ts';
import type { Machine } from '../site/index.ts';

/** How a person would reach the machine by hand, the same way as Holdfast does. */
export function commandByHand(machine: Machine, configFile: string | undefined): string {
  const config = configFile === undefined ? '' : `-F ${configFile} `;
  return `ssh ${config}${machine.ssh} ${machine.sudo ? 'sudo -n true' : 'true'}`;
}

/** Why ssh did not connect, told from what it printed (OpenSSH's messages are not translated). */
export function connectionFailure(machine: Machine, configFile: string | undefined, printed: string): HoldfastError {
  const reason = lastLine(printed);
  const byHand = commandByHand(machine, configFile);
  const matched = failures.find(({ pattern }) => pattern.test(printed));
  if (matched !== undefined) return new HoldfastError(matched.problem(machine, reason, byHand));
  return new HoldfastError({
    code: 'HF-HOST-UNREACHABLE',
    message: `${machine.name} (${machine.ssh}) cannot be reached over SSH: ${reason}.`,
    remedy: `Check that the machine is on and its network is up, then try: ${byHand}`,
    source: 'site',
  });
}

type Tell = (machine: Machine, reason: string, byHand: string) => Problem;

const failures: readonly { readonly pattern: RegExp; readonly problem: Tell }[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    problem: (machine, _reason, byHand) => ({
      code: 'HF-HOST-KEY-CHANGED',
      message: `${machine.name} (${machine.ssh}) shows another SSH host key than before: another machine answers, or it was installed anew.`,
      remedy: `Find out why. If the new key is right, remove the old one with ssh-keygen -R and confirm it with: ${byHand}`,
      source: 'site',
    }),
  },
  {
    pattern: /Host key verification failed|host key is known for/,
    problem: (machine, _reason, byHand) => ({
      code: 'HF-HOST-KEY-UNKNOWN',
      message: `The SSH host key of ${machine.name} (${machine.ssh}) is not known on this computer.`,
      remedy: `Compare its fingerprint with the machine's own and accept it once with: ${byHand}`,
      source: 'user',
    }),
  },
  {
    pattern: /Permission denied|Too many authentication failures/,
    problem: (machine, reason, byHand) => ({
      code: 'HF-HOST-AUTH',
      message: `${machine.name} (${machine.ssh}) refuses the login: ${reason}.`,
      remedy: `Put your public key there or load it into your agent, until this works without a question: ${byHand}`,
      source: 'user',
    }),
  },
  {
    pattern: /Bad configuration option|terminating, \d+ bad configuration|Can't open user config file/,
    problem: (machine, reason, byHand) => ({
      code: 'HF-HOST-SSH-CONFIG',
      message: `OpenSSH refuses its configuration while connecting to ${machine.name}: ${reason}.`,
      remedy: `Mend the ssh_config file until this works: ${byHand}`,
      source: 'user',
    }),
  },
];

/** The connection stands, but commands do not run as root. */
export function notRoot(machine: Machine, configFile: string | undefined, printed: string): HoldfastError {
  const byHand = commandByHand(machine, configFile);
  if (!machine.sudo) {
    return new HoldfastError({
      code: 'HF-HOST-NOT-ROOT',
      message: `${machine.name} (${machine.ssh}) logs in a user who is not root.`,
      remedy: `Log in as root, or set \`sudo: true\` for this machine in the site file. By hand: ${byHand}`,
      source: 'user',
    });
  }
  return new HoldfastError({
    code: 'HF-HOST-SUDO',
    message: `sudo on ${machine.name} (${machine.ssh}) does not make us root without a password${printed.trim() === '' ? '' : `: ${lastLine(printed)}`}.`,
    remedy: `Give that user NOPASSWD in /etc/sudoers.d until this works without a question: ${byHand}`,
    source: 'site',
  });
}

export function connectionLost(machine: Machine, configFile: string | undefined, printed: string): HoldfastError {
  const reason = printed.trim() === '' ? '' : ` (${lastLine(printed)})`;
  return new HoldfastError({
    code: 'HF-HOST-CONNECTION-LOST',
    message: `The connection to ${machine.name} broke while a command ran there${reason}; it may have been done or not.`,
    remedy: `Run the same Holdfast command again once this works: ${commandByHand(machine, configFile)}`,
    source: 'site',
  });
}

export function timedOut(machine: Machine, configFile: string | undefined, timeoutMs: number): HoldfastError {
  return new HoldfastError({
    code: 'HF-HOST-TIMEOUT',
    message: `${machine.name} did not finish a command within ${timeoutMs / 1000} s.`,
    remedy: `Look at the load and the disks of that machine; by hand: ${commandByHand(machine, configFile)}`,
    source: 'site',
  });
}

export function tooMuchOutput(machine: Machine, limitBytes: number): HoldfastError {
  return new HoldfastError({
    code: 'HF-HOST-OUTPUT',
    message: `A command on ${machine.name} printed more than ${limitBytes / 1024 / 1024} MiB; it was ended.`,
    remedy: 'Please report this with the command that you ran.',
    source: 'tool',
  });
}

export function noSsh(cause: unknown): HoldfastError {
  return new HoldfastError(
    {
      code: 'HF-HOST-NO-SSH',
      message: 'The program ssh cannot be started on this computer.',
      remedy: 'Install the OpenSSH client (Debian: apt install openssh-client).',
      source: 'tool',
    },
    { cause },
  );
}

function lastLine(printed: string): string {
  const lines = printed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (lines.at(-1) ?? 'no reason given').replace(/\.$/, '');
}
