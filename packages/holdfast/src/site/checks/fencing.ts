import { whyUnreadable } from '../../core/index.ts';
import { corosyncKeySecret } from '../defaults.ts';
import { type Draft, fencingDevices, nameAt } from '../draft.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../yaml.ts';
import { checkAgents } from './fence-agents.ts';
import { checkWatchdogs } from './watchdogs.ts';

/** Reads a file named in the site file; throws whatever the file system throws. */
export type ReadReferencedFile = (path: string) => string;

/** The fencing devices: each one, and that no two nodes share one. */
export function checkFencing(draft: Draft, readFile: ReadReferencedFile): readonly Finding[] {
  const devices = fencingDevices(draft);
  return [
    ...sameMachine(draft, devices),
    ...devices.flatMap((path) => [
      ...checkTls(draft, path, readFile),
      ...[[...path, 'password'], ...draft.keys([...path, 'secrets'])].flatMap((secret) => checkPassword(draft, secret)),
      ...checkTimeout(draft, path),
    ]),
    ...checkAgents(draft, devices),
    ...checkWatchdogs(draft),
  ];
}

/** Two nodes with the same power switch: fencing one would kill the survivor. */
function sameMachine(draft: Draft, devices: readonly Path[]): Finding[] {
  const first = new Map<string, Path>();
  return devices.flatMap((path) => {
    const key = switchAt(draft, path);
    if (key === undefined) return [];
    const earlier = first.get(key);
    first.set(key, earlier ?? path);
    if (earlier === undefined) return [];
    const [nodes = '', other = 0] = earlier;
    return [
      {
        code: 'HF-SITE-FENCING-SHARED',
        path,
        onKey: true,
        ...(other === path[1]
          ? {
              message: `${nameAt(draft, [nodes, other])} has this device already: what failed once is no second way.`,
              remedy: 'Take it out, or name another device.',
            }
          : {
              message: `This is the same machine of the same device as that of ${nameAt(draft, [nodes, other])}: fencing one node would kill the other.`,
              remedy: 'Name the device, or the Redfish path or outlet on it, of this node.',
            }),
      },
    ];
  });
}

/** What is equal for two devices of the file that are one power switch. */
function switchAt(draft: Draft, path: Path): string | undefined {
  const at = (key: string) => draft.text([...path, key]);
  switch (at('type')) {
    case 'redfish':
      return at('address') && at('system') && JSON.stringify([at('address'), at('system')]);
    case 'ipmi':
      return at('address') && JSON.stringify(['ipmi', at('address')]);
    case 'agent': {
      const parameters = draft.keys([...path, 'parameters']).map((key) => [key.at(-1), draft.text(key)]);
      return JSON.stringify([at('agent'), parameters.toSorted()]);
    }
    default:
      return undefined;
  }
}

/**
 * Agents are programs that are started for each call, and poll their device every second. Whole seconds: Pacemaker 2.1.5 reads the
 * number alone, and would wait 5500 seconds for `5500ms` (daemons/fenced/fenced_commands.c, `get_action_timeout`).
 */
const leastTimeoutMs = 5_000;
const longestTimeoutMs = 300_000;

function checkTimeout(draft: Draft, device: Path): Finding[] {
  const path = [...device, 'timeout'];
  const timeoutMs = draft.durationMs(path);
  if (timeoutMs === undefined || draft.text([...device, 'type']) === 'watchdog') return [];
  if (timeoutMs >= leastTimeoutMs && timeoutMs <= longestTimeoutMs && timeoutMs % 1000 === 0) return [];
  return [
    {
      code: 'HF-SITE-FENCING-TIMEOUT',
      path,
      message: `A fencing device cannot be given ${draft.text(path)}.`,
      remedy: 'Write whole seconds, 5s to 5m; 20s is enough for a device that answers.',
    },
  ];
}

function checkTls(draft: Draft, path: Path, readFile: ReadReferencedFile): Finding[] {
  const caPath = [...path, 'ca'];
  const ca = draft.text(caPath);
  if (ca === undefined) return [];
  if (draft.has([...path, 'tls'])) {
    return [
      {
        code: 'HF-SITE-TLS-CONTRADICTION',
        path: [...path, 'tls'],
        onKey: true,
        message: 'A device cannot be both verified by `ca` and left unverified by `tls: insecure`.',
        remedy: 'Take out `tls`.',
      },
    ];
  }
  const read = readOrReason(ca, readFile);
  if (read.text?.includes('-----BEGIN CERTIFICATE-----') === true) return [];
  return [
    read.text === undefined
      ? {
          code: 'HF-SITE-CA-UNREADABLE',
          path: caPath,
          message: `The file ${ca} ${read.reason}.`,
          remedy: 'Write a path relative to the site file, and make the file readable.',
        }
      : {
          code: 'HF-SITE-CA-NOT-PEM',
          path: caPath,
          message: `The file ${ca} holds no certificate in PEM form.`,
          remedy:
            'Give a file that begins with -----BEGIN CERTIFICATE-----; `openssl x509 -inform der` converts others.',
        },
  ];
}

function readOrReason(
  path: string,
  readFile: ReadReferencedFile,
): { readonly text: string } | { readonly text?: never; readonly reason: string } {
  try {
    return { text: readFile(path) };
  } catch (error) {
    return { reason: whyUnreadable(error) };
  }
}

function checkPassword(draft: Draft, path: Path): Finding[] {
  if (draft.text(path) !== corosyncKeySecret) return [];
  return [
    {
      code: 'HF-SITE-SECRET-NAME',
      path,
      message: `\`${corosyncKeySecret}\` is the key of the Corosync network, not a password.`,
      remedy: 'Choose another name, such as bmc-alpha.',
    },
  ];
}
