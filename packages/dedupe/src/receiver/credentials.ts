import { readFileSync } from 'node:fs';
import { wrong } from './address.ts';

export interface Login {
  readonly username?: string;
  readonly password?: string;
}

/**
 * The login for one side. `HOLDFAST_MQTT_USERNAME` and `HOLDFAST_MQTT_PASSWORD`, or `HOLDFAST_MQTT_PASSWORD_FILE`, hold for
 * both; with `_TO` (`HOLDFAST_MQTT_TO_USERNAME` …) for the output alone. Throws HF-DEDUPE-OPTION.
 */
export function mqttLogin(side: 'from' | 'to', env: NodeJS.ProcessEnv): Login {
  const own = login('HOLDFAST_MQTT_TO_', env);
  return side === 'to' && Object.keys(own).length > 0 ? own : login('HOLDFAST_MQTT_', env);
}

function login(prefix: string, env: NodeJS.ProcessEnv): Login {
  const username = env[`${prefix}USERNAME`];
  const password = env[`${prefix}PASSWORD`] ?? inFile(`${prefix}PASSWORD_FILE`, env);
  return { ...(username ? { username } : {}), ...(password ? { password } : {}) };
}

function inFile(variable: string, env: NodeJS.ProcessEnv): string | undefined {
  const path = env[variable];
  if (!path) return undefined;
  return readOrRefuse(variable, path).replace(/\r?\n$/, '');
}

export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** PEM files named on the command line. Throws HF-DEDUPE-OPTION. */
export function tlsIn(files: {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly certKey: string | undefined;
}): Tls {
  const { ca, cert, certKey } = files;
  return {
    ...(ca === undefined ? {} : { ca: readOrRefuse('--ca', ca) }),
    ...(cert === undefined ? {} : { cert: readOrRefuse('--cert', cert) }),
    ...(certKey === undefined ? {} : { key: readOrRefuse('--cert-key', certKey) }),
  };
}

function readOrRefuse(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw wrong(
      `${option}: ${path} cannot be read: ${error instanceof Error ? error.message : error}`,
      'Name a file that this user may read.',
    );
  }
}
