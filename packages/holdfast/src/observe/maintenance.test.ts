import { describe, expect, it } from 'vitest';
import { site } from '../../test/observe/healthy-site.ts';
import { recordedHosts } from '../../test/observe/recorded-hosts.ts';
import { HoldfastError, systemClock } from '../core/index.ts';
import type { Host } from '../hosts/index.ts';
import { beginMaintenance, endMaintenance } from './maintenance.ts';

const clock = { ...systemClock, now: () => Date.parse('2026-11-21T03:00:00Z') };
const siteInMaintenance = (text: string) => text.replace('maintenance-mode="false"', 'maintenance-mode="true"');
const standby = (node: string) => (text: string) =>
  text.replace(new RegExp(`(<node name="${node}" .*?)standby="false"`), '$1standby="true"');
/** Of bravo. */
const drainedAndOff = (text: string) =>
  standby('bravo')(text).replace(/(<node name="bravo" .*?)online="true"/, '$1online="false"');

describe('beginning maintenance', () => {
  it('takes the hands off the whole site, notes since when, and says that nothing protects it', async () => {
    const hosts = recordedHosts();
    const { changed, message } = await beginMaintenance(site, hosts, clock);
    expect(changed).toBe(true);
    expect(message).toContain('NO PROTECTION');
    expect(hosts.ran).toEqual([
      'alpha: crm_attribute --type crm_config --name holdfast-maintenance-since --update 2026-11-21T03:00:00.000Z && ' +
        'crm_attribute --type crm_config --name maintenance-mode --update true',
    ]);
  });

  it('drains the passive node through the other one, without waiting', async () => {
    const hosts = recordedHosts();
    const { message } = await beginMaintenance(site, hosts, clock, { node: 'bravo' });
    expect(message).toBe('bravo is drained. Nothing takes over while it is: if alpha fails now, the site is down.');
    expect(hosts.ran).toHaveLength(1);
    expect(hosts.ran[0]).toMatch(
      /^alpha: crm_attribute --node bravo .*holdfast-standby-since.* --name standby --update on/,
    );
    expect(hosts.ran[0]).not.toContain('await_served');
  });

  it('drains the active node through the other one, and waits until that one serves', async () => {
    const hosts = recordedHosts();
    const { message } = await beginMaintenance(site, hosts, clock, { node: 'alpha' });
    expect(message).toContain('alpha is drained, and bravo serves.');
    expect(hosts.ran[0]).toMatch(/^bravo: /);
    expect(hosts.ran[0]).toMatch(/--name standby --update on --lifetime forever && await_served$/);
  });

  it('does not drain the active node when the other one could not take over', async () => {
    const hosts = recordedHosts(standby('bravo'));
    await expect(beginMaintenance(site, hosts, clock, { node: 'alpha' })).rejects.toMatchObject({
      code: 'HF-MOVE-UNSAFE',
    });
    expect(hosts.ran).toEqual([]);
  });

  it('does not drain the passive node when the active one does not surely serve', async () => {
    const hosts = recordedHosts((text) => text.replace('probe-ledger.rc 0', 'probe-ledger.rc 1'));
    await expect(beginMaintenance(site, hosts, clock, { node: 'bravo' })).rejects.toMatchObject({
      code: 'HF-MAINTENANCE-UNSAFE',
    });
    expect(hosts.ran).toEqual([]);
  });

  it('changes nothing a second time', async () => {
    const hosts = recordedHosts(siteInMaintenance);
    expect((await beginMaintenance(site, hosts, clock)).changed).toBe(false);
    const drained = recordedHosts(standby('bravo'));
    expect((await beginMaintenance(site, drained, clock, { node: 'bravo' })).changed).toBe(false);
    expect([...hosts.ran, ...drained.ran]).toEqual([]);
  });

  it('knows no machine but the nodes', async () => {
    await expect(beginMaintenance(site, recordedHosts(), clock, { node: 'charlie' })).rejects.toMatchObject({
      code: 'HF-MAINTENANCE-NODE',
    });
  });

  it('says what the cluster said when it refuses', async () => {
    await expect(beginMaintenance(site, recordedHosts(undefined, 4), clock)).rejects.toMatchObject({
      code: 'HF-MAINTENANCE-REFUSED',
      message: expect.stringContaining('Permission denied'),
    });
  });
});

describe('ending maintenance', () => {
  it('gives the site back to the cluster when what runs is what the cluster believes', async () => {
    const hosts = recordedHosts(siteInMaintenance);
    expect((await endMaintenance(site, hosts, clock)).changed).toBe(true);
    expect(hosts.ran[0]).toContain('--name maintenance-mode --delete');
  });

  it('refuses while something runs on two nodes, or not where the cluster believes, and says what to do', async () => {
    const twice = (text: string, name: string) =>
      siteInMaintenance(
        name === 'bravo' ? text.replace(/(Id=ledger.service\n.*\n.*ActiveState=)inactive/, '$1active') : text,
      );
    const nowhere = (text: string, name: string) =>
      siteInMaintenance(name === 'alpha' ? text.replace(/^address \d: .*\n/m, '') : text);
    for (const change of [twice, nowhere]) {
      const hosts = recordedHosts(change);
      await expect(endMaintenance(site, hosts, clock)).rejects.toMatchObject({
        code: 'HF-MAINTENANCE-MISMATCH',
        remedy: expect.stringMatching(/holdfast clear|poweroff/),
      });
      expect(hosts.ran).toEqual([]);
    }
  });

  it('lets a drained node take over again', async () => {
    const hosts = recordedHosts(standby('bravo'));
    const { message } = await endMaintenance(site, hosts, clock, { node: 'bravo' });
    expect(message).toBe('bravo takes over again when alpha fails.');
    expect(hosts.ran[0]).toContain('--node bravo --name standby --delete');
  });

  it('does not say of a drained node that is off that it is not in maintenance', async () => {
    const hosts = recordedHosts(drainedAndOff);
    expect((await endMaintenance(site, hosts, clock, { node: 'bravo' })).changed).toBe(true);
    expect(hosts.ran[0]).toContain('--node bravo --name standby --delete');
  });

  it('lets a node that is switched off take over again when it is back, and asks it nothing', async () => {
    for (const [change, isOff] of [
      [drainedAndOff, true],
      [standby('bravo'), false],
    ] as const) {
      const hosts = recordedHosts(change);
      const silent: Host = {
        ...hosts.get('bravo'),
        async run() {
          throw new HoldfastError({
            code: 'HF-HOST-UNREACHABLE',
            message: 'no route',
            remedy: 'Wait.',
            source: 'site',
          });
        },
      };
      const ending = endMaintenance(site, { get: (name) => (name === 'bravo' ? silent : hosts.get(name)) }, clock, {
        node: 'bravo',
      });
      // One that the cluster still has, and that does not answer, may run anything.
      if (isOff) await expect(ending).resolves.toMatchObject({ changed: true });
      else await expect(ending).rejects.toMatchObject({ code: 'HF-MAINTENANCE-MISMATCH' });
    }
  });

  it('does nothing where there is none', async () => {
    const hosts = recordedHosts();
    expect((await endMaintenance(site, hosts, clock)).changed).toBe(false);
    expect((await endMaintenance(site, hosts, clock, { node: 'bravo' })).changed).toBe(false);
    expect(hosts.ran).toEqual([]);
  });
});
