import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const agent = new URL('../../agents/workload', import.meta.url).pathname;

/** In front of everything else in PATH: a systemd that says of its one unit what UNIT_STATE says. */
let programs: string;

beforeAll(() => {
  programs = mkdtempSync(join(tmpdir(), 'holdfast-agent-'));
  const systemctl = join(programs, 'systemctl');
  writeFileSync(
    systemctl,
    '#!/bin/sh\ncase $* in *LoadState*) echo "$LOAD_STATE" ;; stop*) exit 5 ;; *ActiveState*) echo "$UNIT_STATE" ;; *) exit 1 ;; esac\n',
  );
  chmodSync(systemctl, 0o755);
});

afterAll(() => rmSync(programs, { recursive: true }));

describe('The agent of a workload, asked how it is', () => {
  const [success, error, notInstalled, notRunning] = [0, 1, 5, 7];

  it.each([
    { state: 'active', well: true, intervalMs: 2_000, answer: success },
    { state: 'active', well: false, intervalMs: 2_000, answer: error },
    // Not health: only whether it runs. Pacemaker asks so after a clean-up, of a workload that serves.
    { state: 'active', well: false, intervalMs: 0, answer: success },
    { state: 'inactive', well: true, intervalMs: 0, answer: notRunning },
    { state: 'inactive', well: true, intervalMs: 2_000, answer: notRunning },
    { state: 'activating', well: true, intervalMs: 0, answer: error },
    { state: '', well: true, intervalMs: 0, answer: error },
    // Asked by hand, without the cluster's variables: everything.
    { state: 'active', well: false, intervalMs: undefined, answer: error },
  ])('$state, probe answered: $well, interval $intervalMs ms: $answer', ({ state, well, intervalMs, answer }) => {
    const { status } = spawnSync('sh', [agent, 'monitor'], {
      env: {
        PATH: `${programs}:${process.env.PATH}`,
        UNIT_STATE: state,
        LOAD_STATE: 'loaded',
        OCF_RESKEY_unit: 'ledger.service',
        OCF_RESKEY_probe: well ? 'true' : 'false',
        ...(intervalMs === undefined ? {} : { OCF_RESKEY_CRM_meta_interval: String(intervalMs) }),
      },
    });
    expect(status).toBe(answer);
  });

  it.each([
    // systemd keeps a unit whose file is gone until it ends: it serves, and a stop must not be taken for done.
    { verb: 'monitor', state: 'active', answer: success },
    { verb: 'stop', state: 'active', answer: error },
    { verb: 'monitor', state: 'inactive', answer: notInstalled },
    { verb: 'stop', state: 'inactive', answer: success },
  ])('of a unit whose file is gone and that is $state, to $verb: $answer', ({ verb, state, answer }) => {
    const { status } = spawnSync('sh', [agent, verb], {
      env: {
        PATH: `${programs}:${process.env.PATH}`,
        UNIT_STATE: state,
        LOAD_STATE: 'not-found',
        OCF_RESKEY_unit: 'holdfast-test-gone.service',
        OCF_RESKEY_probe: 'true',
        OCF_RESKEY_CRM_meta_timeout: '3000',
      },
    });
    expect(status).toBe(answer);
  });
});
