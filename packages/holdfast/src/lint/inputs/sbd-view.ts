import type { Place } from '../finding.ts';

/** /etc/default/sbd or /etc/sysconfig/sbd: assignments of the shell. */
export interface SbdView {
  readonly file: string;
  value(name: string): string | undefined;
  /** Of the assignment, or of the file where there is none. */
  place(name: string): Place;
}

export function readSbd(text: string, file: string): SbdView {
  const assignments = new Map<string, { value: string; line: number }>();
  text.split('\n').forEach((raw, index) => {
    const [, name, quoted = ''] = /^\s*(?:export\s+)?([A-Z_]+)=(.*)$/.exec(raw) ?? [];
    if (name === undefined) return;
    const [, double, single, plain = ''] = /^(?:"([^"]*)"|'([^']*)'|([^\s#]*))/.exec(quoted.trim()) ?? [];
    assignments.set(name, { value: double ?? single ?? plain, line: index + 1 });
  });
  return {
    file,
    value: (name) => assignments.get(name)?.value,
    place(name) {
      const line = assignments.get(name)?.line;
      return line === undefined ? { file } : { file, line };
    },
  };
}

/** Milliseconds without an answer until the watchdog bites; sbd's own default is 5 s (sbd.sh of the sbd project). */
export function watchdogTimeoutMs(sbd: SbdView): number {
  const seconds = sbd.value('SBD_WATCHDOG_TIMEOUT');
  return seconds !== undefined && /^\d+$/.test(seconds) ? Number(seconds) * 1000 : 5000;
}

/** Without a disk, quorum alone says when a node must die. */
export function isDiskless(sbd: SbdView): boolean {
  return (sbd.value('SBD_DEVICE') ?? '') === '';
}
