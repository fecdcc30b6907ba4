import { HoldfastError } from '../../core/index.ts';
import type { Hosts } from '../../hosts/index.ts';
import { unmaskScript } from './packages.ts';
import { runScript } from './run-script.ts';

const startTimeoutMs = 120_000;

/** `sbdDelayMs`: how long SBD waits before Pacemaker may start after it. */
interface StartOptions {
  readonly sbdDelayMs?: number;
  readonly signal?: AbortSignal;
}

const joinTimeoutSeconds = 90;

/**
 * Starts Corosync and Pacemaker on `starting` at the same time and waits until every member is in the cluster and it has
 * quorum. Throws HF-APPLY-CLUSTER-START with the last journal lines of a member that is missing.
 */
export async function startCluster(
  options: {
    readonly hosts: Hosts;
    readonly starting: readonly string[];
    readonly members: readonly string[];
  } & StartOptions,
): Promise<void> {
  const { hosts, starting, members, sbdDelayMs = 0, signal } = options;
  const timeoutMs = startTimeoutMs + sbdDelayMs;
  const script = `${unmaskScript}
${seedScript}
systemctl start corosync.service && systemctl start pacemaker.service`;
  await Promise.all(
    starting.map((name) => runScript(hosts.get(name), `start the cluster on ${name}`, script, { timeoutMs })),
  );
  await waitForMembers(hosts, members, signal);
}

/**
 * A cluster that starts for the first time waits for a coordinator to show itself, by default for 20 s (dc-deadtime), and there
 * can be none. So its first configuration holds a short wait, and nothing else: no resource that could start and no device that
 * could fence. Pacemaker takes a file without a signature.
 */
const seedScript = `store=/var/lib/pacemaker/cib
if ! ls "$store"/cib* >/dev/null 2>&1; then
  cibadmin --empty >"$store/.holdfast.new" &&
    CIB_file="$store/.holdfast.new" crm_attribute --type crm_config --name dc-deadtime --update 1s &&
    chown hacluster:haclient "$store/.holdfast.new" && chmod 600 "$store/.holdfast.new" && mv "$store/.holdfast.new" "$store/cib.xml"
  rm -f "$store"/.holdfast.new*
fi`;

async function waitForMembers(
  hosts: Hosts,
  members: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const [first] = members;
  if (first === undefined) return;
  const script = `deadline=$(($(date +%s) + ${joinTimeoutSeconds}))
while [ "$(date +%s)" -lt "$deadline" ]; do
  seen=$(timeout 5 crm_mon --one-shot --output-as=xml 2>/dev/null)
  if printf %s "$seen" | grep -q '<current_dc present="true"[^>]*with_quorum="true"' &&
    [ "$(printf %s "$seen" | grep -c '<node name=.*online="true".*pending="false"')" -ge ${members.length} ]; then exit 0; fi
  sleep 0.1
done
printf %s "$seen" | sed -n 's/.*<node name="\\([^"]*\\)".*online="true".*pending="false".*/\\1/p'
exit 3`;
  const { exitCode, stdout } = await hosts.get(first).run(script, {
    timeoutMs: (joinTimeoutSeconds + 15) * 1000,
    ...(signal === undefined ? {} : { signal }),
  });
  if (exitCode === 0) return;
  const joined = stdout.split('\n');
  const missing = members.filter((member) => !joined.includes(member));
  const journals = await Promise.all(missing.map((member) => journalOf(hosts, member)));
  throw new HoldfastError({
    code: 'HF-APPLY-CLUSTER-START',
    message: `After ${joinTimeoutSeconds} s the cluster has no quorum or lacks ${missing.join(', ') || 'a coordinator'}. ${journals.join(' ')}`,
    remedy:
      'Check that the Corosync addresses reach each other (UDP 5405 and following) and that the clocks and keys agree, then apply again.',
    source: 'site',
  });
}

async function journalOf(hosts: Hosts, member: string): Promise<string> {
  const script = 'journalctl --boot --no-pager --output=cat --priority=warning --lines=4 -u corosync -u pacemaker';
  const { stdout } = await hosts.get(member).run(script);
  return `${member}: ${stdout.trim().replaceAll('\n', ' / ') || 'no warnings in its journal'}.`;
}

