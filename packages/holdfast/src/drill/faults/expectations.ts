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
