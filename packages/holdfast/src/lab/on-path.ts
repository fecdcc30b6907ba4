import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Whether a program of that name is in a folder of PATH. */
export function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
