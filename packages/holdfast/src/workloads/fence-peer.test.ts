import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { promoteOnly } from '../replica/promote-only.ts';

const agent = new URL('../../agents/fence-peer', import.meta.url).pathname;

/** In front of everything else in PATH: a cluster as `Situation` describes it, on the node bravo. */
let programs: string;

beforeEach(() => {
  programs = mkdtempSync(join(tmpdir(), 'holdfast-fence-peer-'));
});

afterEach(() => rmSync(programs, { recursive: true }));

interface Situation {
  readonly role: 'Primary' | 'Secondary';
  readonly disk: string;
  readonly peerDisk: string;
  /** As Corosync says, and as the cluster has noted it. */
  readonly quorate: boolean;
  readonly notedQuorate: boolean;
  readonly dc: boolean;
  /** Of the other node's line in crm_mon. */
  readonly peer: { readonly online: boolean; readonly pending: boolean; readonly unclean: boolean };
  readonly peerAnswers: boolean;
  /** Who is named in the constraint that is there already. */
  readonly onlyMayBePromoted?: string;
  readonly cibTakesIt: boolean;
  /** Of the configuration, before. */
  readonly adminEpoch?: number;
}

const dead = { online: false, pending: false, unclean: false };
const well = { online: true, pending: false, unclean: false };

/** Alpha was fenced, and bravo shall be promoted. */
const takeover: Situation = {
  role: 'Secondary',
  disk: 'UpToDate',
  peerDisk: 'DUnknown',
  quorate: true,
  notedQuorate: true,
  dc: true,
  peer: dead,
  peerAnswers: false,
  cibTakesIt: true,
};

describe.each(['8.4', '9'] as const)('The fence handler of DRBD %s', (kernel) => {
  it('lets a node be promoted when the other one is dead, and forbids that one', () => {
    expect(ask(takeover, kernel)).toMatchObject({ exitCode: 7, forbids: 'not bravo' });
  });

  it('lets writes go on when the other one is well and only its disk is away', () => {
    const cable: Situation = { ...takeover, role: 'Primary', peer: well, peerAnswers: true };
    expect(ask(cable, kernel)).toMatchObject({ exitCode: 4, forbids: 'not bravo' });
  });

  it('promotes no disk that may be old beside a node that is well: they need a connection to know', () => {
    const started: Situation = { ...takeover, disk: 'Consistent', peer: well, peerAnswers: true };
    expect(ask(started, kernel)).toMatchObject({ exitCode: 1, forbids: undefined });
  });

  it('holds the writes, and guesses nothing, while DRBD does not say how it is', () => {
    const unread: Situation = { ...takeover, role: 'Primary', disk: '', peerDisk: '' };
    expect(ask(unread, kernel)).toMatchObject({ exitCode: 'waits', forbids: undefined });
    expect(ask({ ...takeover, role: 'Primary', disk: 'Sleeping' }, kernel)).toMatchObject({ exitCode: 'waits' });
    expect(ask({ ...takeover, disk: 'Sleeping' }, kernel)).toMatchObject({ exitCode: 1, forbids: undefined });
  });

  it.each<[string, Partial<Situation>]>([
    ['without quorum, whatever the cluster has noted until now', { quorate: false }],
    ['while the cluster has not noted that it has quorum', { notedQuorate: false }],
    ['without a coordinator', { dc: false }],
    ['while the other one is lost and not fenced', { peer: { ...dead, unclean: true } }],
    ['while the other one is joining', { peer: { ...well, pending: true }, peerAnswers: true }],
    ['while the other one counts as online, and does not answer', { peer: well }],
    ['when the cluster does not take the constraint', { cibTakesIt: false }],
    ['when the other one went on alone, and forbids this one', { onlyMayBePromoted: 'alpha' }],
  ])('lets nobody be promoted %s', (_, change) => {
    expect(ask({ ...takeover, ...change }, kernel)).toMatchObject({ exitCode: 1, forbids: undefined });
  });

  it.each<[string, Partial<Situation>]>([
    ['without quorum', { quorate: false }],
    ['while the other one is not fenced', { peer: { ...dead, unclean: true } }],
  ])('holds the writes of the node that serves as long as it takes %s', (_, change) => {
    expect(ask({ ...takeover, role: 'Primary', ...change }, kernel)).toMatchObject({ exitCode: 'waits' });
  });

  it('promotes no disk that may be old, however dead the other one is', () => {
    expect(ask({ ...takeover, disk: 'Consistent' }, kernel)).toMatchObject({ exitCode: 5, forbids: undefined });
    expect(ask({ ...takeover, disk: 'Outdated' }, kernel)).toMatchObject({ exitCode: 5, forbids: undefined });
  });

  it('takes its own word from before for said', () => {
    expect(ask({ ...takeover, onlyMayBePromoted: 'bravo' }, kernel)).toMatchObject({ exitCode: 7, forbids: undefined });
  });

  it('gives its word the time, so that the later one holds when members meet that were apart', () => {
    const minutes = () => Math.floor(Date.now() / 60_000);
    for (const situation of [takeover, { ...takeover, onlyMayBePromoted: 'bravo' }]) {
      const before = minutes();
      const { adminEpoch = 0 } = ask(situation, kernel);
      expect(adminEpoch).toBeGreaterThanOrEqual(before);
      expect(adminEpoch).toBeLessThanOrEqual(minutes());
    }
    // A clock was ahead when the last word was given.
    expect(ask({ ...takeover, adminEpoch: 50_000_000 }, kernel).adminEpoch).toBe(50_000_001);
  });

  it('gives none beside a node that is well, which has the same configuration, nor where the other one has the word', () => {
    const cable: Situation = { ...takeover, role: 'Primary', peer: well, peerAnswers: true };
    expect(ask(cable, kernel)).toMatchObject({ exitCode: 4, adminEpoch: undefined });
    expect(ask({ ...takeover, onlyMayBePromoted: 'alpha' }, kernel).adminEpoch).toBeUndefined();
  });

  it('says it as `state resolve` and `start-alone` do, so that each takes the word of the other for its own', () => {
    const { constraint } = ask(takeover, kernel);
    expect(constraint).toMatch(/^<rsc_location .*<\/rsc_location>$/);
    expect(promoteOnly('state', 'bravo')).toContain(constraint);
  });

  it('forbids nothing when both are the same again', () => {
    expect(ask({ ...takeover, peerDisk: 'UpToDate' }, kernel)).toMatchObject({ exitCode: 1, forbids: undefined });
  });
});

