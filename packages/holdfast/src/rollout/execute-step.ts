import { shellQuote } from '../core/index.ts';
import type { Hosts } from '../hosts/index.ts';
import { recordPath } from './facts.ts';
import { sbdUnit } from './plan-sbd.ts';
import { type Secrets, secretBytes } from './secret-digests.ts';
import type { SbdDelay, Step } from './step.ts';
import { awaitSync } from './steps/await-sync.ts';
import {
  reloadCorosync,
  removeCluster,
  restartCluster,
  startCluster,
  stopResources,
  waitUntilSettled,
} from './steps/cluster.ts';
import { enrolQdevice } from './steps/enrol-qdevice.ts';
import { makeFileSystem } from './steps/file-system.ts';
import { removeFile, writeFile, writeHostRecord } from './steps/files.ts';
import { installPackages } from './steps/packages.ts';
import { replaceCib } from './steps/replace-cib.ts';
import { adjustReplica, joinReplica, makeReplicaEnd, makeReplicaFileSystem, seedReplica } from './steps/replica.ts';
import { runScript } from './steps/run-script.ts';
import { changeUnits, reloadUnits, updateCertificates } from './steps/units.ts';

/** What the executors of steps need. */
export interface Execution {
  readonly hosts: Hosts;
  readonly secrets: Secrets;
  /** Is told how far a long step is. */
  readonly tell: (text: string) => void;
  /** Gives up waiting for the cluster; what changes a machine is finished. */
  readonly signal?: AbortSignal;
}

/** Does one step. Throws HoldfastError. */
export async function executeStep(step: Step, { hosts, secrets, tell, signal }: Execution): Promise<void> {
  switch (step.kind) {
    case 'record':
      return writeHostRecord(hosts.get(step.host), step.record);
    case 'install-packages':
      return installPackages(hosts.get(step.host), step.packages);
    case 'make-directory':
      await runScript(
        hosts.get(step.host),
        `make ${step.path} on ${step.host}`,
        `mkdir -p -m 755 -- ${shellQuote(step.path)}`,
      );
      return;
    case 'write-file': {
      const content = step.content.kind === 'text' ? step.content.text : secretBytes(step.content, secrets);
      return writeFile(hosts.get(step.host), { path: step.path, mode: step.mode, content });
    }
    case 'remove-file':
      return removeFile(hosts.get(step.host), step.path);
    case 'daemon-reload':
      return reloadUnits(hosts.get(step.host));
    case 'update-ca-certificates':
      return updateCertificates(hosts.get(step.host), step.after);
    case 'enable-units':
      return changeUnits(hosts.get(step.host), 'enable', step.units);
    case 'disable-units':
      return changeUnits(hosts.get(step.host), 'disable', step.units);
    case 'disable-sbd':
      return changeUnits(hosts.get(step.host), 'disable', [sbdUnit]);
    case 'start-unit':
      return changeUnits(hosts.get(step.host), 'start', [step.unit]);
    case 'stop-unit':
      return changeUnits(hosts.get(step.host), 'stop', [step.unit]);
    case 'restart-qnetd':
      await runScript(hosts.get(step.host), 'restart corosync-qnetd', 'systemctl restart corosync-qnetd.service');
      return;
    case 'make-file-system':
      return makeFileSystem(step, hosts);
    case 'make-replica-end':
      return makeReplicaEnd(step, hosts);
    case 'join-replica':
      return joinReplica(step, hosts);
    case 'seed-replica':
      return seedReplica(step, hosts);
    case 'make-replica-file-system':
      return makeReplicaFileSystem(step, hosts);
    case 'await-sync':
      return awaitSync(step, hosts, tell, signal);
    case 'adjust-replica':
      return adjustReplica(hosts.get(step.host), step.resource, step.minor);
    case 'enrol-qdevice':
      return enrolQdevice(step, hosts);
    case 'start-cluster':
      return startCluster({
        hosts,
        starting: step.hosts,
        members: step.members,
        ...startOptions(step, signal),
      });
    case 'reload-corosync':
      return reloadCorosync(hosts, step.members);
    case 'restart-cluster':
      await restartCluster(hosts, step.members, step.isEmpty, startOptions(step, signal));
      if (step.last !== undefined) await waitUntilSettled(hosts, step.members, signal);
      return;
    case 'replace-cib':
      return replaceCib(hosts, step.members, step.cib, step.seen);
    case 'wait-until-settled':
      return waitUntilSettled(hosts, step.members, signal);
    case 'stop-resources':
      return stopResources(hosts, step.members, signal);
    case 'remove-cluster':
      return removeCluster(hosts, step.members);
    case 'forget':
      await runScript(
        hosts.get(step.host),
        `forget what was applied on ${step.host}`,
        `rm -f ${recordPath}; rmdir /var/lib/holdfast /etc/holdfast 2>/dev/null; exit 0`,
      );
      return;
  }
}

function startOptions({ sbdDelayMs }: SbdDelay, signal: AbortSignal | undefined) {
  return { ...(sbdDelayMs === undefined ? {} : { sbdDelayMs }), ...(signal === undefined ? {} : { signal }) };
}
