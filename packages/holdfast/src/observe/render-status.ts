import { nodeDevices } from '../patterns/index.ts';
import type { Site } from '../site/index.ts';
import { faultInWords } from './assess.ts';
import type { Assessment, Finding } from './assessment-types.ts';
import { targetsReached } from './checks/reach.ts';
import { progressInWords, replicaStatus } from './checks/replication.ts';
import type { ClusterView, MachineReport, Snapshot } from './snapshot-types.ts';
import type { Status } from './watch-status.ts';

export interface StatusStyle {
  readonly columns: number;
  paint(format: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string): string;
}

/** One screen: the verdict in words first, then what it rests on, then each finding with its remedy. Pure. */
export function renderStatus({ snapshot, assessment }: Status, site: Site, style: StatusStyle): string {
  const view = believed(snapshot);
  const blocks = [
    [style.paint(assessment.safe ? 'green' : 'red', style.paint('bold', wrap(assessment.verdict, style.columns, '')))],
    members(snapshot, assessment, view, style),
    workload(snapshot, assessment, site, style),
    [
      ...links(snapshot, site),
      ...reach(view, site, style),
      ...replica(snapshot, assessment, site, style),
      ...fencing(view, site, style),
    ],
    nextFault(assessment, site, style),
    ...assessment.findings.map((finding) => findingLines(finding, style)),
    [...risks(assessment, style), ...footer(snapshot, style)],
  ];
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n');
}

/** The first column, with what a block is about. */
const labelWidth = 11;

function believed(snapshot: Snapshot): ClusterView | undefined {
  const views = snapshot.machines.flatMap((each) => (each.reachable && each.cluster.known ? [each.cluster.value] : []));
  return views.find(({ quorate }) => quorate) ?? views[0];
}

function members(
  snapshot: Snapshot,
  assessment: Assessment,
  view: ClusterView | undefined,
  style: StatusStyle,
): string[] {
  return snapshot.machines.map((machine, index) => {
    const label = index === 0 ? 'Members' : '';
    const cells = [machine.name.padEnd(10), role(machine, assessment).padEnd(8)];
    if (!machine.reachable) return row(label, `${cells.join(' ')} ${style.paint('red', 'cannot be reached')}`);
    const state = stateInCluster(machine, view);
    return row(
      label,
      `${cells.join(' ')} ${style.paint(state.good ? 'green' : 'red', state.text.padEnd(22))} ${votes(machine)}`.trimEnd(),
    );
  });
}

function role(machine: MachineReport, { active }: Assessment): string {
  if (machine.role !== 'node') return 'witness';
  if (active === null) return 'node';
  return machine.name === active ? 'active' : 'passive';
}

function stateInCluster(machine: MachineReport, view: ClusterView | undefined): { text: string; good: boolean } {
  if (machine.role === 'qnetd-witness') return { text: 'reachable', good: true };
  const node = view?.nodes.find(({ name }) => name === machine.name);
  if (node === undefined) return { text: 'not in the cluster', good: false };
  if (node.unclean) return { text: 'LOST, not fenced yet', good: false };
  if (node.pending) return { text: 'joining', good: false };
  if (!node.online) return { text: 'OFFLINE', good: false };
  if (node.standby) return { text: 'maintenance (standby)', good: false };
  if (node.maintenance) return { text: 'unmanaged', good: false };
  return { text: view?.dc === machine.name ? 'online, coordinator' : 'online', good: true };
}

function votes(machine: MachineReport): string {
  if (!machine.reachable || machine.role === 'qnetd-witness') return '';
  if (!machine.quorum.known) return 'quorum not known';
  const { quorate, totalVotes, expectedVotes } = machine.quorum.value;
  return `${quorate ? 'quorum' : 'NO QUORUM'}, ${totalVotes} of ${expectedVotes} votes`;
}

function workload(snapshot: Snapshot, { active }: Assessment, site: Site, style: StatusStyle): string[] {
  const machine = snapshot.machines.find(({ name }) => name === active);
  if (machine === undefined || !machine.reachable)
    return [row('Service', style.paint('red', 'where it runs is not known'))];
  const { mounts, holdsAddress, units, probes } = machine;
  const mounted = mounts.known && mounts.value.some(({ target }) => target === site.state.mountPoint);
  const held = holdsAddress.known && holdsAddress.value;
  const lines = [
    row('Service', mark(style, held, `address ${site.address.ip} on ${machine.name}`)),
    row('', mark(style, mounted, `state ${site.state.mountPoint} on ${machine.name}`)),
  ];
  for (const { name, unit } of site.workloads) {
    const state = units.known ? (units.value.find((each) => each.unit === unit)?.active ?? 'absent') : 'not known';
    const answer = probes.find((each) => each.workload === name)?.answer;
    const said = { good: ', answers its probe', bad: ', PROBE BAD', unknown: ', probe not known', 'not-asked': '' }[
      answer ?? 'not-asked'
    ];
    const good = state === 'active' && answer !== 'bad' && answer !== 'unknown';
    lines.push(row('', mark(style, good, `${name} ${state} on ${machine.name}${said}`)));
  }
  return lines;
}

function mark(style: StatusStyle, good: boolean, text: string): string {
  return good ? text : style.paint('red', `NOT: ${text}`);
}