/** What the handler answers on bravo, and whom it forbids to be promoted; `waits`: it had not answered after two seconds. */
function ask(situation: Situation, kernel: '8.4' | '9') {
  const { role, disk, peerDisk, peer, quorate, notedQuorate, dc, peerAnswers, onlyMayBePromoted, cibTakesIt } =
    situation;
  const { adminEpoch = 0 } = situation;
  const proc = join(programs, 'proc-drbd');
  const made = join(programs, 'made');
  const raised = join(programs, 'raised');
  writeFileSync(
    proc,
    kernel === '9'
      ? 'version: 9.2.18 (api:2/proto:118-122)\n'
      : `version: 8.4.11 (api:1/proto:86-101)\n 0: cs:WFConnection ro:${role}/Unknown ds:${disk}/${peerDisk} C r-----\n    ns:0\n`,
  );
  program('uname', 'echo bravo');
  program('logger', 'cat >/dev/null');
  program('corosync-quorumtool', `exit ${quorate ? 0 : 2}`);
  program('crmadmin', peerAnswers ? 'echo "Controller on alpha in state S_IDLE: ok"' : 'exit 1');
  program(
    'crm_mon',
    `cat <<'END'
<pacemaker-result api-version="2.25">
  <summary><current_dc present="${dc}" version="2.1.5" name="bravo" id="2" with_quorum="${notedQuorate}" mixed_version="false"/></summary>
  <nodes>
    <node name="alpha" id="1" online="${peer.online}" standby="false" pending="${peer.pending}" unclean="${peer.unclean}" type="member"/>
    <node name="bravo" id="2" online="true" standby="false" pending="false" unclean="false" type="member"/>
  </nodes>
  <resources><resource id="drbd"><node name="alpha" id="1" cached="true"/></resource></resources>
</pacemaker-result>
END`,
  );
  const there =
    onlyMayBePromoted === undefined
      ? 'exit 105'
      : `echo '<expression attribute="#uname" operation="ne" value="${onlyMayBePromoted}"/>'`;
  program(
    'cibadmin',
    `case $1 in
--query) [ "$2" = --xpath ] || { echo '<cib epoch="9" admin_epoch="${adminEpoch}" num_updates="1">'; exit 0; }; ${there} ;;
--modify) echo "$*" >${raised} ;;
--create) ${cibTakesIt ? `echo "$*" >${made}` : 'exit 1'} ;; *) exit 2 ;;
esac`,
  );
  program(
    'drbdsetup',
    `[ "$*" = 'events2 --now state' ] || exit 1
cat <<'END'
exists resource name:state role:${role} suspended:no
exists connection name:state peer-node-id:0 conn-name:alpha connection:Connecting role:Unknown
exists device name:state volume:0 minor:0 backing_dev:/dev/sdb disk:${disk} client:no quorum:yes
exists peer-device name:state peer-node-id:0 conn-name:alpha volume:0 replication:Off peer-disk:${peerDisk} peer-client:no resync-suspended:no
exists -
END`,
  );
  const script = join(programs, 'fence-peer');
  writeFileSync(script, readFileSync(agent, 'utf8').replace('/proc/drbd 2>', `${proc} 2>`));
  const { status, error } = spawnSync('sh', [script, 'replica', 'alpha', 'bravo', '1'], {
    env: { PATH: `${programs}:${process.env.PATH}`, DRBD_RESOURCE: 'state', DRBD_MINOR: '0' },
    timeout: role === 'Primary' ? 2_000 : 20_000,
  });
  const text = existsSync(made) ? readFileSync(made, 'utf8') : undefined;
  const forbids = text?.match(/operation="ne" value="(\w+)"/)?.[1];
  const prevails = existsSync(raised) ? /<cib admin_epoch="(\d+)"\/>/.exec(readFileSync(raised, 'utf8')) : null;
  return {
    exitCode: error === undefined ? status : 'waits',
    adminEpoch: prevails === null ? undefined : Number(prevails[1]),
    forbids: forbids === undefined ? undefined : `not ${forbids}`,
    constraint: text?.match(/<.*>/)?.[0],
  };
}

function program(name: string, body: string): void {
  const path = join(programs, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}
