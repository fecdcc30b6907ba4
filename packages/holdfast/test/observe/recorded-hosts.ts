import type { Host, RunOptions } from '../../src/hosts/index.ts';
import { surveyText } from './healthy-site.ts';

export interface RecordedHosts {
  /** What was run, apart from surveys, as `machine: script`. */
  readonly ran: string[];
  get(name: string): Host;
}

/** Machines that answer every survey with the golden text, changed by `change`, and any other script with success. */
export function recordedHosts(
  change: (text: string, name: string) => string = (text) => text,
  exitCode = 0,
): RecordedHosts {
  const ran: string[] = [];
  return {
    ran,
    get: (name) => ({
      name,
      async run(script: string, _options?: RunOptions) {
        if (script.includes('corosync-quorumtool')) {
          return { exitCode: 0, stdout: change(surveyText(name), name), stderr: '' };
        }
        ran.push(`${name}: ${script}`);
        return {
          exitCode,
          stdout: '',
          stderr: exitCode === 0 ? '' : 'Error performing operation: Permission denied\n',
        };
      },
      lines: () => {
        throw new Error('not used');
      },
      close: () => Promise.resolve(),
    }),
  };
}
