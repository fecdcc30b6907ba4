import { describe, expect, it } from 'vitest';
import { type MachineName, machineNames } from '../layout.ts';
import type { PowerControl } from './power-control.ts';
import { answerRedfish } from './redfish.ts';

const accounts = {
  alpha: { username: 'holdfast-alpha', password: 'a secret' },
  bravo: { username: 'holdfast-bravo', password: 'b secret' },
  charlie: { username: 'holdfast-charlie', password: 'c secret' },
};
const alphaPath = '/redfish/v1/Systems/alpha';

describe('The simulated BMC', () => {
  it('answers the service root without an account', async () => {
    expect(await request('GET', '/redfish/v1/', { authorization: undefined })).toMatchObject({
      status: 200,
      body: { Systems: { '@odata.id': '/redfish/v1/Systems' } },
    });
  });

  it('names the one system of the account', async () => {
    expect(await request('GET', '/redfish/v1/Systems')).toMatchObject({
      body: { Members: [{ '@odata.id': alphaPath }] },
    });
  });

  it.each([
    [true, 'On'],
    [false, 'Off'],
  ])('reports the power as it is: %s means %s', async (on, state) => {
    const power = simulatedPower(on ? ['alpha'] : []);
    expect(await request('GET', alphaPath, { power })).toMatchObject({
      status: 200,
      body: {
        PowerState: state,
        Actions: { '#ComputerSystem.Reset': { target: `${alphaPath}/Actions/ComputerSystem.Reset` } },
      },
    });
  });

  it.each([
    ['On', [], ['on alpha'], true],
    ['ForceOn', [], ['on alpha'], true],
    ['ForceOff', ['alpha'], ['off alpha'], false],
    ['GracefulShutdown', ['alpha'], ['shut down alpha'], true],
    ['ForceRestart', ['alpha'], ['off alpha', 'on alpha'], true],
    ['ForceRestart', [], ['off alpha', 'on alpha'], true],
    ['PowerCycle', ['alpha'], ['off alpha', 'on alpha'], true],
  ] as const)('does %s to a machine when %j is on', async (type, on, calls, after) => {
    const power = simulatedPower(on);
    expect(await reset({ ResetType: type }, { power })).toEqual({ status: 204, body: null });
    expect(power.calls).toEqual(calls);
    expect(power.isOn('alpha')).toBe(after);
  });

  it.each([
    ['no account', undefined],
    ['a wrong password', basic('holdfast-alpha', 'wrong')],
    ['a wrong user', basic('root', 'a secret')],
    ['another scheme', 'Bearer a secret'],
  ])('refuses %s and does nothing', async (_what, authorization) => {
    const power = simulatedPower(['alpha']);
    expect(await reset({ ResetType: 'ForceOff' }, { power, authorization })).toMatchObject({ status: 401 });
    expect(power.calls).toEqual([]);
  });

  it('refuses the account of another machine', async () => {
    const power = simulatedPower(['alpha']);
    const authorization = basic('holdfast-bravo', 'b secret');
    expect(await reset({ ResetType: 'ForceOff' }, { power, authorization })).toMatchObject({ status: 403 });
    expect(await request('GET', alphaPath, { power, authorization })).toMatchObject({ status: 403 });
    expect(power.calls).toEqual([]);
  });

  it.each([['not JSON'], ['{}'], ['null'], ['{"ResetType":"Nmi"}'], ['{"ResetType":["ForceOff"]}']])(
    'refuses the order %s',
    async (body) => {
      const power = simulatedPower(['alpha']);
      expect(await request('POST', `${alphaPath}/Actions/ComputerSystem.Reset`, { power, body })).toMatchObject({
        status: 400,
        body: { error: { '@Message.ExtendedInfo': [expect.anything()] } },
      });
      expect(power.calls).toEqual([]);
    },
  );

  it.each([
    ['GET', '/redfish/v1/Systems/delta', 404],
    ['GET', '/redfish/v1/Chassis', 404],
    ['GET', `${alphaPath}/Processors`, 404],
    ['GET', `${alphaPath}/Actions/ComputerSystem.Reset`, 405],
    ['DELETE', alphaPath, 405],
  ])('answers %s %s with %i', async (method, path, status) => {
    expect(await request(method, path)).toMatchObject({ status });
  });
});

interface Other {
  readonly authorization?: string | undefined;
  readonly power?: PowerControl;
  readonly body?: string;
}

function request(method: string, path: string, other: Other = {}) {
  const authorization = 'authorization' in other ? other.authorization : basic('holdfast-alpha', 'a secret');
  const header = authorization === undefined ? {} : { authorization };
  return answerRedfish(
    { method, path, body: other.body ?? '', ...header },
    accounts,
    other.power ?? simulatedPower([]),
  );
}

function reset(body: object, other: Other) {
  return request('POST', `${alphaPath}/Actions/ComputerSystem.Reset`, { ...other, body: JSON.stringify(body) });
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function simulatedPower(initiallyOn: readonly MachineName[]): PowerControl & { readonly calls: string[] } {
  const on = new Set<MachineName>(machineNames.filter((name) => initiallyOn.includes(name)));
  const calls: string[] = [];
  return {
    calls,
    isOn: (machine) => on.has(machine),
    async on(machine) {
      calls.push(`on ${machine}`);
      on.add(machine);
    },
    async off(machine) {
      calls.push(`off ${machine}`);
      on.delete(machine);
    },
    async shutDown(machine) {
      calls.push(`shut down ${machine}`);
    },
  };
}
