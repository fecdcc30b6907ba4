import { ElectionError } from '../errors.ts';

export interface Address {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly hosts: readonly string[];
  readonly path: string;
  readonly query: URLSearchParams;
}

/**
 * `scheme://user:password@host,host/path?query`. Not a URL: those have one host. Throws HF-ELECT-OPTION, without repeating
 * what may be a password.
 */
export function readAddress(address: string): Address {
  const match = /^([a-z0-9-]+):(?:\/\/)?(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(address);
  if (match === null)
    throw wrong('--store (or HOLDFAST_STORE) is no address that begins with a scheme', ADDRESS_REMEDY);
  if (match[1] !== 'sqlite' && match.slice(3).some((part) => part?.includes('@'))) {
    throw wrong(
      "the store's address has an @ after a / or another @, so that its password cannot be told from its host",
      'Write / as %2F, @ as %40 and % as %25 in it, or give the password in HOLDFAST_STORE_PASSWORD as it is.',
    );
  }
  const [, scheme = '', login, hosts = '', path = '', query = ''] = match;
  const colon = login?.indexOf(':') ?? -1;
  const name = login === undefined ? '' : decoded(colon === -1 ? login : login.slice(0, colon));
  return {
    scheme,
    user: name === '' ? undefined : name,
    password: login === undefined || colon === -1 ? undefined : decoded(login.slice(colon + 1)),
    hosts: hosts.split(',').filter((host) => host !== ''),
    path,
    query: new URLSearchParams(query),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(
      "the user or password in the store's address has a % that begins no escape",
      'Write % as %25 in it, or give the password in HOLDFAST_STORE_PASSWORD as it is.',
    );
  }
}

/** Arguments are seen by everybody on the machine (ps), so no user and no password may stand in one. */
export function refuseLogin(address: string): void {
  if (!/^[a-z0-9-]+:\/\/.*@/s.test(address) || address.startsWith('sqlite:')) return;
  throw wrong(
    '--store has a user or password in it, which everybody on this machine can read',
    'Take it out, and give it in HOLDFAST_STORE_USER and HOLDFAST_STORE_PASSWORD or HOLDFAST_STORE_PASSWORD_FILE.',
  );
}

/** What an address may begin with. */
export const SCHEMES = [
  'etcd',
  'etcds',
  'redis',
  'rediss',
  'nats',
  'consul',
  'consuls',
  'kubernetes',
  's3',
  'dynamodb',
  'azure-blob',
  'sqlite',
] as const;

export const ADDRESS_REMEDY = `Write it as in etcd://10.0.0.1:2379, with one of ${SCHEMES.join(', ')}; see holdfast-elect --help.`;

export function wrong(message: string, remedy: string): ElectionError {
  return new ElectionError('HF-ELECT-OPTION', message, remedy);
}
