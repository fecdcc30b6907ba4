import { shellQuote } from '../core/index.ts';
import type { NodeFencing } from '../site/index.ts';
import { fenceDevice } from './device-of.ts';
import type { FenceDevice } from './fence-device.ts';

export type FenceAction = 'on' | 'off' | 'status' | 'monitor';

export interface FenceScript {
  /** POSIX sh; no password in it. Ends with 0 when a whole level did what was asked. */
  readonly script: string;
  /** The longest it may take. */
  readonly timeoutMs: number;
}

/**
 * The devices of a node asked by hand, as the cluster would: level after level, until all devices of one have succeeded.
 * Undefined where nothing outside the machine can switch it.
 */
export function fenceScript(fencing: NodeFencing, action: FenceAction): FenceScript | undefined {
  const levels = fencing.levels
    .map((level) => level.filter((device) => device.type !== 'watchdog').map(fenceDevice))
    .filter((level) => level.length > 0);
  if (levels.length === 0) return undefined;
  return {
    script: levels
      .map((level) => `{ ${level.map((device) => agentCall(device, action)).join(' && ')}; }`)
      .join(' ||\n'),
    timeoutMs: levels.flat().reduce((sum, { timeoutMs }) => sum + timeoutMs, 5_000),
  };
}

/**
 * One call of a device, bounded by its timeout: exit code 124 where it did not answer in it. A fence agent reads its parameters
 * from standard input (fence-agents, lib/fencing.py.py, `process_input`).
 */
export function agentCall({ agent, parameters, timeoutMs }: FenceDevice, action: FenceAction): string {
  const input = Object.entries({ ...parameters, action }).map(([key, value]) => `${key}=${value}\n`);
  return `printf %s ${shellQuote(input.join(''))} | timeout -k 2 ${Math.ceil(timeoutMs / 1000)} ${agent}`;
}
