import { ElectionError } from '../errors.ts';
import type { Gate } from './gate.ts';

const PLACE = '{token}';

/**
 * A family of topics with the leader's token in them, as `cell-7/press/{token}/speed`: a broker checks nothing, so the
 * receiver must, and a retained message of an old leader is told from the new one's by its topic alone.
 */
export interface FencedTopic {
  /** Where the leader with this token publishes. */
  publish(token: number): string;
  /** What a receiver subscribes to: `cell-7/press/+/speed`. */
  readonly filter: string;
  /** Whether a message on this topic is of the newest leader known to the gate. */
  admits(topic: string, gate: Gate): boolean;
}

/** @param pattern a topic in which exactly one level is `{token}`; throws HF-ELECT-OPTION for another */
export function fencedTopic(pattern: string): FencedTopic {
  const levels = String(pattern).split('/');
  const place = levels.indexOf(PLACE);
  if (place === -1 || place !== levels.lastIndexOf(PLACE)) {
    throw new ElectionError(
      'HF-ELECT-OPTION',
      `the topic "${pattern}" has ${place === -1 ? 'no' : 'more than one'} level ${PLACE}`,
      `Write one level as ${PLACE}, as in cell-7/press/${PLACE}/speed.`,
    );
  }
  const withLevel = (level: string) => levels.with(place, level).join('/');
  return {
    publish: (token) => withLevel(String(token)),
    filter: withLevel('+'),
    admits(topic, gate) {
      const level = topic.split('/')[place] ?? '';
      return /^\d{1,16}$/.test(level) && topic === withLevel(level) && gate.admits(Number(level));
    },
  };
}
