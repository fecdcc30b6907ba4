import { fencedTopic } from '@holdfast/election/fencing';

/** Where each leader publishes: its token is a level of the topic, because a broker checks nothing. */
export const strokesTopic = fencedTopic('cell-7/press/{token}/strokes');

/** One stroke of the press, as one module saw it. */
export interface StrokeMessage {
  readonly module: string;
  readonly stroke: number;
}

/** The message in a payload, or undefined if it is something else. */
export function readMessage(text: string): StrokeMessage | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || !('module' in parsed) || !('stroke' in parsed)) return undefined;
  const { module, stroke } = parsed;
  return typeof module === 'string' && typeof stroke === 'number' ? { module, stroke } : undefined;
}
