import { HoldfastError } from '../core/index.ts';
import type { Assessment } from '../observe/index.ts';
import type { Site, SiteNode } from '../site/index.ts';

/** The node of that name. Throws HF-FENCING-TEST-NODE where there is none, or nothing to switch it by. */
export function nodeToSwitch(site: Site, name: string): SiteNode {
  const node = site.nodes.find((each) => each.name === name);
  if (node?.fencing !== undefined) return node;
  throw new HoldfastError({
    code: 'HF-FENCING-TEST-NODE',
    message: node === undefined ? `${site.name} has no node ${name}.` : `${name} has no fencing device.`,
    remedy: `Name one of ${site.nodes.map((each) => each.name).join(', ')}.`,
    source: 'user',
  });
}

/**
 * Throws HF-FENCING-TEST-UNSAFE unless the site serves and goes on serving without that node: the node that serves only where
 * that is wanted (`active`) and the other one can take over.
 */
export function refuseUnlessSafe(
  assessment: Assessment,
  node: string,
  { active, siteFile }: { readonly active: boolean; readonly siteFile: string },
): void {
  if (assessment.serves !== 'yes' || assessment.active === null) {
    throw unsafe(`The site does not serve as it should: ${assessment.verdict}.`, siteFile);
  }
  if (assessment.active !== node) return;
  if (!active) {
    throw new HoldfastError({
      code: 'HF-FENCING-TEST-UNSAFE',
      message: `${node} is the node that serves now.`,
      remedy: `Move the workloads first: \`holdfast move ${siteFile}\`; or give --active, and they move when ${node} leaves the cluster.`,
      source: 'user',
    });
  }
  if (assessment.move.possible === 'yes') return;
  const why = assessment.move.reasons.map(({ message }) => message).join(' ');
  throw unsafe(`The workloads cannot move away from ${node}. ${why}`, siteFile);
}

function unsafe(message: string, siteFile: string): HoldfastError {
  return new HoldfastError({
    code: 'HF-FENCING-TEST-UNSAFE',
    message,
    remedy: `Mend that first: \`holdfast status ${siteFile}\` says how.`,
    source: 'site',
  });
}
