import { wrong } from './address.ts';

const MOST_BYTES = 65_535;
const PLACE = /\{(\d+)\}/g;

/** Refuses what MQTT 5 (section 4.7) does not allow as a filter. Throws HF-DEDUPE-OPTION. */
export function checkFilter(filter: string): void {
  const levels = filter.split('/');
  const misplaced = levels.some(
    (level, index) =>
      (level.includes('#') && (level !== '#' || index !== levels.length - 1)) || (level.includes('+') && level !== '+'),
  );
  if (misplaced || filter.includes('\0') || Buffer.byteLength(filter) > MOST_BYTES) {
    throw wrong(
      `--from: ${filter} is no topic filter`,
      'Let + stand for one whole level and # for all the last ones, as in cell-7/+/raw.',
    );
  }
  if (levels[0] === '$share') {
    throw wrong(
      `--from: ${filter} is a shared subscription`,
      'Subscribe without $share: each receiver must see all copies to know which is the second.',
    );
  }
}

/**
 * The topic that a message leaves on: the template with `{2}` replaced by the second level of the topic it came on.
 * Throws HF-DEDUPE-OPTION when a filter does not have that level, or when what leaves would come in again.
 */
export function outputTopic(template: string, filters: readonly string[]): (topic: string) => string {
  if (/[+#\0]/.test(template) || template === '' || Buffer.byteLength(template) > MOST_BYTES) {
    throw wrong(
      `--to: ${template} is no topic`,
      'Name one topic, with {2} for the second level of the topic a message came on.',
    );
  }
  for (const [place, number] of template.matchAll(PLACE)) {
    for (const filter of filters) {
      const levels = filter.split('/');
      // A # stands for none or more levels, so only those before it are surely there.
      const sure = levels.at(-1) === '#' ? levels.length - 1 : levels.length;
      if (Number(number) >= 1 && Number(number) <= sure) continue;
      throw wrong(
        `--to: ${place} is not a level of every topic of ${filter}`,
        `Use a number from 1 to ${sure}, counted from the left.`,
      );
    }
  }
  return (topic) => {
    const levels = topic.split('/');
    return template.replaceAll(PLACE, (_place, number) => levels[Number(number) - 1] ?? '');
  };
}

/** Whether a topic made from the template may match the filter (section 4.7.2 included: wildcards leave $SYS alone). */
export function mayMatch(template: string, filter: string): boolean {
  const topic = template.split('/');
  const wanted = filter.split('/');
  if (topic[0]?.startsWith('$') && /^[+#]/.test(filter)) return false;
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true;
    const given = topic[index];
    if (given === undefined) return false;
    if (level !== '+' && level !== given && !/\{\d+\}/.test(given)) return false;
  }
  return topic.length === wanted.length;
}
