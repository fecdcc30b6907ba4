import { election, type Term } from './election.ts';
import { ElectionError } from './errors.ts';
import type { ElectionOptions } from './options.ts';

/**
 * Runs `work` while this candidate leads, and on one candidate at a time. Waits until it leads; when the term is lost,
 * aborts the signal, waits for `work` to end, and campaigns again. When `work` returns while it still leads, the lease is
 * released at once and its value returned; when it throws, the lease is released and the error passed on.
 *
 * What `work` does after its signal has aborted is not protected; see the README for exactly what is.
 *
 * Throws what election() throws.
 */
export async function lead<T>(
  options: ElectionOptions,
  work: (term: Term, signal: AbortSignal) => Promise<T> | T,
): Promise<T> {
  if (typeof work !== 'function') throw noWork();
  for await (const change of election(options)) {
    if (change.kind !== 'leading') continue;
    const { term } = change;
    try {
      const result = await work(term, term.signal);
      if (!term.signal.aborted) return result;
    } catch (error) {
      if (!term.signal.aborted || !isAbort(error, term.signal)) throw error;
    }
  }
  throw new Error('an election does not end by itself');
}

function noWork(): ElectionError {
  return new ElectionError(
    'HF-ELECT-OPTION',
    'lead was given no function to run while it leads',
    'Give one after the options, as in lead({ store }, async (term, signal) => {…}).',
  );
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return (
    error === signal.reason ||
    (error instanceof Error && (error.name === 'AbortError' || error.cause === signal.reason))
  );
}
