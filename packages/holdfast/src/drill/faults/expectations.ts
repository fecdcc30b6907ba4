import type { Expectation } from '../expectation.ts';

/** The usual promise: whatever single thing fails, service is back within the objective. */
export function backInTime(words: string): () => Expectation {
  return () => ({ service: 'back-in-time', words });
}

export function keepsServing(words: string): () => Expectation {
  return () => ({ service: 'keeps-serving', words });
}

export function backByItself(words: string): () => Expectation {
  return () => ({ service: 'back-by-itself', words });
}

/** A node that is no majority, and the words with which a person makes it one. */
export const wayOutWithoutQuorum = {
  'HF-STATUS-NO-QUORUM': 'holdfast start-alone',
  'HF-STATUS-REPLICA-DOUBT': 'holdfast state',
} as const;
