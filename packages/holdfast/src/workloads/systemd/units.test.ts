import { describe, expect, it } from 'vitest';
import type { Workload } from '../../site/index.ts';
import { crashUnit, mountUnit, workloadDropIn } from './units.ts';

const ledger: Workload = { name: 'ledger', unit: 'ledger.service', startTimeoutMs: 30_000, stopTimeoutMs: 1_500 };

describe('The drop-in of a workload', () => {
  const lines = workloadDropIn(ledger, '/srv/state').split('\n');

  it('leaves restarting to the cluster, and tells it of every end', () => {
    expect(lines).toContain('Restart=no');
    expect(lines).toContain('OnFailure=holdfast-crash@ledger.service');
    expect(lines).toContain('OnSuccess=holdfast-crash@ledger.service');
  });

  it('forbids a start without the state', () => {
    expect(lines).toContain('AssertPathIsMountPoint=/srv/state');
  });

  it('gives systemd the times of the site file', () => {
    expect(lines).toContain('TimeoutStartSec=30s');
    expect(lines).toContain('TimeoutStopSec=1500ms');
  });

  it('ends the workload before its state is unmounted, whatever the path is called', () => {
    expect(lines).toContain('After=srv-state.mount');
    // As systemd-escape --path --suffix=mount gives them; % doubled for the unit file.
    expect(['/srv/my data', '/.hidden/x/', '/a-b', '/srv/100%'].map(mountUnit)).toEqual([
      'srv-my\\x20data.mount',
      '\\x2ehidden-x.mount',
      'a\\x2db.mount',
      'srv-100\\x25.mount',
    ]);
  });

  it('says nothing of services to a unit that is none', () => {
    expect(workloadDropIn({ ...ledger, unit: 'ledger.target' }, '/srv/state')).not.toContain('[Service]');
  });

  it('keeps a percent sign in a path a percent sign', () => {
    expect(workloadDropIn(ledger, '/srv/100%n')).toContain('AssertPathIsMountPoint=/srv/100%%n\n');
  });

  it('refuses a path with a line break, which would be another setting', () => {
    expect(() => workloadDropIn(ledger, '/srv\nExecStart=/bin/sh')).toThrow('line break');
  });
});

it('The crash unit does not run when the machine shuts down', () => {
  expect(crashUnit()).toContain('Conflicts=shutdown.target\n');
});
