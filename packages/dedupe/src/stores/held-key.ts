import { hash } from 'node:crypto';

const LONGEST_VERBATIM = 64;

/**
 * The key as a store outside this process holds it, at most 65 bytes: as it is, if it is printable ASCII without spaces of up
 * to 64 characters; otherwise by its SHA-256, of which no two strings with the same are known. The first character says which.
 */
export function heldKey(key: string): string {
  if (key.length <= LONGEST_VERBATIM && /^[!-~]+$/.test(key)) return `=${key}`;
  // In UTF-16, because a string that is not well-formed has no UTF-8 of its own.
  return `#${hash('sha256', Buffer.from(key, 'utf16le'), 'base64url')}`;
}