function links(snapshot: Snapshot, site: Site): string[] {
  const states = site.nodes[0].links.map((_address, link) => {
    const seen = snapshot.machines.flatMap((machine) =>
      machine.reachable && machine.links.known ? machine.links.value.filter((each) => each.link === link) : [],
    );
    const down = seen.filter(({ connected }) => !connected).length;
    if (seen.length === 0) return `link ${link} not known`;
    return down === 0 ? `link ${link} up` : `link ${link} DOWN (${down} of ${seen.length} ways)`;
  });
  return [row('Links', states.join(', '))];
}

/** Whether each node reaches what the site file names in the clients' network. */
function reach(view: ClusterView | undefined, site: Site, style: StatusStyle): string[] {
  const all = site.reach.length;
  if (all === 0) return [];
  const states = site.nodes.map(({ name }) => {
    const reached = targetsReached(view, name);
    if (reached === undefined) return style.paint('yellow', `${name} not known`);
    if (reached >= all) return `${name} reaches the clients' network`;
    return reached === 0
      ? style.paint('red', `${name} does NOT reach the clients' network`)
      : style.paint('yellow', `${name} reaches ${reached} of ${all} targets`);
  });
  return [row('Clients', states.join(', '))];
}

/** Where the acknowledged writes are: what the loss of the active node would cost. */
function replica(snapshot: Snapshot, { active, passive }: Assessment, site: Site, style: StatusStyle): string[] {
  if (site.state.type !== 'drbd') return [];
  const statusOf = (name: string | null) => {
    const machine = snapshot.machines.find((each) => each.name === name);
    return machine?.reachable === true ? replicaStatus(machine) : undefined;
  };
  const [one, other] = [statusOf(active), statusOf(passive)];
  if (one === undefined && other === undefined) return [row('Replica', style.paint('red', 'not known'))];
  const good = one?.disk === 'UpToDate' && other?.disk === 'UpToDate' && other.connection === 'Connected';
  if (good) return [row('Replica', `every acknowledged write is on ${active} and ${passive}`)];
  const copying = other?.progress === undefined ? '' : `; ${passive} is copying: ${progressInWords(other)}`;
  return [row('Replica', style.paint('red', `what is written now is on one disk only${copying}`))];
}

function fencing(view: ClusterView | undefined, site: Site, style: StatusStyle): string[] {
  const devices = site.nodes.map(({ name, fencing: device }) => {
    if (device === undefined) return `none for ${name}`;
    const ofNode = nodeDevices(site).filter(({ node }) => node === name);
    const broken = ofNode.filter(({ id }) => {
      const resource = view?.resources.find((each) => each.id === id);
      return resource?.active !== true || resource.failed;
    });
    const whole = ofNode.filter(({ level }) => broken.every((each) => each.level !== level));
    if (whole.length > 0 && broken.length > 0) {
      return style.paint('yellow', `${name} can be fenced, but not by ${broken.map(({ id }) => id).join(' and ')}`);
    }
    return whole.length > 0 ? `${name} can be fenced` : style.paint('red', `${name} CANNOT be fenced`);
  });
  const [last] = view?.fencing ?? [];
  const lines = [row('Fencing', devices.join(', '))];
  if (last !== undefined)
    lines.push(
      row('', `last: ${last.action} of ${last.target} ${last.status}${last.completed ? `, ${last.completed}` : ''}`),
    );
  return lines;
}

function nextFault({ faults, active }: Assessment, site: Site, style: StatusStyle): string[] {
  return faults.map(({ fault, survives, reasons }, index) => {
    const words = faultInWords(fault, active, site).padEnd(active === null ? 36 : 30);
    const colour = { yes: 'green', no: 'red', unknown: 'yellow' } as const;
    const answer = { yes: 'survives', no: 'WOULD NOT SURVIVE', unknown: 'not known' }[survives];
    const why = survives === 'yes' ? '' : ` (${reasonCount(reasons)})`;
    return row(index === 0 ? 'Next fault' : '', `${words} ${style.paint(colour[survives], answer)}${why}`);
  });
}

function reasonCount(reasons: readonly Finding[]): string {
  const places = [...new Set(reasons.map(({ where }) => where))];
  return places.slice(0, 2).join(', ') + (places.length > 2 ? ', …' : '');
}

function findingLines(
  { severity, message, remedy, command, code }: Finding,
  { columns, paint }: StatusStyle,
): string[] {
  const sign = severity === 'danger' ? paint('red', '✗') : paint('yellow', '!');
  const lines = [`${sign} ${wrap(`${message} ${remedy}`, columns - 2, '  ')}`];
  // A command is never broken: it shall be copied.
  lines.push(
    command === undefined ? `  ${paint('dim', code)}` : `  ${paint('cyan', `→ ${command}`)}  ${paint('dim', code)}`,
  );
  return lines;
}

function risks({ acceptedRisks }: Assessment, { columns, paint }: StatusStyle): string[] {
  return acceptedRisks.map(({ risk, because }) =>
    paint('yellow', wrap(`Accepted risk ${risk}: ${because}`, columns, '  ')),
  );
}

function footer({ takenAtMs, tookMs, machines }: Snapshot, { paint }: StatusStyle): string[] {
  const reached = machines.filter(({ reachable }) => reachable).length;
  const seconds = (tookMs / 1000).toFixed(1);
  return [
    paint(
      'dim',
      `Asked ${reached} of ${machines.length} machines at ${new Date(takenAtMs).toISOString().slice(0, 19)}Z in ${seconds} s.`,
    ),
  ];
}

function row(label: string, text: string): string {
  return `${label.padEnd(labelWidth)} ${text}`;
}

/** Breaks at blanks; later lines begin with `indent`. */
function wrap(text: string, columns: number, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > columns && line !== '') {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].join(`\n${indent}`);
}
