import type { Finding } from '../assessment-types.ts';
import { breaking, ended, onMachine, reachableMachine, type Scene, stoppedUnits } from '../scene.ts';

/** Every member reaches every other over every link: then any one link may be lost. */
export function checkLinks(scene: Scene): readonly Finding[] {
  return [...down(scene), ...unread(scene), ...tooFew(scene)];
}

/** A broken link is seen from both ends: one finding for each pair and link. */
function down(scene: Scene): Finding[] {
  const broken = new Map<string, { names: string[]; link: number; seenBy: string[] }>();
  for (const { name, links } of scene.reachable) {
    for (const { peer, link, connected } of links.known ? links.value : []) {
      // A member that is off has no link at all; that is said of the member.
      if (connected || scene.view?.nodes.find((node) => node.name === peer)?.online === false) continue;
      const names = [name, peer].sort();
      const key = `${link} ${names.join(' ')}`;
      broken.set(key, { names, link, seenBy: [...(broken.get(key)?.seenBy ?? []), name] });
    }
  }
  return [...broken.values()].map(({ names, link, seenBy }) => ({
    code: 'HF-STATUS-LINK-DOWN',
    severity: 'danger',
    where: names.join('–'),
    message: `Link ${link} between ${names.join(' and ')} is down (seen by ${seenBy.join(' and ')}).`,
    remedy: `Check cable, switch and address of link ${link} on ${names.join(' and ')}.`,
    command: onMachine(scene, seenBy[0] ?? '', 'corosync-cfgtool -s'),
    breaks: breaking('no', ['link-loss']),
  }));
}

function unread(scene: Scene): Finding[] {
  return scene.members.flatMap((name) => {
    const machine = reachableMachine(scene, name);
    // A cluster that is stopped there is said of the member.
    if (machine === undefined || machine.links.known || stoppedUnits(machine).length > 0) return [];
    return {
      code: 'HF-STATUS-LINKS-UNKNOWN',
      severity: 'danger',
      where: name,
      message: `Corosync on ${name} does not say how its links are: ${ended(machine.links.why)}`,
      remedy: 'Read why in its journal.',
      command: onMachine(scene, name, 'journalctl -b -u corosync -n 50'),
      breaks: breaking('unknown', ['link-loss']),
    };
  });
}

function tooFew(scene: Scene): Finding[] {
  if (scene.site.nodes[0].links.length > 1) return [];
  const accepted = scene.site.acceptedRisks.some(({ risk }) => risk === 'single-link');
  return [
    {
      code: 'HF-STATUS-SINGLE-LINK',
      severity: accepted ? 'warning' : 'danger',
      where: scene.site.name,
      message: 'There is one Corosync link only: its loss is the loss of a node.',
      remedy: 'Give each node a second link in the site file, over another switch.',
      command: `holdfast plan ${scene.siteFile}`,
      breaks: accepted ? {} : breaking('no', ['link-loss']),
    },
  ];
}
