import { describe, expect, it } from 'vitest';
import { replicatedSite, site } from '../../test/observe/healthy-site.ts';
import { recordedHosts } from '../../test/observe/recorded-hosts.ts';
import { HoldfastError } from '../core/index.ts';
import type { Site } from '../site/index.ts';
import { clearFailures } from './clear-failures.ts';

describe('clearing failures', () => {
  it('is asked of one node, for everything and earlier fencing', async () => {
    const hosts = recordedHosts();
    await clearFailures(site, hosts);
    expect(hosts.ran).toEqual([
      "alpha: crm_resource --refresh && stonith_admin --cleanup --history '*' && crm_resource --wait --timeout 60",
    ]);
  });

  it('of a workload leaves the history of fencing alone', async () => {
    const hosts = recordedHosts();
    await clearFailures(site, hosts, { resource: 'workload-ledger' });
    expect(hosts.ran).toEqual([
      'alpha: crm_resource --refresh --resource workload-ledger && crm_resource --wait --timeout 60',
    ]);
  });

  it('of a device, also of one in a level, forgets earlier fencing as well', async () => {
    const [first, second] = site.nodes;
    const device = first.fencing?.levels[0]?.[0];
    if (first.fencing === undefined || device === undefined) throw new Error('the site of the tests has no device');
    const levelled: Site = {
      ...site,
      nodes: [{ ...first, fencing: { ...first.fencing, levels: [[device], [device]] } }, second],
    };
    const hosts = recordedHosts();
    await clearFailures(levelled, hosts, { resource: 'fence1-alpha' });
    expect(hosts.ran[0]).toContain("stonith_admin --cleanup --history '*'");
  });

  it('takes DRBD, the ping and the confirmation of a lost witness by the names that status gives them', async () => {
    const rich: Site = { ...replicatedSite, reach: ['10.77.1.254'] };
    for (const resource of ['drbd', 'replica', 'reach-ping', 'reach', 'fence-alpha', 'fence-charlie']) {
      const hosts = recordedHosts();
      await clearFailures(rich, hosts, { resource });
      expect(hosts.ran[0]).toContain(`crm_resource --refresh --resource ${resource} `);
    }
    for (const resource of ['drbd', 'replica', 'reach']) {
      await expect(clearFailures(site, recordedHosts(), { resource })).rejects.toMatchObject({
        code: 'HF-CLEAR-RESOURCE',
      });
    }
  });

  it('is asked of the other node when the first cannot be reached', async () => {
    const hosts = recordedHosts();
    const unreachable = new HoldfastError({ code: 'HF-SITE-UNREADABLE', message: 'gone', remedy: '', source: 'site' });
    const firstGone = {
      get: (name: string) => {
        const host = hosts.get(name);
        return name === 'alpha' ? { ...host, run: () => Promise.reject(unreachable) } : host;
      },
    };
    await clearFailures(site, firstGone, { resource: 'state' });
    expect(hosts.ran).toEqual(['bravo: crm_resource --refresh --resource state && crm_resource --wait --timeout 60']);
  });

  it('refuses a resource that the site does not have', async () => {
    await expect(clearFailures(site, recordedHosts(), { resource: 'workload-x; reboot' })).rejects.toMatchObject({
      code: 'HF-CLEAR-RESOURCE',
    });
  });

  it('says what each node said when none takes the order', async () => {
    await expect(clearFailures(site, recordedHosts(undefined, 1))).rejects.toMatchObject({
      code: 'HF-CLEAR-REFUSED',
      message: expect.stringMatching(/alpha: .*denied; bravo: .*denied/),
    });
  });
});
