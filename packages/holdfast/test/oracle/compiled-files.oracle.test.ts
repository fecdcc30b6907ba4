import { describe, expect, it } from 'vitest';
import { primitivesOf, proposeCib } from '../../src/engines/pacemaker/index.ts';
import { fencingSites } from '../../src/patterns/active-passive/fencing-sites.fixture.ts';
import { sites } from '../../src/patterns/active-passive/sites.fixture.ts';
import { type Blueprint, compile } from '../../src/patterns/index.ts';
import type { Site } from '../../src/site/index.ts';
import { loadAgentTexts } from '../../src/workloads/index.ts';
import { oracleMissing, runInImage } from './image-programs.ts';

const agents = await loadAgentTexts();

describe.skipIf(oracleMissing !== undefined).each(Object.entries({ ...sites, ...fencingSites }))(
  'What %s compiles to',
  (_, site) => {
    const blueprint = compile(site, agents);

    it('is a corosync.conf that Corosync takes', () => {
      expect(runCorosync(textOf(blueprint, '/etc/corosync/corosync.conf'))).toMatchObject({ exitCode: 0 });
    });

    it('is a CIB without an error or warning for Pacemaker, and valid by its schema', () => {
      const verified = verifyCib(cibOf(blueprint), blueprint.cluster.members);
      expect(verified).toMatchObject({ exitCode: 0, said: '' });
    });

    it('uses only parameters that the agents know', () => {
      expect(unknownParameters(blueprint)).toEqual([]);
    });

    it('is units that systemd takes', () => {
      expect(verifyUnits(blueprint, site)).toMatchObject({ exitCode: 0, said: '' });
    });
  },
);

describe.skipIf(oracleMissing !== undefined)('The checkers notice', () => {
  const blueprint = compile(sites.memberWitnessSite, agents);

  it('a corosync.conf with a consensus that is no number', () => {
    const conf = textOf(blueprint, '/etc/corosync/corosync.conf').replace('consensus: 1200', 'consensus: soon');
    expect(runCorosync(conf).said).toContain('totem.consensus');
  });

  it('a CIB with an operation that may not fail as it says', () => {
    const cib = cibOf(blueprint).replace('on-fail="fence"', 'on-fail="shrug"');
    expect(verifyCib(cib, blueprint.cluster.members).said).toContain('Relax-NG validity error');
  });

  it('a CIB with fencing switched on and no device', () => {
    const cib = {
      ...blueprint.cluster.cib,
      resources: blueprint.cluster.cib.resources.filter(({ kind }) => kind === 'group'),
      constraints: [],
    };
    const { members } = blueprint.cluster;
    expect(verifyCib(proposeCib(undefined, cib, members), members).said).toContain(
      'no STONITH resources have been defined',
    );
  });

  it('a parameter that no agent has', () => {
    const [group] = blueprint.cluster.cib.resources.filter((each) => each.kind === 'group');
    const [state] = group?.members ?? [];
    if (state === undefined) throw new Error('the fixture has a group');
    const resources = [{ ...state, attributes: { ...state.attributes, fast_stopp: 'yes' } }];
    const cib = { ...blueprint.cluster.cib, resources };
    expect(unknownParameters({ ...blueprint, cluster: { ...blueprint.cluster, cib } })).toEqual(['state: fast_stopp']);
  });

  it('a drop-in with a setting that systemd does not know', () => {
    const broken = compile(sites.memberWitnessSite, agents);
    const hosts = broken.hosts.map((host) => ({
      ...host,
      files: host.files.map((file) =>
        file.path.endsWith('50-holdfast.conf') && file.content.kind === 'text'
          ? { ...file, content: { ...file.content, text: `${file.content.text}RestartMaybe=no\n` } }
          : file,
      ),
    }));
    expect(verifyUnits({ ...broken, hosts }, sites.memberWitnessSite).said).toContain('RestartMaybe');
  });
});

