import { createHmac, randomFillSync } from 'node:crypto';

/** Random words that nobody else may know; drawn anew for each table. */
export interface IdentitySecret {
  /** For each place of a key of up to 64 characters and each character below 256: four words. */
  readonly characters: Int32Array;
  /** For each length: four words. */
  readonly lengths: Int32Array;
  readonly hmac: Uint8Array;
}

/** Longest string that is held as it is. */
const LONGEST_VERBATIM = 15;
const LONGEST_TABULATED = 64;

/** A third word that no key has: a short string of more characters than there are. */
export const NO_KEY = 0x70000000;

const SHORT = 0x40000000;
const LONG = 0xc0000000;

export function newIdentitySecret(): IdentitySecret {
  return {
    characters: randomFillSync(new Int32Array(LONGEST_TABULATED * 256 * 4)),
    lengths: randomFillSync(new Int32Array((LONGEST_TABULATED + 1) * 4)),
    hmac: randomFillSync(new Uint8Array(32)),
  };
}

/**
 * The 128 bits by which the table knows a key. Two of them say of which kind it is:
 *
 *     10  a UUID (RFC 9562, lower case) as it is: these two bits are its own variant, in their own place
 *     01  a string of up to 15 characters below U+0100 as it is, with its length
 *     00  such a string of 16 to 64 characters, as 126 bits of simple tabulation hashing
 *     11  any other string, as 126 bits of HMAC-SHA-256
 *
 * Keys of the first two kinds are never taken for others. Two of the third are with a probability of exactly 2^-126:
 * where they differ, the random words of two characters are combined by exclusive or, and these are uniform and
 * independent of all others (Carter and Wegman, Universal Classes of Hash Functions, J. Comput. Syst. Sci. 18, 1979).
 * Nobody can choose keys that collide without knowing the words. Of the fourth kind it is the same, as far as anybody
 * knows of SHA-256.
 *
 * @param out takes four words from `to` on; the kind is in the highest two bits of the third
 */
export function identify(key: string, secret: IdentitySecret, out: Int32Array, to: number): void {
  if (key.length <= LONGEST_VERBATIM) {
    if (packShort(key, out, to)) return;
  } else if (key.length <= LONGEST_TABULATED) {
    if (key.length === 36 && packUuid(key, out, to)) return;
    if (tabulate(key, secret, out, to)) return;
  }
  digest(key, secret, out, to);
}

/** Whether the words are those of a hash, by the third of them. */
export function isHashed(third: number): boolean {
  return third >>> 30 === 0 || third >>> 30 === 3;
}

function packShort(key: string, out: Int32Array, to: number): boolean {
  let all = 0;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let at = 0; at < key.length; at += 1) {
    const code = key.charCodeAt(at);
    all |= code;
    const shift = (at & 3) << 3;
    if (at < 4) a |= code << shift;
    else if (at < 8) b |= code << shift;
    else if (at < 12) d |= code << shift;
    else c |= code << shift;
  }
  if (all > 255) return false;
  out[to] = a;
  out[to + 1] = b;
  out[to + 2] = c | (key.length << 24) | SHORT;
  out[to + 3] = d;
  return true;
}

function packUuid(key: string, out: Int32Array, to: number): boolean {
  if (key.charCodeAt(8) !== DASH || key.charCodeAt(13) !== DASH) return false;
  if (key.charCodeAt(18) !== DASH || key.charCodeAt(23) !== DASH) return false;
  const a = hex(key, 0);
  const b = hex(key, 4);
  const c = hex(key, 9);
  const d = hex(key, 14);
  const e = hex(key, 19);
  const f = hex(key, 24);
  const g = hex(key, 28);
  const h = hex(key, 32);
  if ((a | b | c | d | e | f | g | h) < 0 || e >>> 14 !== 2) return false;
  out[to] = (a << 16) | b;
  out[to + 1] = (c << 16) | d;
  out[to + 2] = (e << 16) | f;
  out[to + 3] = (g << 16) | h;
  return true;
}

const DASH = 0x2d;

/** Digits by character code, -1 for what is none; upper case is none, for it is another key. */
const DIGITS = Int8Array.from({ length: 256 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)));

/** Four digits, negative if one of them is none. */
function hex(key: string, at: number): number {
  return (digit(key, at) << 12) | (digit(key, at + 1) << 8) | (digit(key, at + 2) << 4) | digit(key, at + 3);
}

function digit(key: string, at: number): number {
  return DIGITS[key.charCodeAt(at)] ?? -1;
}

function tabulate(key: string, { characters, lengths }: IdentitySecret, out: Int32Array, to: number): boolean {
  const start = key.length << 2;
  let a = lengths[start] ?? 0;
  let b = lengths[start + 1] ?? 0;
  let c = lengths[start + 2] ?? 0;
  let d = lengths[start + 3] ?? 0;
  let all = 0;
  for (let at = 0; at < key.length; at += 1) {
    const code = key.charCodeAt(at);
    all |= code;
    const words = ((at << 8) | (code & 255)) << 2;
    a ^= characters[words] ?? 0;
    b ^= characters[words + 1] ?? 0;
    c ^= characters[words + 2] ?? 0;
    d ^= characters[words + 3] ?? 0;
  }
  if (all > 255) return false;
  out[to] = a;
  out[to + 1] = b;
  out[to + 2] = c & ~LONG;
  out[to + 3] = d;
  return true;
}

/** Every string has its own UTF-16, also one that is not well-formed and has no UTF-8 of its own. */
function digest(key: string, secret: IdentitySecret, out: Int32Array, to: number): void {
  const bytes = createHmac('sha256', secret.hmac).update(Buffer.from(key, 'utf16le')).digest();
  for (let each = 0; each < 4; each += 1) out[to + each] = bytes.readInt32LE(each * 4);
  out[to + 2] = (out[to + 2] ?? 0) | LONG;
}
