import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { stringify } from 'yaml';
import { createIdentity, initSecrets, setSecret } from '../secrets/index.ts';
import { readSite } from '../site/index.ts';
import type { BmcAccounts } from './bmc/credentials.ts';
import {
  baseAddress,
  dataDevice,
  type LabLayout,
  type MachineName,
  machineAddress,
  machineNames,
  namespacePath,
  nodeNames,
  prefixLength,
  sharedDevicePath,
  virtualAddress,
} from './layout.ts';
import { hostPublicKey } from './machine-files.ts';
import { siteFencing } from './site-fencing.ts';
import { type LabState, writeWhole } from './state.ts';

/** Writes the site file of the lab and what it refers to, as the operator of a plant would have them in one folder. */
export async function writeSiteFolder(layout: LabLayout, state: LabState, accounts: BmcAccounts): Promise<void> {
  const directory = layout.siteDirectory;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeWhole(`${directory}/site.yaml`, siteFile(layout, state, accounts));
  await writeWhole(`${directory}/ssh_config`, sshConfig(layout, state));
  const keys = await Promise.all(machineNames.map(async (name) => `${name} ${await hostPublicKey(layout, name)}`));
  await writeWhole(`${directory}/known_hosts`, `${keys.join('\n')}\n`);
  await copyFile(`${layout.bmcDirectory}/tls/ca.pem`, `${directory}/bmc-ca.pem`);
  await writeSecrets(layout, accounts);
}

/** Makes the identity and the secrets of the site: Corosync's key, and the passwords that the BMC takes. What is there stays. */
async function writeSecrets(layout: LabLayout, accounts: BmcAccounts): Promise<void> {
  const siteFile = `${layout.siteDirectory}/site.yaml`;
  const identity = `${layout.siteDirectory}/identity.txt`;
  if (!existsSync(identity)) {
    await createIdentity(identity);
  }
  const site = await readSite(siteFile);
  // Without an environment: the lab has an identity of its own, whatever the user's is.
  const { missing } = await initSecrets(siteFile, site, {}, randomBytes);
  for (const node of nodeNames) {
    const name = bmcSecretName(node);
    if (missing.some((secret) => secret.name === name)) {
      await setSecret(siteFile, site, name, accounts[node].password, {});
    }
  }
}

function bmcSecretName(node: MachineName): string {
  return `bmc-${node}`;
}

/** The text of the site file of a lab. */
export function siteFile(layout: LabLayout, state: LabState, accounts: BmcAccounts): string {
  const { rto, timing, start, stop, probe, rate } = pace(state);
  const links = (machine: MachineName) => [machineAddress(machine, 'plant'), machineAddress(machine, 'ring')];
  const site = {
    version: 1,
    name: layout.instance,
    objectives: { rto, rpo: '0s' },
    pattern: 'active-passive',
    timing,
    ssh: { config: './ssh_config' },
    nodes: nodeNames.map((node) => ({
      name: node,
      ssh: node,
      links: links(node),
      fencing: siteFencing(state, node, accounts, bmcSecretName(node)),
    })),
    witness: { kind: 'member', name: 'charlie', ssh: 'charlie', links: links('charlie') },
    address: `${virtualAddress}/${prefixLength}`,
    // Where the clients stand.
    reach: [baseAddress('plant')],
    state: { ...stateDevice(state), filesystem: 'ext4', mount: '/srv/state' },
    workloads: [
      {
        name: 'ledger',
        unit: 'ledger.service',
        start,
        stop,
        probe: { http: 'http://127.0.0.1:8080/health', ...probe },
      },
    ],
    drill: { lab: true, 'client-namespace': layout.baseNamespace, target: { kind: 'ledger', port: 8080, rate } },
  };
  return `# Made by \`holdfast lab up\`: the site of the lab on this computer.\n${stringify(site, { aliasDuplicateObjects: false })}`;
}

/** Containers run this computer's kernel, which need not have DRBD. */
function stateDevice(state: LabState) {
  return state.machines === 'vm'
    ? { type: 'drbd', disk: dataDevice.path }
    : { type: 'shared-block', device: sharedDevicePath };
}

/**
 * What the lab's machines hold. A replicated state is told of everything and promoted, which takes its time (docs/budget.md), and
 * a lost passive node holds the ledger's writes, and with them its answers, until it is fenced. Three emulated processors share
 * this computer's. fence_ipmilan lets two seconds pass before it looks whether the machine is off, and begins three sessions.
 */
function pace(state: LabState) {
  const isIpmi = state.bmc === 'ipmi';
  if (state.machines === 'containers') {
    const probe = { every: '2s', timeout: '2s' };
    return { rto: isIpmi ? '15s' : '10s', timing: 'lan', start: '30s', stop: '3s', probe, rate: 50 };
  }
  if (state.accelerator === 'kvm') {
    const patient = isIpmi
      ? { rto: '27s', stop: '12s', probe: { every: '2s', timeout: '11s' } }
      : { rto: '20s', stop: '9s', probe: { every: '2s', timeout: '8s' } };
    return { ...patient, timing: 'lan', start: '30s', rate: 50 };
  }
  const patient = isIpmi
    ? { rto: '220s', start: '90s', stop: '90s', probe: { every: '15s', timeout: '85s' } }
    : { rto: '150s', start: '60s', stop: '60s', probe: { every: '15s', timeout: '55s' } };
  return { ...patient, timing: { token: '5s', slowness: 10 }, rate: 5 };
}

/**
 * The machines are reached from inside the lab's namespace. `nc` is the image's own, so this computer needs none. The
 * post-quantum key exchange that is OpenSSH's default costs a third of a second here.
 */
function sshConfig(layout: LabLayout, state: LabState): string {
  const directory = layout.siteDirectory;
  const nc = state.machines === 'vm' ? `${state.imageDirectory}/busybox nc` : `--root=${state.imageRoot} --wd=/ nc`;
  const hosts = machineNames.map(
    (machine) => `Host ${machine}\n  HostName ${machineAddress(machine, 'mgmt')}\n  HostKeyAlias ${machine}\n`,
  );
  return `${hosts.join('')}Host ${machineNames.join(' ')}
  User root
  IdentityFile ${directory}/id_ed25519
  IdentitiesOnly yes
  UserKnownHostsFile ${directory}/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  KexAlgorithms curve25519-sha256
  ConnectTimeout ${state.machines === 'vm' ? 60 : 5}
  ProxyCommand nsenter --net=${namespacePath(layout.baseNamespace)} ${nc} %h %p
`;
}
