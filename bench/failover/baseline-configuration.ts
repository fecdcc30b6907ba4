import { HoldfastError, type ProgressSink, shellQuote, systemClock } from '../../packages/holdfast/src/core/index.ts';
import { healSite, openDrillEnvironment, usualPace } from '../../packages/holdfast/src/drill/index.ts';
import { type Host, type Hosts, openHosts } from '../../packages/holdfast/src/hosts/index.ts';
import { type Lab, openLab } from '../../packages/holdfast/src/lab/index.ts';
import { readSite, type Site } from '../../packages/holdfast/src/site/index.ts';
import { baselineConstraints, baselineCorosyncConf, baselineResources } from './baseline-files.ts';
import type { Configuration } from './configuration.ts';

/** The tutorial's configuration on the same machines: no witness, no fencing. */
export async function setUpBaseline(progress: ProgressSink): Promise<Configuration> {
  const lab = openLab('baseline');
  // A former run may have left anything on it.
  await lab.down(progress);
  await lab.up(progress);
  const site = withoutWitness(await readSite(`${lab.layout.siteDirectory}/site.yaml`));
  await lab.machine('charlie').cutPower();
  const hosts = openHosts(site);
  await install(site, hosts);
  await restart(site, hosts, lab);
  await configure(site, hosts);
  const environment = openDrillEnvironment(site, hosts, systemClock);
  return {
    name: 'baseline',
    site,
    environment,
    // What is not back by itself within a minute is not coming back; then the drill makes it whole.
    pace: { ...usualPace, readyLimitMs: 60_000 },
    async recover() {
      await healSite(site, environment, () => {}).catch(() => undefined);
      await restart(site, hosts, lab);
    },
    async close() {
      await hosts.close();
      await lab.down(progress);
    },
  };
}

function withoutWitness({ witness: _, ...site }: Site): Site {
  const [first, second] = site.nodes;
  return {
    ...site,
    nodes: [
      { ...first, links: [first.links[0]] },
      { ...second, links: [second.links[0]] },
    ],
  };
}

async function install(site: Site, hosts: Hosts): Promise<void> {
  const corosync = baselineCorosyncConf(site);
  const script = `cat >/etc/corosync/corosync.conf
systemctl disable --quiet --now sbd.service || :
systemctl enable --quiet corosync.service pacemaker.service`;
  await Promise.all(hosts.all.map((host) => must(host, script, corosync)));
}

/**
 * Both nodes from the power button on, with a new file system: after a network cut two nodes had the former one mounted at
 * once. Only ever the lab's own disk.
 */
async function restart(site: Site, hosts: Hosts, lab: Lab): Promise<void> {
  const [first, second] = site.nodes;
  for (const { name } of site.nodes) await lab.machine(name).cutPower();
  await lab.machine(first.name).start();
  await lab.machine(first.name).untilReachable(30_000);
  await must(
    hosts.get(first.name),
    // Alone and without quorum, Pacemaker would wait a long time for leave to stop.
    `systemctl kill --signal=KILL pacemaker.service 2>/dev/null || :
systemctl stop pacemaker.service corosync.service
mkfs.ext4 -q -F /dev/holdfast-shared`,
  );
  await lab.machine(second.name).start();
  await lab.machine(second.name).untilReachable(30_000);
  await Promise.all(hosts.all.map((host) => must(host, 'systemctl start corosync.service pacemaker.service')));
}

async function configure(site: Site, hosts: Hosts): Promise<void> {
  const host = hosts.get(site.nodes[0].name);
  const replace = (scope: string, xml: string) => `cibadmin --replace --scope ${scope} --xml-text ${shellQuote(xml)}`;
  await must(
    host,
    `until timeout 2 crmadmin --dc_lookup --quiet >/dev/null 2>&1; do sleep 0.5; done
crm_attribute --name stonith-enabled --update false
${replace('resources', baselineResources(site, 'ledger.service'))}
${replace('constraints', baselineConstraints(site))}`,
  );
}

async function must(host: Host, script: string, stdin = ''): Promise<void> {
  const { exitCode, stderr } = await host.run(`set -eu\n${script}`, { stdin, timeoutMs: 90_000 });
  if (exitCode === 0) return;
  throw new HoldfastError({
    code: 'HF-DRILL-NOT-READY',
    message: `The baseline could not be set up on ${host.name}: ${stderr.trim()}.`,
    remedy: 'Run the benchmark again; it goes on from the results it has.',
    source: 'tool',
  });
}
