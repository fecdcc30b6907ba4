import { HoldfastError } from '../core/index.ts';
import type { SecretName, Site } from '../site/index.ts';
import { hasSecretsFile, readSecretsFile, type SecretValues, secretsPath, writeSecretsFile } from './encrypted-file.ts';
import {
  createIdentity,
  findIdentity,
  type Identity,
  type IdentityEnvironment,
  newIdentityPath,
  readIdentity,
} from './identity.ts';
import {
  checkSecretValue,
  keyBytes,
  phraseBytes,
  type RequiredSecret,
  requiredSecret,
  requiredSecrets,
} from './required.ts';

/** The opened secrets of a site. The values are not properties: neither a log nor JSON shows them. */
export interface Secrets {
  readonly names: readonly SecretName[];
  /** Throws a HoldfastError where there is no such secret. Keys are base64. */
  get(name: SecretName): string;
}

export interface InitResult {
  readonly identityPath: string;
  readonly identityCreated: boolean;
  readonly secretsPath: string;
  /** What was made now. */
  readonly generated: readonly SecretName[];
  /** What only a person knows, and has not set yet. */
  readonly missing: readonly RequiredSecret[];
}

/** Opens the secrets next to a site file. Throws a HoldfastError when there are none or they cannot be opened. */
export async function openSecrets(siteFile: string, env: IdentityEnvironment): Promise<Secrets> {
  const path = secretsPath(siteFile);
  const values = await readSecretsFile(path, await readIdentity(siteFile, env));
  if (values === undefined) {
    throw new HoldfastError({
      code: 'HF-SECRETS-NONE',
      message: `There are no secrets: ${path} does not exist.`,
      remedy: `Run \`holdfast secrets init ${siteFile}\`.`,
      source: 'user',
    });
  }
  return {
    names: [...values.keys()],
    get(name) {
      const value = values.get(name);
      if (value !== undefined) return value;
      throw new HoldfastError({
        code: 'HF-SECRETS-MISSING',
        message: `The secret \`${name}\` is not in ${path}.`,
        remedy: `Run \`holdfast secrets set ${siteFile} ${name}\`.`,
        source: 'user',
      });
    },
  };
}

/**
 * Makes the identity and the secrets file where they are not there yet, and every key that can be made. What is there stays.
 * `randomBytes` must be fit for keys.
 */
export async function initSecrets(
  siteFile: string,
  site: Site,
  env: IdentityEnvironment,
  randomBytes: (count: number) => Uint8Array,
): Promise<InitResult> {
  const path = secretsPath(siteFile);
  const found = await findIdentity(siteFile, env);
  const identity = found ?? (await newIdentity(siteFile, path, env));
  const existing = await readSecretsFile(path, identity);
  const values = new Map(existing ?? []);
  const required = requiredSecrets(site);
  const generated = required.filter((secret) => secret.kind !== 'password' && !values.has(secret.name));
  for (const { name, kind } of generated) {
    const made =
      kind === 'key'
        ? Buffer.from(randomBytes(keyBytes.made)).toString('base64')
        : Buffer.from(randomBytes(phraseBytes)).toString('base64url');
    values.set(name, made);
  }
  if (existing === undefined || generated.length > 0) await writeSecretsFile(path, values, identity);
  return {
    identityPath: identity.path,
    identityCreated: found === undefined,
    secretsPath: path,
    generated: generated.map((secret) => secret.name),
    missing: required.filter((secret) => !values.has(secret.name)),
  };
}

/** Sets one secret of the site; the others stay. Throws a HoldfastError, without the value, where it cannot be. */
export async function setSecret(
  siteFile: string,
  site: Site,
  name: SecretName,
  value: string,
  env: IdentityEnvironment,
): Promise<void> {
  checkSecretValue(requiredSecret(site, name), value);
  const path = secretsPath(siteFile);
  const identity = await readIdentity(siteFile, env);
  const values: SecretValues = (await readSecretsFile(path, identity)) ?? new Map();
  await writeSecretsFile(path, new Map([...values, [name, value]]), identity);
}

/** A new identity beside old secrets would look like a fresh start and open nothing. */
async function newIdentity(siteFile: string, secretsFile: string, env: IdentityEnvironment): Promise<Identity> {
  if (await hasSecretsFile(secretsFile)) return readIdentity(siteFile, env);
  return createIdentity(newIdentityPath(siteFile, env));
}
