import { shellQuote } from '../../core/index.ts';
import type { Hosts } from '../../hosts/index.ts';
import { qdeviceCertificatePath } from '../plan-cluster.ts';
import type { EnrolQdeviceStep } from '../step.ts';
import { runScript } from './run-script.ts';

const nodeDatabase = '/etc/corosync/qdevice/net/nssdb';

/**
 * corosync-qdevice-net-certutil(8), "how to use": the qnetd host's authority certificate goes to every node, the first node asks
 * for a certificate of the cluster, the qnetd host signs it, and the first node shares it with the others. Begun from the start
 * each time; certificates and keys go through standard input.
 */
export async function enrolQdevice(step: EnrolQdeviceStep, hosts: Hosts): Promise<void> {
  const [first, ...others] = step.nodes;
  if (first === undefined) return;
  const authority = hosts.get(step.host);
  const cluster = shellQuote(step.clusterName);
  const what = `give ${step.nodes.join(', ')} certificates of ${step.host}`;
  const onto = async (name: string, script: string, input?: string) =>
    (await runScript(hosts.get(name), what, script, input === undefined ? {} : { stdin: input })).stdout;

  const authorityCertificate = await onto(
    authority.name,
    `[ -e /etc/corosync/qnetd/nssdb/cert9.db ] || corosync-qnetd-certutil -i >&2; base64 -w0 /etc/corosync/qnetd/nssdb/qnetd-cacert.crt`,
  );
  for (const node of step.nodes) {
    const script = `rm -rf ${nodeDatabase}; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
base64 -d >"$d/ca.crt" && corosync-qdevice-net-certutil -i -c "$d/ca.crt" >&2`;
    await onto(node, script, authorityCertificate);
  }
  const request = await onto(
    first,
    `corosync-qdevice-net-certutil -r -n ${cluster} >&2 && base64 -w0 ${nodeDatabase}/qdevice-net-node.crq`,
  );
  const certificate = await onto(
    authority.name,
    `d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; base64 -d >"$d/node.crq" &&
corosync-qnetd-certutil -s -c "$d/node.crq" -n ${cluster} >&2 && base64 -w0 /etc/corosync/qnetd/nssdb/cluster-${cluster}.crt`,
    request,
  );
  const shared = await onto(
    first,
    `d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; base64 -d >"$d/cluster.crt" &&
corosync-qdevice-net-certutil -M -c "$d/cluster.crt" >&2 && base64 -w0 ${qdeviceCertificatePath}`,
    certificate,
  );
  for (const node of others) {
    const script = `umask 077; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; base64 -d >"$d/node.p12" &&
corosync-qdevice-net-certutil -m -c "$d/node.p12" >&2 && install -m 600 "$d/node.p12" ${qdeviceCertificatePath}`;
    await onto(node, script, shared);
  }
}
