import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { HoldfastError, whyUnreadable } from '../core/index.ts';
import { isMissingFile, systemReason } from './file-errors.ts';

/** The environment variables that say where the identity is. */
export type IdentityEnvironment = Readonly<Record<string, string | undefined>>;

/** The keys that open a secrets file, in the form of age-keygen(1). */
export interface Identity {
  readonly path: string;
  /** `AGE-SECRET-KEY-1…`, at least one. */
  readonly keys: readonly [string, ...string[]];
}

/**
 * Where the identity may be, in the order of looking: $HOLDFAST_IDENTITY alone where it is set; otherwise `identity.txt` next
 * to the site file, then `holdfast/identity.txt` in the user's configuration directory.
 */
export function identityPaths(siteFile: string, env: IdentityEnvironment): readonly [string, ...string[]] {
  const named = env.HOLDFAST_IDENTITY;
  if (named !== undefined && named !== '') return [resolve(named)];
  return [resolve(dirname(siteFile), 'identity.txt'), homeIdentityPath(env)];
}

/** Reads the first identity there is. Throws a HoldfastError when there is none, when others may read it, or when it is no key. */
export async function readIdentity(siteFile: string, env: IdentityEnvironment): Promise<Identity> {
  const identity = await findIdentity(siteFile, env);
  if (identity !== undefined) return identity;
  const paths = identityPaths(siteFile, env);
  throw new HoldfastError({
    code: 'HF-SECRETS-NO-IDENTITY',
    message: `There is no identity to open the secrets with: looked for ${paths.join(' and ')}.`,
    remedy: `Copy the identity there from whoever made the secrets, or name it in HOLDFAST_IDENTITY; for a new site, run \`holdfast secrets init ${siteFile}\`.`,
    source: 'user',
  });
}

/** As readIdentity, with undefined where there is none. */
export async function findIdentity(siteFile: string, env: IdentityEnvironment): Promise<Identity | undefined> {
  for (const path of identityPaths(siteFile, env)) {
    const identity = await readIdentityAt(path);
    if (identity !== undefined) return identity;
  }
  return undefined;
}

/** Makes a new identity at `path`, readable by its owner alone. Throws a HoldfastError when something is there already. */
export async function createIdentity(path: string): Promise<Identity> {
  const key = await generateX25519Identity();
  const text = `# Opens the secrets of Holdfast sites. Keep a copy in a safe place, and nowhere else.\n# public key: ${await identityToRecipient(key)}\n${key}\n`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unusable(path, `cannot be written (${systemReason(cause)})`, cause);
  }
  return { path, keys: [key] };
}

/** Where a new identity belongs: where $HOLDFAST_IDENTITY says, otherwise in the user's configuration directory. */
export function newIdentityPath(siteFile: string, env: IdentityEnvironment): string {
  return env.HOLDFAST_IDENTITY ? identityPaths(siteFile, env)[0] : homeIdentityPath(env);
}

function homeIdentityPath(env: IdentityEnvironment): string {
  const configuration = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  return resolve(configuration, 'holdfast', 'identity.txt');
}

async function readIdentityAt(path: string): Promise<Identity | undefined> {
  let text: string;
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) throw openToOthers(path, mode);
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissingFile(cause)) return undefined;
    if (cause instanceof HoldfastError) throw cause;
    throw unusable(path, whyUnreadable(cause), cause);
  }
  const lines = text.split('\n').map((line) => line.trim());
  const [first, ...rest] = lines.filter((line) => /^AGE-SECRET-KEY-1[A-Z0-9]{58}$/.test(line));
  if (first !== undefined) return { path, keys: [first, ...rest] };
  throw new HoldfastError({
    code: 'HF-SECRETS-IDENTITY',
    message: `${path} holds no age identity.`,
    remedy:
      'Put a file there that age-keygen or `holdfast secrets init` made: one line of it begins with AGE-SECRET-KEY-1.',
    source: 'user',
  });
}

function openToOthers(path: string, mode: number): HoldfastError {
  return new HoldfastError({
    code: 'HF-SECRETS-IDENTITY-OPEN',
    message: `${path} can be read by others on this computer (mode ${(mode & 0o777).toString(8).padStart(4, '0')}).`,
    remedy: `Run \`chmod 600 ${path}\`; if others had accounts here, make a new identity and change the passwords.`,
    source: 'user',
  });
}

function unusable(path: string, what: string, cause: unknown): HoldfastError {
  return new HoldfastError(
    {
      code: 'HF-SECRETS-IDENTITY',
      message: `The identity ${path} ${what}.`,
      remedy: 'Make the path usable for you, or name another one in HOLDFAST_IDENTITY.',
      source: 'user',
    },
    { cause },
  );
}
