import { HoldfastError, type ProgressSink, shellQuote, systemClock } from '../../packages/holdfast/src/core/index.ts';
import { healSite, openDrillEnvironment, paceFor } from '../../packages/holdfast/src/drill/index.ts';
import { type Host, type Hosts, openHosts } from '../../packages/holdfast/src/hosts/index.ts';
import { type Lab, type MachineKindName, openLab } from '../../packages/holdfast/src/lab/index.ts';
import { readSite, type Site } from '../../packages/holdfast/src/site/index.ts';
import {
  baselineConstraints,
  baselineCorosyncConf,
  baselineDrbdResource,
  baselineResources,
} from './baseline-files.ts';
import type { Configuration } from './configuration.ts';

/** The tutorial's configuration on the same machines: no witness, no fencing. */
export async function setUpBaseline(progress: ProgressSink, machines: MachineKindName): Promise<Configuration> {
  const lab = openLab('baseline');
  // A former run may have left anything on it.
  await lab.down(progress);
  await lab.up(progress, { machines });
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
    pace: { ...paceFor(site), readyLimitMs: machines === 'vm' ? 300_000 : 60_000 },
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

const bootLimitMs = 300_000;

/**
 * Both nodes from the power button on, with a new file system: after a network cut two nodes had the former one mounted at
 * once, or wrote to both ends of DRBD. Only ever the lab's own disks.
 */
async function restart(site: Site, hosts: Hosts, lab: Lab): Promise<void> {
  const [first, second] = site.nodes;
  for (const { name } of site.nodes) await lab.machine(name).cutPower();
  if (site.state.type === 'drbd') {
    await restartReplica(site, hosts, lab);
    return;
  }
  await lab.machine(first.name).start();
  await lab.machine(first.name).untilReachable(bootLimitMs);
  await must(
    hosts.get(first.name),
    `${leaveCluster}
mkfs.ext4 -q -F /dev/holdfast-shared`,
  );
  await lab.machine(second.name).start();
  await lab.machine(second.name).untilReachable(bootLimitMs);
  await Promise.all(hosts.all.map((host) => must(host, 'systemctl start corosync.service pacemaker.service')));
}

/** Alone and without quorum, Pacemaker would wait a long time for leave to stop. */
const leaveCluster = `systemctl kill --signal=KILL pacemaker.service 2>/dev/null || :
systemctl stop pacemaker.service corosync.service`;

async function restartReplica(site: Site, hosts: Hosts, lab: Lab): Promise<void> {
  const resource = baselineDrbdResource(site);
  await Promise.all(
    site.nodes.map(async ({ name }) => {
      await lab.machine(name).start();
      await lab.machine(name).untilReachable(bootLimitMs);
      await must(hosts.get(name), `cat >/etc/drbd.d/state.res\n${leaveCluster}\ndrbdadm down state || :`, resource);
      await must(hosts.get(name), 'drbdadm create-md --force state\ndrbdadm up state');
    }),
  );
  await must(
    hosts.get(site.nodes[0].name),
    `timeout 60 drbdadm wait-connect state
drbdadm -- --clear-bitmap new-current-uuid state
drbdadm primary state
mkfs.ext4 -q -F /dev/drbd0
drbdadm secondary state`,
  );
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
  const { exitCode, stderr } = await host.run(`set -eu\n${script}`, { stdin, timeoutMs: 300_000 });
  if (exitCode === 0) return;
  throw new HoldfastError({
    code: 'HF-DRILL-NOT-READY',
    message: `The baseline could not be set up on ${host.name}: ${stderr.trim()}.`,
    remedy: 'Run the benchmark again; it goes on from the results it has.',
    source: 'tool',
  });
}
