import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IpmiDevice } from '../../site/index.ts';
import { type FenceDevice, secretPath } from '../fence-device.ts';
import { agentCall, type FenceAction } from '../fence-script.ts';
import { ipmiFencing } from './fence-ipmi.ts';
import { type IpmiSim, ipmiMissing, startIpmiSim } from './ipmi-sim.fixture.ts';

describe.skipIf(ipmiMissing !== undefined)('fence_ipmilan as Holdfast sets it up, against a simulated BMC', () => {
  let bmc: IpmiSim;
  beforeAll(async () => {
    bmc = await startIpmiSim();
  });
  afterAll(() => bmc.stop());

  it('switches the machine off and on, and says which it is', () => {
    expect(call('status').status).toBe(0);
    expect(call('off').status).toBe(0);
    expect(bmc.isOn()).toBe(false);
    // The library's code for "off" (lib/fencing.py.py, `fence_action`).
    expect(call('status').status).toBe(2);
    expect(call('on').status).toBe(0);
    expect(bmc.isOn()).toBe(true);
  }, 60_000);

  it('shows the password to nobody: neither the agent nor ipmitool has it among its arguments', () => {
    expect(call('status').status).toBe(0);
    const seen = readFileSync(join(bmc.directory, 'arguments'), 'utf8');
    expect(seen).toContain(`-f ${join(bmc.directory, 'password')} -I lanplus -H 127.0.0.1`);
    expect(seen).not.toContain('-P');
    expect(seen).not.toContain(bmc.password);
  }, 30_000);

  it('fails, and switches nothing, with a wrong password', () => {
    const { status, stderr } = call('off', { password: 'wrong' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/Unable to establish|login|status/i);
    expect(bmc.isOn()).toBe(true);
  }, 60_000);

  it('is given up when the BMC is silent', () => {
    bmc.hang();
    try {
      const { status } = call('off', { timeoutMs: 5_000 });
      expect([1, 124]).toContain(status);
      expect(bmc.isOn()).toBe(true);
    } finally {
      bmc.wake();
    }
  }, 30_000);

  /** With the files of a member in the directory of the test. */
  function call(action: FenceAction, { password = bmc.password, timeoutMs = 30_000 } = {}) {
    const device: IpmiDevice = {
      type: 'ipmi',
      address: '127.0.0.1',
      port: bmc.port,
      username: bmc.username,
      password: 'bmc-alpha',
      power: 'own',
      timeoutMs,
      // The simulator knows no newer one.
      cipher: '3',
      privilege: 'operator',
    };
    return spawnSync('sh', ['-c', agentCall(inDirectory(ipmiFencing(device), password), action)], { encoding: 'utf8' });
  }

  function inDirectory(device: FenceDevice, password: string): FenceDevice {
    const path = (name: string) => join(bmc.directory, name);
    const [program] = device.programs;
    if (program === undefined) throw new Error('no wrapper');
    writeFileSync(path('password'), password, { mode: 0o600 });
    writeFileSync(path('recorder'), `#!/bin/sh\necho "$@" >${path('arguments')}\nexec ipmitool "$@"\n`, {
      mode: 0o755,
    });
    const text = program.text
      .replace(secretPath('bmc-alpha'), path('password'))
      .replace('/usr/bin/ipmitool', path('recorder'));
    writeFileSync(path('wrapper'), text, { mode: 0o755 });
    return { ...device, parameters: { ...device.parameters, ipmitool_path: path('wrapper') } };
  }
});
