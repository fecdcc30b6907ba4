import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MachineName } from '../../layout.ts';
import type { PowerControl } from '../power-control.ts';
import { type ChassisRequest, listenForChassis } from './chassis-socket.ts';

describe('The chassis behind the simulator of IPMI', () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-chassis-'));
  const socketFile = join(directory, 'power.sock');
  const running = new Set<MachineName>(['alpha']);
  const asked: MachineName[] = [];
  const requests: ChassisRequest[] = [];
  const power: PowerControl = {
    isOn: (machine) => running.has(machine),
    async on(machine) {
      if (machine === 'charlie') throw new Error('The lab is not up.');
      running.add(machine);
    },
    async off(machine) {
      running.delete(machine);
    },
    async shutDown(machine) {
      asked.push(machine);
    },
  };

  beforeAll(() => listenForChassis(socketFile, power, (request) => requests.push(request)));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('says the power as it is, switches one machine, and writes down what it was asked', async () => {
    expect(await chassis('alpha', 'get', 'power')).toEqual({ status: 0, printed: 'power:1\n' });
    expect(await chassis('bravo', 'get', 'power')).toEqual({ status: 0, printed: 'power:0\n' });
    expect((await chassis('alpha', 'set', 'power', '0')).status).toBe(0);
    expect((await chassis('bravo', 'set', 'power', '1')).status).toBe(0);
    expect([...running]).toEqual(['bravo']);
    expect((await chassis('bravo', 'set', 'reset', '1')).status).toBe(0);
    expect((await chassis('bravo', 'set', 'shutdown', '1')).status).toBe(0);
    expect([asked, [...running]]).toEqual([['bravo'], ['bravo']]);
    expect(requests.map(({ chassis, said }) => `${chassis}: ${said}`)).toContain('alpha set power 0: off');
  });

  it('fails where it could not switch, so that nobody takes it for done', async () => {
    expect(await chassis('charlie', 'set', 'power', '1')).toEqual({ status: 1, printed: 'The lab is not up.\n' });
    expect((await chassis('delta', 'get', 'power')).status).toBe(1);
    expect((await chassis('alpha', 'set', 'boot', 'pxe')).status).toBe(1);
  });

  it('fails when nobody has the switches in hand', async () => {
    expect((await run(join(directory, 'nobody.sock'), 'alpha', 'get', 'power')).status).not.toBe(0);
  });

  function chassis(...words: string[]) {
    return run(socketFile, ...words);
  }
});

/** As the simulator runs it. */
async function run(...args: string[]): Promise<{ status: unknown; printed: string }> {
  const main = fileURLToPath(new URL('./chassis-main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--no-warnings', main, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  const printed = await text(child.stdout);
  return { status: (await ended)[0], printed };
}
