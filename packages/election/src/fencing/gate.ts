import { ElectionError } from '../errors.ts';

/** Remembers the highest token seen for one protected thing, and refuses every smaller one. */
export interface Gate {
  /** True, and from now on nothing smaller, if no higher token was seen before; equal ones pass. */
  admits(token: number): boolean;
}

/** A gate that forgets when its process ends: right for a receiver that begins anew then anyway. */
export function memoryGate(): Gate {
  let highest = Number.NEGATIVE_INFINITY;
  return {
    admits(token) {
      if (!Number.isSafeInteger(token) || token < highest) return false;
      highest = token;
      return true;
    },
  };
}

export function staleToken(token: number, what: string): ElectionError {
  return new ElectionError(
    'HF-ELECT-STALE-TOKEN',
    `${what} was written with a higher token than ${token} already`,
    'Stop: another candidate leads. What you meant to write was not written.',
  );
}
