import type { Finding } from '../observe/index.ts';

/** Something dangerous that `holdfast status` finds. */
export type Danger = Pick<Finding, 'code' | 'where' | 'message' | 'remedy' | 'command'>;

/** It as the report of a drill quotes it. */
export function noteOf({ where, message, remedy, command }: Danger): string {
  const said = [`${where}: ${message}`, remedy, command === undefined ? '' : `\`${command}\``];
  return `status said: ${said.filter((part) => part !== '').join(' ')}`;
}
