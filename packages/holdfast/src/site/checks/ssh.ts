import { isIPv6 } from 'node:net';
import { type Draft, nameAt } from '../draft.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../yaml.ts';

/** The SSH destinations: each one, and that no two machines share one. */
export function checkSsh(draft: Draft): readonly Finding[] {
  const machines = [...draft.entries(['nodes']), ['witness']];
  return [...machines.flatMap((machine) => checkForm(draft, [...machine, 'ssh'])), ...sameMachine(draft, machines)];
}

/** OpenSSH takes `alpha:22` and `[fd00::11]` for names of hosts, and finds none (ssh(1), `destination`). */
function checkForm(draft: Draft, path: Path): Finding[] {
  const text = draft.text(path) ?? '';
  const host = hostOf(text);
  const [, name = '', port] = /^\[?([^\]]*?)\]?(?::([0-9]+))?$/.exec(host) ?? [];
  if (isIPv6(host) || !/[:[\]]/.test(host) || name === '') return [];
  const bare = `${text.slice(0, text.length - host.length)}${name}`;
  return [
    {
      code: 'HF-SITE-SSH',
      path,
      message: `OpenSSH takes all of \`${host.slice(0, 60)}\` for the name of a host.`,
      remedy:
        port === undefined || port === '22'
          ? `Write ${bare}.`
          : `Write ${bare}, and in the ssh_config \`Host ${name}\` with \`Port ${port}\`.`,
    },
  ];
}

/** What is done to one machine would be done to the other one. */
function sameMachine(draft: Draft, machines: readonly Path[]): Finding[] {
  const first = new Map<string, Path>();
  return machines.flatMap((machine) => {
    const path = [...machine, 'ssh'];
    const text = draft.text(path);
    if (text === undefined) return [];
    const earlier = first.get(hostOf(text));
    first.set(hostOf(text), earlier ?? machine);
    if (earlier === undefined) return [];
    return [
      {
        code: 'HF-SITE-DUPLICATE-SSH',
        path,
        message: `\`${text.slice(0, 60)}\` is the machine that ${nameAt(draft, earlier)} is reached at.`,
        remedy: 'Give each machine its own destination; one behind a port needs a `Host` of its own in the ssh_config.',
      },
    ];
  });
}

function hostOf(destination: string): string {
  return destination.replace(/^[^@]*@/, '');
}
