import { createHash, timingSafeEqual } from 'node:crypto';
import { type MachineName, machineNames } from '../layout.ts';
import type { BmcAccounts } from './credentials.ts';
import type { PowerControl } from './power-control.ts';

export interface RedfishRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The Authorization header. */
  readonly authorization?: string;
  readonly body: string;
}

export interface RedfishAnswer {
  readonly status: number;
  readonly body: object | null;
}

const systemsPath = '/redfish/v1/Systems';
const resetTypes = ['On', 'ForceOn', 'ForceOff', 'GracefulShutdown', 'ForceRestart', 'PowerCycle'] as const;
type ResetType = (typeof resetTypes)[number];

/**
 * Answers a request as a machine's baseboard controller does, as far as fencing needs it.
 * Source: DMTF DSP0266 (Redfish specification) and DSP2046 (ComputerSystem, action Reset).
 */
export async function answerRedfish(
  request: RedfishRequest,
  accounts: BmcAccounts,
  power: PowerControl,
): Promise<RedfishAnswer> {
  const path = request.path.replace(/\/+$/, '');
  if (path === '/redfish/v1') {
    return { status: 200, body: { '@odata.id': path, RedfishVersion: '1.6.0', Systems: { '@odata.id': systemsPath } } };
  }
  const account = machineNames.find((machine) => isAuthorized(request.authorization, accounts, machine));
  if (!account) {
    return redfishError(401, 'Base.1.8.InsufficientPrivilege', 'The user name or the password is wrong.');
  }
  if (path === systemsPath) {
    const members = [{ '@odata.id': systemPath(account) }];
    return { status: 200, body: { '@odata.id': path, Members: members, 'Members@odata.count': members.length } };
  }
  const machine = machineNames.find((name) => path === systemPath(name) || path.startsWith(`${systemPath(name)}/`));
  if (!machine) {
    return notFound(path);
  }
  if (machine !== account) {
    return redfishError(403, 'Base.1.8.InsufficientPrivilege', `This account is not for ${machine}.`);
  }
  if (path === systemPath(machine)) {
    return request.method === 'GET'
      ? { status: 200, body: system(machine, power.isOn(machine)) }
      : redfishError(405, 'Base.1.8.ActionNotSupported', `${request.method} is not possible here.`);
  }
  if (path !== resetPath(machine)) {
    return notFound(path);
  }
  if (request.method !== 'POST') {
    return redfishError(405, 'Base.1.8.ActionNotSupported', 'An action takes POST.');
  }
  const resetType = parseResetType(request.body);
  if (!resetType) {
    return redfishError(
      400,
      'Base.1.8.ActionParameterNotSupported',
      `ResetType must be one of ${resetTypes.join(', ')}.`,
    );
  }
  await reset(machine, resetType, power);
  return { status: 204, body: null };
}

async function reset(machine: MachineName, resetType: ResetType, power: PowerControl): Promise<void> {
  switch (resetType) {
    case 'On':
    case 'ForceOn':
      return power.on(machine);
    case 'ForceOff':
      return power.off(machine);
    case 'GracefulShutdown':
      return power.shutDown(machine);
    case 'ForceRestart':
    case 'PowerCycle':
      await power.off(machine);
      return power.on(machine);
  }
}

function system(machine: MachineName, on: boolean): object {
  return {
    '@odata.id': systemPath(machine),
    '@odata.type': '#ComputerSystem.v1_10_0.ComputerSystem',
    Id: machine,
    Name: machine,
    PowerState: on ? 'On' : 'Off',
    Actions: {
      '#ComputerSystem.Reset': {
        target: resetPath(machine),
        'ResetType@Redfish.AllowableValues': resetTypes,
      },
    },
  };
}

function systemPath(machine: MachineName): string {
  return `${systemsPath}/${machine}`;
}

function resetPath(machine: MachineName): string {
  return `${systemPath(machine)}/Actions/ComputerSystem.Reset`;
}

function parseResetType(body: string): ResetType | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const wanted =
      typeof parsed === 'object' && parsed !== null && 'ResetType' in parsed ? parsed.ResetType : undefined;
    return resetTypes.find((type) => type === wanted);
  } catch {
    return undefined;
  }
}

function isAuthorized(authorization: string | undefined, accounts: BmcAccounts, machine: MachineName): boolean {
  const account = accounts[machine];
  const expected = `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization ?? ''), digest(expected));
}

function notFound(path: string): RedfishAnswer {
  return redfishError(404, 'Base.1.8.ResourceMissingAtURI', `There is nothing at ${path}.`);
}

function redfishError(status: number, code: string, message: string): RedfishAnswer {
  return {
    status,
    body: { error: { code, message, '@Message.ExtendedInfo': [{ MessageId: code, Message: message }] } },
  };
}
