import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { armor, Decrypter, Encrypter, identityToRecipient } from 'age-encryption';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { HoldfastError, type Problem, whyUnreadable } from '../core/index.ts';
import { isMissingFile, systemReason } from './file-errors.ts';
import type { Identity } from './identity.ts';

export type SecretValues = ReadonlyMap<string, string>;

const valuesSchema = z.record(z.string(), z.string());

/** Where the secrets of a site are. */
export function secretsPath(siteFile: string): string {
  return join(dirname(siteFile), 'secrets.age');
}

/** Whether something is there, be it readable or not. */
export async function hasSecretsFile(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => !isMissingFile(error),
  );
}

/**
 * Decrypts a secrets file, of age's binary or armored form: YAML or JSON of name → value. Undefined where there is no file.
 * Throws a HoldfastError that says nothing of the contents.
 */
export async function readSecretsFile(path: string, identity: Identity): Promise<SecretValues | undefined> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    if (isMissingFile(cause)) return undefined;
    throw failure('HF-SECRETS-UNREADABLE', `${path} ${whyUnreadable(cause)}.`, 'Make it readable for you.');
  });
  if (bytes === undefined) return undefined;
  return parseValues(await decrypt(path, bytes, identity), path);
}

/** Writes all values, encrypted for the identity. At every instant the file is the old one or the new one, whole. */
export async function writeSecretsFile(path: string, values: SecretValues, identity: Identity): Promise<void> {
  const encrypter = new Encrypter();
  for (const key of identity.keys) encrypter.addRecipient(await identityToRecipient(key));
  const sorted = [...values].sort(([one], [other]) => (one < other ? -1 : 1));
  const encrypted = await encrypter.encrypt(stringify(Object.fromEntries(sorted), { lineWidth: 0 }));
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await writeDurably(temporary, encrypted);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true });
    throw failure(
      'HF-SECRETS-UNWRITABLE',
      `${path} cannot be written (${systemReason(cause)}).`,
      'Make its directory writable for you, and see that the disk is not full.',
    );
  }
}

async function decrypt(path: string, bytes: Uint8Array, identity: Identity): Promise<string> {
  const decrypter = new Decrypter();
  for (const key of identity.keys) decrypter.addIdentity(key);
  try {
    return await decrypter.decrypt(withoutArmor(bytes), 'text');
  } catch (cause) {
    if (cause instanceof Error && cause.message.includes('no identity matched')) {
      throw failure(
        'HF-SECRETS-WRONG-IDENTITY',
        `The identity ${identity.path} does not open ${path}: it was encrypted for another one.`,
        'Name the right identity in HOLDFAST_IDENTITY.',
      );
    }
    throw failure(
      'HF-SECRETS-DAMAGED',
      `${path} is damaged, or is no age file.`,
      'Bring back a copy of it; or move it away, and set every secret again.',
    );
  }
}

function withoutArmor(bytes: Uint8Array): Uint8Array {
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart();
  return start.startsWith('-----BEGIN AGE ENCRYPTED FILE-----')
    ? armor.decode(Buffer.from(bytes).toString('latin1'))
    : bytes;
}

/** The parser's own errors quote the text: they go no further. */
function parseValues(text: string, path: string): SecretValues {
  const values = valuesSchema.safeParse(parsedOrUndefined(text));
  if (values.success) return new Map(Object.entries(values.data));
  throw failure(
    'HF-SECRETS-FORM',
    `What ${path} holds is not a list of names, each with a text as its value.`,
    'Decrypt it with age, write one `name: "value"` in a line, and encrypt it again.',
  );
}

function parsedOrUndefined(text: string): unknown {
  try {
    return parse(text, { logLevel: 'silent', maxAliasCount: 0 }) ?? {};
  } catch {
    return undefined;
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Without it, a power cut may undo the renaming. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function failure(code: Problem['code'], message: string, remedy: string): HoldfastError {
  return new HoldfastError({ code, message, remedy, source: 'user' });
}