/** Tells Corosync everywhere to read its configuration again; one member passes it on to all. */
export async function reloadCorosync(hosts: Hosts, members: readonly string[]): Promise<void> {
  const [first] = members;
  if (first === undefined) return;
  await runScript(hosts.get(first), 'let Corosync read its configuration again', 'corosync-cfgtool -R', {
    timeoutMs: 30_000,
  });
}

/** The property set that holds maintenance mode meanwhile. A later apply takes away what an interrupted one has left. */
const restartSet = 'holdfast-restart';

/**
 * Pacemaker is told to let go of everything that runs (maintenance mode), stopped and started on all members at once, and told to
 * take over again: workloads are not touched, and not watched meanwhile. All at once, because members with an old and a new
 * configuration could not see each other, and one half would fence the other. `isEmpty`: there is nothing to let go of.
 */
export async function restartCluster(
  hosts: Hosts,
  members: readonly string[],
  isEmpty: boolean,
  start: StartOptions = {},
): Promise<void> {
  const [first] = members;
  if (first === undefined) return;
  const everywhere = (what: string, script: string) =>
    Promise.all(
      members.map((name) => runScript(hosts.get(name), `${what} on ${name}`, script, { timeoutMs: startTimeoutMs })),
    );
  const restart = async () => {
    await everywhere('stop Pacemaker', 'systemctl stop pacemaker.service');
    await everywhere('stop Corosync', 'systemctl stop corosync.service');
    await startCluster({ hosts, starting: members, members, ...start });
  };
  if (isEmpty) return restart();
  await runScript(
    hosts.get(first),
    'switch maintenance mode on',
    `# What somebody has switched off by hand, which is the default, would count before ours (lib/pengine/unpack.c, CIB_OPTIONS_FIRST).
case $(crm_attribute --type crm_config --set-name cib-bootstrap-options --name maintenance-mode --query --quiet 2>/dev/null) in
[Ff]alse | [Oo]ff | [Nn]o | n | 0) crm_attribute --type crm_config --set-name cib-bootstrap-options --name maintenance-mode --delete || exit 1 ;;
esac
crm_attribute --type crm_config --set-name ${restartSet} --name maintenance-mode --update true &&
timeout 60 sh -c 'until crmadmin -q -S "$(crmadmin -q -D | awk "{print \\$NF}")" 2>/dev/null | grep -q S_IDLE; do sleep 0.2; done' &&
{ timeout 20 crm_mon --one-shot --output-as=xml | grep -q '<cluster_options .*maintenance-mode="true"' ||
	{ echo 'Pacemaker does not let go of what runs: a property of the cluster keeps maintenance mode off' >&2; exit 1; }; }`,
    { timeoutMs: 90_000 },
  );
  await restart();
  await waitUntilSettled(hosts, members, start.signal);
  await runScript(
    hosts.get(first),
    'switch maintenance mode off',
    `cibadmin --delete --xpath "//cluster_property_set[@id='${restartSet}']"`,
  );
}

const settleTimeoutSeconds = 180;

/**
 * Waits until the cluster has nothing left to do, then checks that every resource runs that shall. Throws HF-APPLY-NOT-SETTLED
 * with the resources that do not and what failed.
 */
export async function waitUntilSettled(
  hosts: Hosts,
  members: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const [first] = members;
  if (first === undefined) return;
  // Idle twice in a row: between a new configuration and the scheduler's next run lies a moment that looks like rest.
  const script = `deadline=$(($(date +%s) + ${settleTimeoutSeconds})) idle=0
while [ "$(date +%s)" -lt "$deadline" ]; do
  if timeout 5 crmadmin --quiet --status "$(timeout 5 crmadmin --quiet --dc_lookup 2>/dev/null | awk '{print $NF}')" 2>/dev/null | grep -q S_IDLE
  then idle=$((idle + 1)); else idle=0; fi
  [ "$idle" -lt 3 ] || break
  sleep 0.15
done
crm_mon --one-shot --output-as=xml --inactive
[ "$idle" -ge 3 ] || exit 3`;
  const { exitCode, stdout } = await hosts.get(first).run(script, {
    timeoutMs: (settleTimeoutSeconds + 20) * 1000,
    ...(signal === undefined ? {} : { signal }),
  });
  const trouble = troubleIn(stdout);
  if (exitCode === 0 && trouble.length === 0) return;
  const [stuck] = trouble;
  throw new HoldfastError({
    code: 'HF-APPLY-NOT-SETTLED',
    message:
      stuck === undefined
        ? `The cluster has not come to rest within ${settleTimeoutSeconds} s.`
        : `The cluster is configured, but not all of it runs: ${trouble.join('; ')}.`,
    remedy: `Look at crm_mon -1 on ${first} and at the journals; \`holdfast status <site>\` tells more.`,
    source: 'site',
  });
}

