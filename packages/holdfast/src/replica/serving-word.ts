import { HoldfastError, shellQuote } from '../core/index.ts';
import { fenceConstraintPrefix, onlyPromotableOn, parseXml } from '../engines/pacemaker/index.ts';
import type { Hosts } from '../hosts/index.ts';
import { patience } from '../site/index.ts';
import { standsAlone } from './describe-replica.ts';
import type { ReplicatedSite, ReplicaView } from './read-replica.ts';

/** Whom the cluster lets DRBD be promoted on: the word of a fence handler, or of a person by `state resolve` and `start-alone`. */
export type ServingWord =
  | { readonly kind: 'anybody' }
  | { readonly kind: 'only'; readonly node: string; readonly constraint: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** CRM_EX_NOSUCH (include/crm/common/results.h of pacemaker): nothing matches. */
const nothingThere = 105;

/**
 * Asks the cluster on `node` for the constraint that `promoteOnly` and the fence handler write. Changes nothing. Throws the signal's reason.
 */
export async function readServingWord(
  { site, resource }: ReplicatedSite,
  node: string,
  hosts: Pick<Hosts, 'get'>,
  signal: AbortSignal,
): Promise<ServingWord> {
  const path = `//rsc_location[starts-with(@id,'${fenceConstraintPrefix}${resource}-')]`;
  try {
    const { exitCode, stdout, stderr } = await hosts
      .get(node)
      .run(`cibadmin --query --xpath ${shellQuote(path)}`, { timeoutMs: 15_000 * patience(site), signal });
    if (exitCode === nothingThere) return { kind: 'anybody' };
    return exitCode === 0 ? readConstraint(stdout) : { kind: 'unknown', why: stderr.trim().split('\n').at(-1) ?? '' };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HoldfastError) return { kind: 'unknown', why: error.message };
    throw error;
  }
}

function readConstraint(text: string): ServingWord {
  const location = parseXml(text);
  const node = onlyPromotableOn(location);
  const constraint = location.attributes.id ?? '';
  return node === undefined
    ? { kind: 'unknown', why: `the constraint ${constraint} names no node` }
    : { kind: 'only', node, constraint };
}

/** Where one node stands alone: that the other one forbade it to serve, in a sentence. Undefined: it did not, or none does. */
export async function banInWords(
  replicated: ReplicatedSite,
  view: ReplicaView,
  hosts: Pick<Hosts, 'get'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const alone = standsAlone(view);
  if (alone === undefined) return undefined;
  const { node, absent } = alone;
  const word = await readServingWord(replicated, node, hosts, signal);
  if (word.kind === 'unknown') return `Whether ${absent} forbade ${node} to serve is not known: ${word.why}`;
  if (word.kind === 'anybody' || word.node === node) return undefined;
  return `${word.node} went on without ${node} and forbade it to serve, by the constraint ${word.constraint} in the cluster: its writes since are on ${word.node} alone.`;
}
