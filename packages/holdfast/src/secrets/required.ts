import { HoldfastError, nearest, type Problem } from '../core/index.ts';
import {
  corosyncKeySecret,
  drbdSecret,
  type FencingDevice,
  fencingSecrets,
  type SecretName,
  type Site,
} from '../site/index.ts';

export interface RequiredSecret {
  readonly name: SecretName;
  /** `key`: random bytes in base64, and `phrase`: random text, both of which Holdfast makes. `password`: text, which a person gives. */
  readonly kind: 'key' | 'phrase' | 'password';
  /** What it is for, in words. */
  readonly purpose: string;
  /** The most that the device takes; absent: it says nothing of it. */
  readonly mostBytes?: number;
  /** The least that it takes. */
  readonly leastBytes?: number;
}

/** corosync-keygen(8) makes 256 bytes; corosync takes 128 to 4096 (totemknet.c, KNET_MIN_KEY_LEN and KNET_MAX_KEY_LEN). */
export const keyBytes = { made: 256, least: 128, most: 4096 } as const;

/** 48 characters of base64url; DRBD takes 63. */
export const phraseBytes = 36;

const drbdPhrase: RequiredSecret = {
  name: drbdSecret,
  kind: 'phrase',
  purpose: 'the words by which the two ends of DRBD know each other',
};

const longestPassword = 1024;

/** IPMI 2.0, "Set User Password Command": 20 bytes; IPMI 1.5 had 16. A BMC cuts off the rest, or refuses every session. */
const ipmiPasswordBytes = 20;
/** RFC 3414, 11.2: the tools of net-snmp take no shorter one. */
const snmp3PasswordBytes = 8;

/** Every secret that the site needs, each name once. */
export function requiredSecrets(site: Site): readonly RequiredSecret[] {
  const passwords = new Map<SecretName, string[]>();
  for (const node of site.nodes) {
    for (const secret of fencingSecrets(node)) passwords.set(secret, [...(passwords.get(secret) ?? []), node.name]);
  }
  return [
    { name: corosyncKeySecret, kind: 'key', purpose: 'the key that Corosync encrypts with' },
    ...(site.state.type === 'drbd' ? [drbdPhrase] : []),
    ...[...passwords].map(
      ([name, nodes]): RequiredSecret => ({
        name,
        kind: 'password',
        purpose: `the password of the fencing device of ${nodes.join(' and ')}`,
        ...(isForIpmi(site, name) ? { mostBytes: ipmiPasswordBytes } : {}),
        ...(isForSnmp3(site, name) ? { leastBytes: snmp3PasswordBytes } : {}),
      }),
    ),
  ];
}

function isForIpmi(site: Site, name: SecretName): boolean {
  return devicesOf(site).some((device) => device.type === 'ipmi' && device.password === name);
}

function isForSnmp3(site: Site, name: SecretName): boolean {
  return devicesOf(site).some(
    (device) =>
      device.type === 'agent' &&
      [device.parameters.snmp_version, device.parameters['snmp-version']].includes('3') &&
      Object.values(device.secrets).includes(name),
  );
}

function devicesOf({ nodes }: Site): readonly FencingDevice[] {
  return nodes.flatMap(({ fencing }) => (fencing?.levels ?? []).flat());
}

/** Which of these values cannot be right; the problems hold none of them. */
export function checkSecrets(site: Site, values: ReadonlyMap<SecretName, string>): readonly Problem[] {
  return requiredSecrets(site).flatMap((secret) => {
    const value = values.get(secret.name);
    return value === undefined ? [] : (valueProblem(secret, value) ?? []);
  });
}

/** The required secret of that name. Throws a HoldfastError where the site needs no such secret: a slip would go unseen. */
export function requiredSecret(site: Site, name: string): RequiredSecret {
  const required = requiredSecrets(site);
  const found = required.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = required.map((each) => each.name);
  const meant = nearest(name, names);
  throw new HoldfastError({
    code: 'HF-SECRETS-UNKNOWN-NAME',
    message: `The site ${site.name} needs no secret named \`${name}\`.`,
    remedy: meant === undefined ? `It needs ${names.join(', ')}.` : `Did you mean \`${meant}\`?`,
    source: 'user',
  });
}

/** Throws a HoldfastError, without the value, where it cannot be the value of that secret. */
export function checkSecretValue(secret: RequiredSecret, value: string): void {
  const problem = valueProblem(secret, value);
  if (problem !== undefined) throw new HoldfastError(problem);
}

function valueProblem(secret: RequiredSecret, value: string): Problem | undefined {
  const wrong = wrongValue(secret, value);
  if (wrong === undefined) return undefined;
  const { what, remedy } = wrong;
  return { code: 'HF-SECRETS-VALUE', message: `The value of \`${secret.name}\` ${what}.`, remedy, source: 'user' };
}

interface Wrong {
  readonly what: string;
  readonly remedy: string;
}

function wrongValue({ kind, mostBytes, leastBytes = 0 }: RequiredSecret, value: string): Wrong | undefined {
  switch (kind) {
    case 'key':
      return wrongKey(value);
    case 'phrase':
      return wrongPhrase(value);
    case 'password':
      return wrongPassword(value) ?? tooLong(value, mostBytes) ?? tooShort(value, leastBytes);
  }
}

function wrongPhrase(value: string): Wrong | undefined {
  // drbd.conf(5): at most 64 characters, and a quote or a backslash would end it.
  if (/^[\x20\x21\x23-\x5b\x5d-\x7e]{16,63}$/.test(value)) return undefined;
  return {
    what: 'is not 16 to 63 letters, digits and signs without quotes and backslashes',
    remedy: 'Let `holdfast secrets init` make it.',
  };
}

function wrongKey(value: string): Wrong | undefined {
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(value) ? Buffer.from(value, 'base64').length : 0;
  if (bytes >= keyBytes.least && bytes <= keyBytes.most) return undefined;
  return {
    what: `is not ${keyBytes.least} to ${keyBytes.most} bytes in base64 on one line`,
    remedy: 'Let `holdfast secrets init` make it, or give the output of `base64 -w0 /etc/corosync/authkey`.',
  };
}

function wrongPassword(value: string): Wrong | undefined {
  if (value === '') return { what: 'is empty', remedy: 'Give the password on standard input.' };
  if (value.length > longestPassword) {
    return { what: `is longer than ${longestPassword} characters`, remedy: 'Give the password alone.' };
  }
  if (!/\p{Cc}/u.test(value)) return undefined;
  return { what: 'holds a line end or another control character', remedy: 'Give the password alone, on one line.' };
}

function tooLong(value: string, mostBytes: number | undefined): Wrong | undefined {
  const bytes = Buffer.byteLength(value);
  if (mostBytes === undefined || bytes <= mostBytes) return undefined;
  return {
    what: `has ${bytes} bytes, and a BMC takes at most ${mostBytes} by IPMI: it would log nobody in, or only with the beginning of it`,
    remedy: `Give the account of the BMC a password of at most ${mostBytes} bytes (16 where it speaks IPMI 1.5 only), and set that one here.`,
  };
}

function tooShort(value: string, leastBytes: number): Wrong | undefined {
  if (Buffer.byteLength(value) >= leastBytes) return undefined;
  return {
    what: `is shorter than ${leastBytes} bytes, which SNMP version 3 asks for: no call would be made with it`,
    remedy: `Give the user of the device longer passwords, and set them here.`,
  };
}
