import { readFileSync } from 'node:fs';
import { type Address, wrong } from './address.ts';

export interface Login {
  readonly user?: string;
  readonly password?: string;
}

/** The login for the store: in its address, or in the environment, or in a file. Throws HF-ELECT-OPTION. */
export function loginIn(address: Address, env: NodeJS.ProcessEnv): Login {
  const user = address.user ?? env.HOLDFAST_STORE_USER;
  const password = address.password ?? env.HOLDFAST_STORE_PASSWORD ?? inFile(env.HOLDFAST_STORE_PASSWORD_FILE);
  return { ...(user ? { user } : {}), ...(password ? { password } : {}) };
}

/** What the command is given: it does not need the store, and what is not there cannot leak. */
export function withoutLogin(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const {
    HOLDFAST_STORE: _store,
    HOLDFAST_STORE_USER: _user,
    HOLDFAST_STORE_PASSWORD: _password,
    HOLDFAST_STORE_PASSWORD_FILE: _file,
    ...others
  } = env;
  return others;
}

function inFile(path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw wrong(
      `HOLDFAST_STORE_PASSWORD_FILE: ${path} cannot be read: ${error instanceof Error ? error.message : error}`,
      'Name a file that this user may read.',
    );
  }
}