/** As on the first node: Corosync finds itself in the list by the addresses that the machine has. */
function runCorosync(conf: string) {
  const own = [...conf.matchAll(/ring[0-9]_addr: (\S+11)$/gm)].map(
    ([, address]) => `ip address add ${address}/32 dev lo`,
  );
  return runInImage([...own, 'corosync -t'].join('\n'), {
    // The checker writes where the file says that the daemon shall.
    '/etc/corosync/corosync.conf': conf.replace('to_stderr: no', 'to_stderr: yes'),
    '/etc/corosync/authkey': 'k'.repeat(256),
  });
}

/** crm_verify validates against the schema that the CIB names, the newest here, and lets the scheduler read it with all members up. */
function verifyCib(cib: string, members: readonly string[]) {
  const up = members.map((member) => `--node-up ${member}`).join(' ');
  return runInImage(
    `newest=$(ls /usr/share/pacemaker/pacemaker-[0-9]*.rng | sed 's/.*pacemaker-//; s/.rng$//' | sort -V | tail -n 1)
sed -i "s/validate-with=[^ ]*/validate-with='pacemaker-$newest'/" /tmp/cib.xml
crm_simulate --xml-file /tmp/cib.xml --simulate ${up} --quorum true --save-output /tmp/up.xml >/dev/null &&
crm_verify -V --xml-file /tmp/up.xml`,
    { '/tmp/cib.xml': cib },
  );
}

function cibOf({ cluster }: Blueprint): string {
  return proposeCib(undefined, cluster.cib, cluster.members);
}

/** Every instance attribute that the agent's own metadata does not list; those that begin with pcmk_ are Pacemaker's. */
function unknownParameters({ cluster }: Blueprint): string[] {
  const primitives = cluster.cib.resources.flatMap((each) => primitivesOf(each));
  return primitives.flatMap((primitive) => {
    const known = parametersOf(primitive);
    return Object.keys(primitive.attributes)
      .filter((name) => !name.startsWith('pcmk_') && !known.has(name))
      .map((name) => `${primitive.id}: ${name}`);
  });
}

function parametersOf({
  class: kind,
  provider,
  type,
}: {
  class: string;
  provider?: string;
  type: string;
}): Set<string> {
  const files = {
    '/usr/lib/ocf/resource.d/holdfast/workload': agents.workload,
    '/usr/sbin/fence_holdfast_witness': agents.fenceWitness,
  };
  const script =
    kind === 'stonith'
      ? `${type} -o metadata`
      : `OCF_ROOT=/usr/lib/ocf /usr/lib/ocf/resource.d/${provider}/${type} meta-data`;
  const { exitCode, stdout, said } = runInImage(script, files);
  if (exitCode !== 0) throw new Error(said);
  return new Set([...stdout.matchAll(/<parameter\s+name="([^"]+)"/g)].flatMap(([, name]) => name ?? []));
}

/** With the workloads' own units, which the plant has, standing in as ones that sleep. */
function verifyUnits(blueprint: Blueprint, site: Site) {
  const units = blueprint.hosts
    .flatMap(({ files }) => files)
    .filter(({ path }) => path.startsWith('/etc/systemd/system/') || path.startsWith('/usr/lib/holdfast/'));
  const texts = units.flatMap(({ path, content }) => (content.kind === 'text' ? [[path, content.text]] : []));
  const workloads = site.workloads.map(({ unit }) => [
    `/etc/systemd/system/${unit}`,
    '[Service]\nExecStart=/bin/sleep inf\n',
  ]);
  const names = [
    ...site.workloads.map(({ unit }) => unit),
    ...site.workloads.map(({ name }) => `holdfast-crash@${name}.service`),
  ];
  return runInImage(`systemd-analyze verify --man=no ${names.join(' ')}`, Object.fromEntries([...workloads, ...texts]));
}

function textOf({ hosts }: Blueprint, path: string): string {
  const file = hosts.flatMap(({ files }) => files).find((each) => each.path === path);
  if (file?.content.kind !== 'text') throw new Error(`${path} is no text of the blueprint`);
  return file.content.text;
}
