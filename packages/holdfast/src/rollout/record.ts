import type { HostRecord } from './facts.ts';

/** The text of /var/lib/holdfast/applied. */
export function writeRecord(record: HostRecord): string {
  const lines = [
    '# What Holdfast has written here, and what it had not finished. Do not edit.',
    ...record.files.map((path) => `file ${path}`),
    ...record.pending.map((effect) => `pending ${effect}`),
    ...record.formatting.map(({ device, uuid }) => `formatting ${device} ${uuid}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Lines that are not understood are left out: a damaged record must not stop the next apply. */
export function readRecord(text: string): HostRecord {
  const lines = text.split('\n').map((line) => line.split(' '));
  return {
    files: lines.flatMap(([word, path]) => (word === 'file' && isPlainPath(path) ? [path] : [])),
    pending: lines.flatMap(([word, effect]) => (word === 'pending' && effect !== undefined ? [effect] : [])),
    formatting: lines.flatMap(([word, device, uuid]) =>
      word === 'formatting' && device !== undefined && uuid !== undefined ? [{ device, uuid }] : [],
    ),
  };
}

export function sameRecord(one: HostRecord, other: HostRecord): boolean {
  return writeRecord(one) === writeRecord(other);
}

/** Only such paths are ever removed. */
function isPlainPath(path: string | undefined): path is string {
  return path?.startsWith('/') === true && !path.split('/').some((part) => part === '..' || part === '.');
}
