import { whyUnreadable } from '../../core/index.ts';
import { corosyncKeySecret } from '../defaults.ts';
import { type Draft, nameAt } from '../draft.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../yaml.ts';

/** Reads a file named in the site file; throws whatever the file system throws. */
export type ReadReferencedFile = (path: string) => string;

/** The fencing devices: each one, and that no two nodes share one. */
export function checkFencing(draft: Draft, readFile: ReadReferencedFile): readonly Finding[] {
  const devices = draft
    .entries(['nodes'])
    .map((node) => [...node, 'fencing'])
    .filter((path) => draft.has(path));
  return [
    ...sameMachine(draft, devices),
    ...devices.flatMap((path) => [...checkTls(draft, path, readFile), ...checkPassword(draft, [...path, 'password'])]),
  ];
}

/** Two nodes with the same power switch: fencing one would kill the survivor. */
function sameMachine(draft: Draft, devices: readonly Path[]): Finding[] {
  const first = new Map<string, Path>();
  return devices.flatMap((path) => {
    const address = draft.text([...path, 'address']);
    const system = draft.text([...path, 'system']);
    if (address === undefined || system === undefined) return [];
    const key = JSON.stringify([address, system]);
    const earlier = first.get(key);
    first.set(key, earlier ?? path);
    if (earlier === undefined) return [];
    return [
      {
        code: 'HF-SITE-FENCING-SHARED',
        path,
        onKey: true,
        message: `This is the same machine of the same device as that of ${nameAt(draft, earlier.slice(0, -1))}: fencing one node would kill the other.`,
        remedy: 'Name the device, or the Redfish path, of this node.',
      },
    ];
  });
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
