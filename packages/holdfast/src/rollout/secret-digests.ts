import { createHash } from 'node:crypto';
import type { Blueprint, FileContent } from '../patterns/index.ts';

/** The decrypted secrets of a site. */
export interface Secrets {
  /** Throws HoldfastError when there is none of that name. */
  get(name: string): string;
}

/** SHA-256 of secret files' contents, by `secretKey`. Never shown and never sent: a short password could be found from it. */
export type SecretDigests = Readonly<Record<string, string>>;

type SecretContent = Extract<FileContent, { kind: 'secret' }>;

/** Digests of every secret that the blueprint puts into a file. Throws for one that the secrets file lacks. */
export function digestSecrets(blueprint: Blueprint, secrets: Secrets): SecretDigests {
  return Object.fromEntries(
    secretContents(blueprint).map((content) => [secretKey(content), sha256(secretBytes(content, secrets))]),
  );
}

/** The secrets themselves, by name; throws as `digestSecrets` does. */
export function secretValues(blueprint: Blueprint, secrets: Secrets): ReadonlyMap<string, string> {
  return new Map(secretContents(blueprint).map(({ secret }) => [secret, secrets.get(secret)]));
}

function secretContents({ hosts }: Blueprint): readonly SecretContent[] {
  return hosts.flatMap(({ files }) => files.flatMap(({ content }) => (content.kind === 'secret' ? [content] : [])));
}

export function secretKey(content: SecretContent): string {
  const { encoding, secret, around } = content;
  return around === undefined ? `${encoding}:${secret}` : `${encoding}:${secret}:${around.before}:${around.after}`;
}

/** What stands in the file. */
export function secretBytes(content: SecretContent, secrets: Secrets): Uint8Array {
  const value = Buffer.from(secrets.get(content.secret), content.encoding);
  const { around } = content;
  return around === undefined ? value : Buffer.concat([Buffer.from(around.before), value, Buffer.from(around.after)]);
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
