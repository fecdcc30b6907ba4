import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fencingSites } from '../patterns/active-passive/fencing-sites.fixture.ts';
import { memberWitnessSite, oneDevice, twoNodeSite } from '../patterns/active-passive/sites.fixture.ts';
import type { Site } from '../site/index.ts';
import { listDevices } from './list-devices.ts';
import { devicesAskedFrom, readStatus, statusScript } from './status-script.ts';

const { levelsSite } = fencingSites;
const both = ['alpha', 'bravo'];

describe('The devices that a member asks', () => {
  it('are those of the others, and its own watchdog', () => {
    const asked = (member: string) => devicesAskedFrom(levelsSite, member, both).map(({ id }) => id);
    expect(asked('alpha')).toEqual(['fence1-bravo']);
    expect(asked('bravo')).toEqual(['fence1-alpha', 'fence2a-alpha', 'fence2b-alpha', 'watchdog']);
    expect(asked('charlie')).toEqual(['fence1-alpha', 'fence2a-alpha', 'fence2b-alpha', 'fence1-bravo']);
  });

  it('are none of a node that is not meant', () => {
    expect(devicesAskedFrom(twoNodeSite, 'alpha', ['alpha'])).toEqual([]);
  });
});

describe('The list of devices', () => {
  it('says where each is, how long it has, and whether it confirms a loss of power', () => {
    expect(
      listDevices(levelsSite).map(({ device, at, timeoutSeconds, confirmsPowerLoss }) => [
        device,
        at,
        timeoutSeconds,
        confirmsPowerLoss,
      ]),
    ).toEqual([
      ['fence1-alpha', 'alpha-bmc.plant.example port 623', 20, false],
      ['fence2a-alpha', '10.77.9.51, outlet 3', 60, true],
      ['fence2b-alpha', '10.77.9.52, outlet 3', 60, true],
      ['fence1-bravo', '10.77.9.1 port 8443', 20, false],
      ['watchdog', '/dev/watchdog of bravo itself', 14, true],
    ]);
  });
});

describe('What a device answers', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'holdfast-agents-'));
    const agents = {
      fence_on: 'grep -qx action=status && exit 0',
      fence_off: 'exit 2',
      fence_refuses:
        "printf '2026-01-02 03:04:05,678 ERROR: Unable to connect/login to fencing device\\n\\n2026-01-02 03:04:05,679 ERROR: Please use -h for usage' >&2; exit 1",
      fence_hangs: 'exec sleep 60',
    };
    for (const [name, body] of Object.entries(agents)) {
      writeFileSync(join(directory, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    }
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is that its node is on', () => {
    expect(status('fence_on')).toMatchObject({ outcome: 'works', power: 'on', said: 'alpha is on' });
  });

  it('is that its node is off, which is well unless the node answers by itself', () => {
    expect(status('fence_off')).toMatchObject({ outcome: 'works', power: 'off' });
    expect(status('fence_off', ['alpha'])).toMatchObject({
      outcome: 'fails',
      code: 'HF-FENCING-OTHER-MACHINE',
      said: 'says that alpha is off, but alpha answers: it switches another machine',
    });
  });

  it('is a refusal, told in its own words without the time', () => {
    expect(status('fence_refuses')).toMatchObject({
      outcome: 'fails',
      code: 'HF-FENCING-FAILED',
      said: 'Unable to connect/login to fencing device',
    });
  });

  it('is nothing, and it is given up after its timeout', () => {
    const proof = status('fence_hangs');
    expect(proof).toMatchObject({ outcome: 'silent', code: 'HF-FENCING-SILENT', said: 'no answer within 1 s' });
    expect(proof?.seconds).toBeGreaterThanOrEqual(1);
    expect(proof?.seconds).toBeLessThan(4);
  });

  it('cannot be heard where its agent is not installed', () => {
    expect(status('fence_nowhere')).toMatchObject({ outcome: 'fails', said: 'fence_nowhere is not installed there' });
  });

  it('is not taken for good where the script was cut short', () => {
    const [device] = devicesAskedFrom(memberWitnessSite, 'charlie', both);
    expect(device && readStatus('charlie', [device], '', new Set())).toMatchObject([{ outcome: 'not-asked' }]);
  });

  /** One real run of the script, with agents of ours. */
  function status(agent: string, answers: readonly string[] = []) {
    const [alpha, bravo] = memberWitnessSite.nodes;
    const device = { type: 'agent', agent, parameters: { plug: "it's 3" }, secrets: {}, timeoutMs: 1_000 } as const;
    const site: Site = { ...memberWitnessSite, nodes: [{ ...alpha, fencing: oneDevice(device) }, bravo] };
    const devices = devicesAskedFrom(site, 'charlie', ['alpha']);
    const script = statusScript(site, devices).replace('PATH=', `PATH=${directory}:`);
    const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    return readStatus('charlie', devices, stdout, new Set(answers))[0];
  }
});