/** Resources that do not run, and the operations that failed, from crm_mon's XML. A drained node runs none of its clones' instances. */
function troubleIn(crmMon: string): readonly string[] {
  const attribute = (tag: string, name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
  const drained = [...crmMon.matchAll(/<node\s[^>]*>/g)].filter(([tag]) => attribute(tag, 'standby') === 'true').length;
  const wanted = crmMon.replaceAll(/<clone\s[\s\S]*?<\/clone>/g, (clone) => {
    let spared = drained;
    return clone.replaceAll(/<resource\s[^>]*>/g, (tag) =>
      attribute(tag, 'role') === 'Stopped' && attribute(tag, 'failed') === 'false' && spared-- > 0 ? '' : tag,
    );
  });
  const resources = [...wanted.matchAll(/<resource\s[^>]*>/g)].flatMap(([tag]) => {
    const runs = attribute(tag, 'active') === 'true' && attribute(tag, 'failed') === 'false';
    const managed = attribute(tag, 'managed') === 'true';
    return runs || !managed ? [] : [`${attribute(tag, 'id')} is ${attribute(tag, 'role').toLowerCase()}`];
  });
  if (resources.length === 0) return [];
  const failures = [...crmMon.matchAll(/<failure\s[^>]*>/g)].map(([tag]) => {
    const reason = attribute(tag, 'exitreason') || attribute(tag, 'exitstatus');
    return `${attribute(tag, 'op_key') || attribute(tag, 'id')} on ${attribute(tag, 'node')} failed: ${reason}`;
  });
  return [...resources, ...failures.slice(0, 4)];
}

/** Stops all resources through the cluster, in their order, and waits until they are. */
export async function stopResources(hosts: Hosts, members: readonly string[], signal?: AbortSignal): Promise<void> {
  const [first] = members;
  if (first === undefined) return;
  const script = `crm_attribute --type crm_config --name stop-all-resources --update true || exit 1
deadline=$(($(date +%s) + ${settleTimeoutSeconds}))
while [ "$(date +%s)" -lt "$deadline" ]; do
  timeout 5 crm_mon --one-shot --output-as=xml --inactive | grep '<resource ' | grep -v 'resource_agent="stonith:' | grep -q 'active="true"' || exit 0
  sleep 0.2
done
echo 'resources still run' >&2; exit 1`;
  await runScript(hosts.get(first), 'stop the resources', script, {
    timeoutMs: (settleTimeoutSeconds + 20) * 1000,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Stops and disables the cluster everywhere and removes its configuration, of which Pacemaker keeps copies. */
export async function removeCluster(hosts: Hosts, members: readonly string[]): Promise<void> {
  const everywhere = (what: string, script: string) =>
    Promise.all(
      members.map((name) => runScript(hosts.get(name), `${what} on ${name}`, script, { timeoutMs: startTimeoutMs })),
    );
  const stop = (unit: string) =>
    `if [ "$(systemctl show --property=LoadState --value ${unit})" = loaded ]; then systemctl --quiet disable ${unit}; systemctl stop ${unit}; fi`;
  await everywhere('stop Pacemaker', stop('pacemaker.service'));
  await everywhere('stop Corosync', stop('corosync.service'));
  await everywhere('forget the configuration', 'rm -f /var/lib/pacemaker/cib/* /var/lib/pacemaker/pengine/pe-*');
}
