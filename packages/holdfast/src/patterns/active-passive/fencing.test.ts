import { describe, expect, it } from 'vitest';
import { writeCib } from '../../engines/pacemaker/index.ts';
import type { Site } from '../../site/index.ts';
import { compile } from './compile.ts';
import { fencingSites, ipmi, levelsSite, outlet, watchdogSite } from './fencing-sites.fixture.ts';
import { agents, memberWitnessSite, oneDevice, twoNodeSite } from './sites.fixture.ts';

describe.each(Object.entries(fencingSites))('%s', (name, site) => {
  const blueprint = compile(site, agents);

  it('compiles to the cluster configuration in its golden file', async () => {
    await expect(writeCib(blueprint.cluster.cib)).toMatchFileSnapshot(`./golden/${name}/cib.xml`);
  });

  it('compiles to the files of fencing in its golden folder', async () => {
    const files = blueprint.hosts
      .flatMap(({ files }) => files)
      .filter(({ path }) => /sbd|ipmitool|corosync.service.d/.test(path));
    expect(files.length).toBeGreaterThan(0);
    for (const { path, content } of files) {
      const text = content.kind === 'text' ? content.text : '';
      await expect(text).toMatchFileSnapshot(`./golden/${name}/files${path}`);
    }
  });
});

describe('Levels of fencing', () => {
  it('are tried in the order of the file, and all devices of one must switch off', () => {
    expect(compile(levelsSite, agents, { watchdogWait: 'counted' }).cluster.cib.fencingLevels).toEqual([
      { id: 'level1-alpha', target: 'alpha', index: 1, devices: ['fence1-alpha'] },
      { id: 'level2-alpha', target: 'alpha', index: 2, devices: ['fence2a-alpha', 'fence2b-alpha'] },
      { id: 'level1-bravo', target: 'bravo', index: 1, devices: ['fence1-bravo'] },
      { id: 'level2-bravo', target: 'bravo', index: 2, devices: ['watchdog'] },
    ]);
  });

  it('are none where a node has one device', () => {
    for (const site of [memberWitnessSite, watchdogSite]) {
      expect(compile(site, agents).cluster.cib.fencingLevels).toEqual([]);
    }
  });

  it.each([
    // 14 s and the margin: 19 s, of which the device of 20 s counts 24.
    [20_000, 1],
    [10_000, 2],
    [3_000, 6],
  ])(
    'leave a watchdog its time on Pacemaker 2.1.5, by as many devices of %i ms behind it as count that long',
    (timeoutMs, times) => {
      const [alpha, bravo] = levelsSite.nodes;
      const levels = [[ipmi('bravo', { timeoutMs })], [watchdog]] as const;
      const nodes = [alpha, { ...bravo, fencing: { levels, after: 'restart' } }] as const;
      const { fencingLevels } = compile({ ...levelsSite, nodes }, agents).cluster.cib;
      expect(fencingLevels.at(-1)).toEqual({
        id: 'level2-bravo',
        target: 'bravo',
        index: 2,
        devices: ['watchdog'],
        onlyCounted: Array.from({ length: times }, () => 'fence1-bravo'),
      });
      const countedSeconds = (1.2 * timeoutMs * (1 + times)) / 1000;
      expect(countedSeconds).toBeGreaterThan((1.2 * timeoutMs) / 1000 + 14);
    },
  );

  it('leave the first node a head start at each level where no witness decides', () => {
    const [alpha, bravo] = twoNodeSite.nodes;
    const fencing = (name: string) =>
      ({ levels: [[ipmi(name)], [outlet('a', name), outlet('b', name)]], after: 'restart' }) as const;
    const nodes = [
      { ...alpha, fencing: fencing('alpha') },
      { ...bravo, fencing: fencing('bravo') },
    ] as const;
    const { resources } = compile({ ...twoNodeSite, nodes }, agents).cluster.cib;
    const waiting = resources.flatMap((each) =>
      each.kind === 'primitive' && each.attributes.pcmk_delay_base !== undefined ? [each.id] : [],
    );
    expect(waiting).toEqual(['fence1-alpha', 'fence2a-alpha']);
  });

  it('put no password into a parameter of an agent', () => {
    const { resources } = compile(levelsSite, agents).cluster.cib;
    const parameters = Object.assign(
      {},
      ...resources.map((each) => (each.kind === 'primitive' ? each.attributes : {})),
    );
    expect(parameters).toMatchObject({
      password_script: expect.stringMatching(/^cat \/etc\/holdfast\/secrets\//),
      snmpset_path: '/usr/lib/holdfast/snmpset-auth.pdu-auth+priv.pdu-priv',
      ipmitool_path: '/usr/lib/holdfast/ipmitool-bmc-alpha',
    });
    expect(Object.keys(parameters)).not.toContain('password');
  });
});

const watchdog = { type: 'watchdog', device: '/dev/watchdog', timeoutMs: 5_000 } as const;

describe('A watchdog', () => {
  it('alone is waited for as long as it takes: what Pacemaker gives a fencing is no shorter', () => {
    const limit = (timeoutMs: number) => {
      const slow = oneDevice({ ...watchdog, timeoutMs });
      const [alpha, bravo] = watchdogSite.nodes;
      const nodes = [
        { ...alpha, fencing: slow },
        { ...bravo, fencing: slow },
      ] as const;
      const { properties } = compile({ ...watchdogSite, nodes }, agents).cluster.cib;
      return [properties['stonith-watchdog-timeout'], properties['stonith-timeout']];
    };
    expect(limit(5_000)).toEqual(['25s', '60s']);
    expect(limit(45_000)).toEqual(['90s', '90s']);
  });

  it('is waited for until a node has surely reset itself, longer than twice its own time', () => {
    const wait = (site: Site) => compile(site, agents).cluster.cib.properties['stonith-watchdog-timeout'];
    expect(wait(memberWitnessSite)).toBe('0');
    // Token 1 s, notice 5 s, watchdog 5 s, margin 3 s.
    expect(wait(levelsSite)).toBe('14s');
    // The cut-off node may wait 7.5 s longer for the vote of qnetd, and SBD wants a watchdog no shorter than that.
    expect(wait(watchdogSite)).toBe('25s');
  });

  it('is set up on the nodes that have one, and its daemon kept away from the others', () => {
    const { hosts } = compile(levelsSite, agents);
    const sbd = hosts.map(({ name, units }) => [name, units.find(({ unit }) => unit === 'sbd.service')]);
    expect(sbd).toEqual([
      ['alpha', { unit: 'sbd.service', enabled: false, running: false }],
      ['bravo', { unit: 'sbd.service', enabled: true, running: 'any' }],
      ['charlie', { unit: 'sbd.service', enabled: false, running: false }],
    ]);
  });

  it('needs nobody to switch the node on again', () => {
    expect(compile(watchdogSite, agents).cluster.cib.alerts).toEqual([]);
    expect(compile(levelsSite, agents).cluster.cib.alerts[0]?.attributes.nodes).toBe('alpha bravo');
  });
});
