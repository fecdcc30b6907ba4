import type { Finding } from '../assessment-types.ts';
import { breaking, ended, holdfast, lossOf, onMachine, reachableMachine, type Scene, stoppedUnits } from '../scene.ts';
import type { QuorumView } from '../snapshot-types.ts';

/** There is quorum, and there still would be without any one member. */
export function checkQuorum(scene: Scene): readonly Finding[] {
  const findings = scene.members.flatMap((name) => ownView(scene, name));
  const best = scene.members
    .map((name) => reachableMachine(scene, name)?.quorum)
    .flatMap((quorum) => (quorum?.known && quorum.value.quorate ? [quorum.value] : []))
    .sort((one, other) => other.totalVotes - one.totalVotes)[0];
  return best === undefined ? findings : [...findings, ...losses(scene, best), ...deviceVote(scene, best)];
}

function ownView(scene: Scene, name: string): Finding[] {
  const machine = reachableMachine(scene, name);
  const quorum = machine?.quorum;
  if (machine === undefined || quorum === undefined || (quorum.known && quorum.value.quorate)) return [];
  if (!quorum.known) {
    // A cluster that is stopped there is said of the member.
    if (stoppedUnits(machine).length > 0) return [];
    return [
      {
        code: 'HF-STATUS-QUORUM-UNKNOWN',
        severity: 'danger',
        where: name,
        message: `Corosync on ${name} does not say whether it has quorum: ${ended(quorum.why)}`,
        remedy: 'Read why in its journal.',
        command: onMachine(scene, name, 'journalctl -b -u corosync -n 50'),
        breaks: breaking(
          'unknown',
          scene.everything.filter((each) => each !== lossOf(scene, name)),
        ),
      },
    ];
  }
  const { totalVotes, quorum: needed } = quorum.value;
  return [
    {
      code: 'HF-STATUS-NO-QUORUM',
      severity: 'danger',
      where: name,
      message: `${name} has no quorum: it sees ${totalVotes} of the ${needed} votes needed, and runs nothing.`,
      ...(isLast(scene, name)
        ? {
            remedy: `Bring another machine back. Only if that cannot be: let ${name} serve alone, once the other node is surely off.`,
            command: holdfast(scene, 'start-alone', name),
          }
        : {
            remedy: 'Bring the missing members and links back.',
            command: onMachine(scene, name, 'corosync-cfgtool -s'),
          }),
      ...(name === scene.active || scene.active === null ? { serves: 'no' } : {}),
      breaks: breaking(
        'no',
        scene.everything.filter((each) => each !== lossOf(scene, name)),
      ),
    },
  ];
}

/** A node that could serve, and nobody else answers. */
function isLast({ site, reachable }: Scene, name: string): boolean {
  return site.nodes.some((node) => node.name === name) && reachable.every((each) => each.name === name);
}

/** Every member has one vote; a quorum device has as many as it casts. */
function losses(scene: Scene, view: QuorumView): Finding[] {
  const { witness } = scene.site;
  const voters = scene.members.filter((name) => scene.view?.nodes.some((node) => node.name === name && node.online));
  const votes = voters.map((name) => ({ name, votes: 1 }));
  if (witness?.kind === 'qnetd' && view.qdeviceVotes) votes.push({ name: witness.name, votes: view.qdeviceVotes });
  return votes
    .filter((each) => view.totalVotes - each.votes < view.quorum)
    .map((each) => ({
      code: 'HF-STATUS-QUORUM-THIN',
      severity: 'danger',
      where: scene.site.name,
      message: `Without ${each.name} the quorum would be lost: ${view.totalVotes} votes are there and ${view.quorum} are needed.`,
      remedy: 'Bring back the members that are missing.',
      breaks: breaking('no', [lossOf(scene, each.name)]),
    }));
}

function deviceVote(scene: Scene, view: QuorumView): Finding[] {
  const { witness } = scene.site;
  if (witness?.kind !== 'qnetd' || (view.qdeviceVotes ?? 0) > 0) return [];
  const node = scene.site.nodes[0].name;
  return [
    {
      code: 'HF-STATUS-QDEVICE-SILENT',
      severity: 'danger',
      where: witness.name,
      message: `The quorum device on ${witness.name} casts no vote.`,
      remedy: `See whether the nodes reach ${witness.address} and corosync-qdevice runs on them.`,
      command: onMachine(scene, node, 'corosync-qdevice-tool -s'),
      breaks: breaking('no', ['active-node-loss', 'passive-node-loss', 'link-loss']),
    },
  ];
}
