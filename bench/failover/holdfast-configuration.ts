import { randomUUID } from 'node:crypto';
import { type ProgressSink, systemClock } from '../../packages/holdfast/src/core/index.ts';
import { healSite, openDrillEnvironment, paceFor } from '../../packages/holdfast/src/drill/index.ts';
import { openHosts } from '../../packages/holdfast/src/hosts/index.ts';
import { type MachineKindName, openLab } from '../../packages/holdfast/src/lab/index.ts';
import { openRollout } from '../../packages/holdfast/src/rollout/index.ts';
import { openSecrets } from '../../packages/holdfast/src/secrets/index.ts';
import { readSite } from '../../packages/holdfast/src/site/index.ts';
import type { Configuration } from './configuration.ts';

/** What `holdfast lab up` and `holdfast apply` make, nothing else. */
export async function setUpHoldfast(progress: ProgressSink, machines: MachineKindName): Promise<Configuration> {
  const lab = openLab('bench');
  await lab.up(progress, { machines });
  const siteFile = `${lab.layout.siteDirectory}/site.yaml`;
  const site = await readSite(siteFile);
  await using rollout = await openRollout({
    site,
    secrets: await openSecrets(siteFile, process.env),
    fileSystemUuid: randomUUID(),
    clock: systemClock,
    operator: 'the benchmark',
  });
  for await (const event of rollout.apply(await rollout.plan())) progress(event);
  const hosts = openHosts(site);
  const environment = openDrillEnvironment(site, hosts, systemClock);
  return {
    name: 'holdfast',
    site,
    environment,
    pace: paceFor(site),
    recover: () => healSite(site, environment, () => {}),
    async close() {
      await hosts.close();
      await lab.down(progress);
    },
  };
}
