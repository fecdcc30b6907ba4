import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { descendants, parseXml, primitivesOf, proposeCib, writeCib } from '../../engines/pacemaker/index.ts';
import type { Site } from '../../site/index.ts';
import { agentPaths } from '../../workloads/index.ts';
import type { Blueprint, HostSpec } from '../blueprint.ts';
import { compile } from './compile.ts';
import {
  agents,
  memberWitnessSite,
  noFencingSite,
  oneDevice,
  qnetdSite,
  redfish,
  replicatedSite,
  sites,
  twoNodeSite,
} from './sites.fixture.ts';

describe.each(Object.entries(sites))('%s', (name, site) => {
  const blueprint = compile(site, agents);
  const golden = (file: string) => `./golden/${name}/${file}`;

  it('compiles to the cluster configuration in its golden file', async () => {
    await expect(writeCib(blueprint.cluster.cib)).toMatchFileSnapshot(golden('cib.xml'));
  });

  it('compiles to the machines in its golden file', async () => {
    const machines = {
      ...blueprint,
      cluster: { ...blueprint.cluster, cib: 'cib.xml' },
      hosts: blueprint.hosts.map(withoutTexts),
    };
    await expect(`${JSON.stringify(machines, null, 2)}\n`).toMatchFileSnapshot(golden('machines.json'));
  });

  it('compiles to the files in its golden folder', async () => {
    for (const [path, text] of generatedTexts(blueprint))
      await expect(text).toMatchFileSnapshot(golden(`files${path}`));
  });

  it('gives every machine that has a file the same text of it', () => {
    const texts = blueprint.hosts.flatMap(({ files }) =>
      files.flatMap(({ path, content }) => (content.kind === 'text' ? [`${path}\n${content.text}`] : [])),
    );
    const paths = blueprint.hosts.flatMap(({ files }) =>
      files.flatMap(({ path, content }) => (content.kind === 'text' ? [path] : [])),
    );
    expect(new Set(texts).size).toBe(new Set(paths).size);
  });

  it('gives ids that are unique in the cluster configuration', () => {
    const ids = [...descendants(parseXml(writeCib(blueprint.cluster.cib)))].flatMap(
      ({ attributes }) => attributes.id ?? [],
    );
    expect(ids.length).toBeGreaterThan(20);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('keeps every secret out of the blueprint, and its file for root alone', () => {
    const secrets = blueprint.hosts.flatMap(({ files }) => files.filter(({ content }) => content.kind === 'secret'));
    expect(secrets.length).toBeGreaterThan(0);
    expect(secrets.filter(({ mode }) => mode !== 0o600)).toEqual([]);
  });
});

describe('The active group', () => {
  it('never runs on a witness, and is not even looked for there', () => {
    const { constraints } = compile(memberWitnessSite, agents).cluster.cib;
    expect(constraints).toContainEqual(
      expect.objectContaining({ resource: 'active', node: 'charlie', score: '-INFINITY', discovery: 'never' }),
    );
    const others = constraints.filter(({ id }) => id !== 'active-never-on-charlie');
    expect(others.filter((each) => each.kind === 'location' && each.resource === 'active')).toEqual([]);
  });

  it('fences a node that cannot stop it, or blocks where nothing can fence', () => {
    expect(stopFailures(compile(memberWitnessSite, agents))).toEqual(['fence', 'fence', 'fence', 'fence']);
    expect(stopFailures(compile(noFencingSite, agents))).toEqual(['block', 'block', 'block', 'block']);
  });
});

describe('Fencing', () => {
  it('is never done by the member it kills', () => {
    for (const site of [memberWitnessSite, qnetdSite, twoNodeSite]) {
      const { cib } = compile(site, agents).cluster;
      for (const { id } of cib.resources.filter((each) => each.kind === 'primitive')) {
        const node = id.replace('fence-', '');
        expect(cib.constraints).toContainEqual({
          kind: 'location',
          id: `${id}-never-on-${node}`,
          resource: id,
          node,
          score: '-INFINITY',
        });
      }
    }
  });

  it('confirms a lost witness, or the site would stand still until it is back', () => {
    const blueprint = compile(memberWitnessSite, agents);
    expect(blueprint.cluster.cib.resources.map(({ id }) => id)).toContain('fence-charlie');
    expect(blueprint.hosts.map((host) => host.files.some(({ path }) => path === agentPaths.fenceWitness))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('waits for one node only, and only where no witness decides', () => {
    const delays = (blueprint: Blueprint) =>
      blueprint.cluster.cib.resources.map((each) =>
        each.kind === 'primitive' ? each.attributes.pcmk_delay_base : undefined,
      );
    expect(delays(compile(twoNodeSite, agents))).toEqual(['3s', undefined, undefined]);
    expect(delays(compile(memberWitnessSite, agents)).every((delay) => delay === undefined)).toBe(true);
    expect(compile(twoNodeSite, agents).cluster.cib.properties['priority-fencing-delay']).toBe('6s');
    expect(compile(qnetdSite, agents).cluster.cib.properties).not.toHaveProperty('priority-fencing-delay');
  });

  it('is off as a whole when one node cannot be fenced', () => {
    const [alpha, bravo] = memberWitnessSite.nodes;
    const { fencing: _, ...unfenced } = bravo;
    const blueprint = compile({ ...memberWitnessSite, nodes: [alpha, unfenced] }, agents);
    expect(blueprint.cluster.cib.properties['stonith-enabled']).toBe('false');
    expect(blueprint.cluster.cib.resources.map(({ id }) => id)).toEqual(['active']);
  });
});

it('An IPv6 address of a fencing device stands in brackets, as the agent puts it into a URL', () => {
  const [alpha, bravo] = memberWitnessSite.nodes;
  const nodes = [{ ...alpha, fencing: oneDevice(redfish('alpha', { address: 'fd00::9' })) }, bravo] as const;
  expect(compile({ ...memberWitnessSite, nodes }, agents).cluster.cib.resources[0]).toMatchObject({
    attributes: { ip: '[fd00::9]' },
  });
});

it('Whatever a person may write into a value arrives in Pacemaker as it was written', () => {
  const value = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => !/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(text));
  fc.assert(
    fc.property(value, value, (username, device) => {
      const [alpha, bravo] = memberWitnessSite.nodes;
      const site = {
        ...memberWitnessSite,
        nodes: [{ ...alpha, fencing: oneDevice(redfish('alpha', { username })) }, bravo] as const,
        state: { ...memberWitnessSite.state, device },
      };
      const { cib, members } = compile(site, agents).cluster;
      const values = [...descendants(parseXml(proposeCib(undefined, cib, members)))].map(
        ({ attributes }) => attributes.value,
      );
      expect(values).toContain(username);
      expect(values).toContain(device);
    }),
  );
});

function withoutTexts(host: HostSpec) {
  return {
    ...host,
    files: host.files.map(({ path, mode, content, onChange }) => ({
      path,
      mode: mode.toString(8).padStart(4, '0'),
      content: content.kind === 'text' ? 'text' : `secret ${content.secret} (${content.encoding})`,
      onChange,
    })),
  };
}

/** The texts that this folder's code makes; the agents are read from files of their own. */
function generatedTexts({ hosts }: Blueprint): Map<string, string> {
  const agentFiles: readonly string[] = Object.values(agentPaths);
  return new Map(
    hosts.flatMap(({ files }) =>
      files.flatMap(({ path, content }): [string, string][] =>
        content.kind === 'text' && !agentFiles.includes(path) ? [[path, content.text]] : [],
      ),
    ),
  );
}

function stopFailures({ cluster }: Blueprint): (string | undefined)[] {
  return cluster.cib.resources.flatMap((each) =>
    each.kind === 'group'
      ? each.members.map(({ operations }) => operations.find(({ name }) => name === 'stop')?.onFail)
      : [],
  );
}

describe('A replicated state', () => {
  const blueprint = compile(replicatedSite, agents);
  const { constraints } = blueprint.cluster.cib;
  const files = (host: string, kernels = {}) =>
    compile(replicatedSite, agents, { kernels }).hosts.find(({ name }) => name === host)?.files ?? [];

  it('is promoted before anything is mounted, and mounted only where it is promoted', () => {
    expect(constraints).toContainEqual(
      expect.objectContaining({ kind: 'order', first: 'replica', firstAction: 'promote', next: 'active' }),
    );
    expect(constraints).toContainEqual(
      expect.objectContaining({ resource: 'active', with: 'replica', withRole: 'Promoted', score: 'INFINITY' }),
    );
  });

  it('is written for each node in the dialect of its own kernel', () => {
    const resource = (host: string, kernels = {}) => {
      const content = files(host, kernels).find(({ path }) => path === '/etc/drbd.d/state.res')?.content;
      return content?.kind === 'text' ? content.text : '';
    };
    expect(resource('alpha')).not.toContain('node-id');
    expect(resource('alpha', { bravo: '9' })).not.toContain('node-id');
    expect(resource('bravo', { bravo: '9' })).toContain('node-id');
  });

  it('checks every write on its way only where the site asks for it', () => {
    const asked = { ...replicatedSite, state: { ...replicatedSite.state, integrity: 'crc32c' } } as Site;
    const integrity = (site: Site) => JSON.stringify(compile(site, agents).hosts).match(/data-integrity-alg \w+/)?.[0];
    expect([integrity(replicatedSite), integrity(asked)]).toEqual([undefined, 'data-integrity-alg crc32c']);
  });

  it('has its secret in a file of its own, for root alone', () => {
    const secret = files('alpha').find(({ content }) => content.kind === 'secret' && content.secret.startsWith('drbd'));
    expect(secret).toMatchObject({ path: '/etc/drbd.d/holdfast-secret.res', mode: 0o600 });
  });

  it('lets no shared device be named, and leaves the starting of DRBD to the cluster', () => {
    const [alpha] = blueprint.hosts;
    expect(alpha?.devices).toEqual([]);
    expect(alpha?.units).toContainEqual({ unit: 'drbd.service', enabled: false, running: 'any' });
    expect(blueprint.replica?.ends).toEqual([
      { host: 'alpha', disk: '/dev/disk/by-partlabel/state' },
      { host: 'bravo', disk: '/dev/vg0/state' },
    ]);
  });
});

describe('Addresses to reach', () => {
  const watching = { ...memberWitnessSite, reach: ['10.77.1.1'] };

  it('are pinged on both nodes and never on the witness, and draw the group to where more of them answer', async () => {
    const { cib } = compile(watching, agents).cluster;
    expect(cib.resources.find(({ id }) => id === 'reach')).toMatchObject({
      kind: 'clone',
      member: { type: 'ping', attributes: { host_list: '10.77.1.1', name: 'holdfast-reach' } },
    });
    expect(cib.constraints).toContainEqual(
      expect.objectContaining({ resource: 'reach', node: 'charlie', score: '-INFINITY', discovery: 'never' }),
    );
    expect(cib.constraints).toContainEqual(
      expect.objectContaining({ kind: 'location-rule', resource: 'active', scoreAttribute: 'holdfast-reach' }),
    );
  });

  it('weigh more than everything that holds the group where it is, and never as much as infinity', () => {
    const { cib } = compile(watching, agents).cluster;
    const ping = cib.resources.flatMap((each) => primitivesOf(each)).find(({ type }) => type === 'ping');
    const score = Number(ping?.attributes.multiplier);
    const stickiness = Number(cib.resourceDefaults['resource-stickiness']);
    const group = cib.resources.find(({ id }) => id === 'active');
    expect(score).toBeGreaterThan(stickiness * (group === undefined ? 0 : primitivesOf(group).length));
    expect(8 * score).toBeLessThan(1_000_000);
  });

  it('are nothing that costs anything where none is named', () => {
    expect(compile(memberWitnessSite, agents).cluster.cib.resources.map(({ id }) => id)).not.toContain('reach');
  });
});
