import { shellQuote } from '../core/index.ts';
import { fenceConstraintPrefix } from '../engines/pacemaker/index.ts';
import { replicaCloneId } from '../patterns/index.ts';

/**
 * A shell command: until both disks are the same again, the cluster promotes DRBD on `node` alone. One change of the cluster's
 * configuration: what the other node's fence handler may have written in the same place is gone with it, and a copy that is
 * promoted on the other node is demoted. It is the constraint that the fence handler itself would write on `node` (agents/fence-peer),
 * so that the handler there takes it for its own and the unfencing removes it (drbd-utils, scripts/crm-fence-peer.sh, `id_prefix`).
 */
export function promoteOnly(resource: string, node: string): string {
  const id = (part: string) => `${fenceConstraintPrefix}${resource}-${part}${replicaCloneId}`;
  const constraint = [
    `<rsc_location rsc="${replicaCloneId}" id="${id('')}">`,
    `<rule role="Promoted" score="-INFINITY" id="${id('rule-')}">`,
    `<expression attribute="#uname" operation="ne" value="${node}" id="${id('expr-')}"/>`,
    '</rule></rsc_location>',
  ].join('');
  const cibadmin = (verb: string) => `cibadmin ${verb} --scope constraints --xml-text ${shellQuote(constraint)}`;
  return `{ ${cibadmin('--replace')} 2>/dev/null || ${cibadmin('--create')}; }`;
}

/**
 * A shell command: the configuration as it stands here prevails over that of members which are not there now, however often it was changed
 * there, when they come back: the highest `admin_epoch` wins, which Pacemaker never changes by itself (daemons/controld of Pacemaker,
 * `do_dc_join_filter_offer`; Pacemaker Explained, "Configuration Version"). Else such a member would bring back its own word of who may
 * serve. It is the time in minutes, so that of two words the later one holds; the fence handler writes it as well (agents/fence-peer).
 */
export const prevail = `epoch=$(cibadmin --query 2>/dev/null | sed -n 's/^<cib .*admin_epoch="\\([0-9][0-9]*\\)".*/\\1/p')
now=$(($(date +%s) / 60))
[ "$now" -gt "\${epoch:-0}" ] || now=$((epoch + 1))
[ -n "$epoch" ] && cibadmin --modify --xml-text "<cib admin_epoch=\\"$now\\"/>"`;

/**
 * A shell script for `node`, whose data a person has declared good. Alone, DRBD lets nobody promote a disk that may not be the
 * newest, so it is forced: a new generation begins, and should the other node come back with newer writes, DRBD finds that both
 * have written, and keeps them apart. The cluster brings DRBD up by itself, and may promote it at any moment: DRBD is left promoted,
 * which the agent takes for its own success (drbd.ocf, `drbd_promote`), because a `secondary` here could come between the agent's
 * promotion and the mount. A constraint that forbids this node to serve holds until the disk is good, and is replaced last.
 *
 * Nothing of it happens before the cluster, with quorum, sees `other` dead: that this computer does not reach it proves nothing, and
 * the constraint would have it demoted while it serves.
 */
export function goOnWith(resource: string, node: string, other: string): string {
  return `${isGone(other)}
tries=0
until is_gone; do
	tries=$((tries + 1))
	[ "$tries" -lt 60 ] || { echo "the cluster does not see ${other} dead, or has no quorum, so it may serve: holdfast status says what to do" >&2; exit 1; }
	sleep 1
done
crm_resource --cleanup >/dev/null
tries=0
while :; do
	disk=$(drbdadm dstate ${resource} 2>/dev/null)
	case $disk in
	UpToDate/*) break ;;
	Consistent/*) ! drbdadm primary --force ${resource} || break ;;
	Outdated/* | Inconsistent/*) echo "the disk is $disk: it must not serve" >&2; exit 1 ;;
	esac
	tries=$((tries + 1))
	[ "$tries" -lt 60 ] || { echo "DRBD did not take the disk for good (\${disk:-not up})" >&2; exit 1; }
	sleep 1
done
{ ${prevail}; } && ${promoteOnly(resource, node)} || { echo "Pacemaker did not take the word that only ${node} may serve" >&2; exit 1; }
crm_resource --cleanup >/dev/null`;
}

/** A shell function that succeeds where the cluster sees the node gone: fenced, confirmed as off, or left in order (crm_mon(8), its XML). */
function isGone(node: string): string {
  return `is_gone() {
	view=$(timeout 20 crm_mon --one-shot --output-as=xml 2>/dev/null) || return 1
	case $(echo "$view" | grep '<current_dc ') in
	*with_quorum=\\"true\\"*) ;;
	*) return 1 ;;
	esac
	case $(echo "$view" | grep '<node name="${node}" .*online=') in
	*pending=\\"true\\"* | *unclean=\\"true\\"*) return 1 ;;
	*online=\\"false\\"*) return 0 ;;
	*) return 1 ;;
	esac
}`;
}
